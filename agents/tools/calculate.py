"""The tool ``calculate``: arithmetic by simpleeval, with bounds on what it may cost."""

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from simpleeval import InvalidExpression, SimpleEval

from agents.tools.base import ToolContext, ToolFailed, ToolRetry, tool

LONGEST = 500  # characters of an expression
BITS = 4096  # of a whole number: 1,233 digits, computed in microseconds
Number = int | float
T = TypeVar("T")

_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"})
_PERCENT_OF = re.compile(r"(\d[\d.]*)\s*%\s*of\b")
# A per cent sign after a number and before an operator or the end; elsewhere it is the remainder.
_PERCENT = re.compile(r"(\d[\d.]*)\s*%(?=\s*(?:[-+*/)]|$))")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_CALL = re.compile(r"[a-z]\w*\s*\(")
_NODES = (ast.UnaryOp, ast.BinOp, ast.Call, ast.Name)


@tool(retry="safe", timeout=5)
def calculate(
    context: ToolContext,
    expression: Annotated[
        str,
        "Such as (2 + 3) * 4, 17% of 2310, 2^10 or sqrt(2). Also abs, round, floor, ceil, min,"
        " max, exp, log, log2, log10, sin, cos, tan, factorial, pi, e",
    ],
) -> str:
    """Work out an arithmetic expression exactly instead of guessing it."""
    if len(expression) > LONGEST:
        raise ToolRetry(f"The expression is too long: at most {LONGEST} characters.")
    return written(evaluate(readable(expression)))


def readable(expression: str) -> str:
    """``expression`` as the evaluator reads it: per cents, powers and thousands written out."""
    text = expression.strip().rstrip("=?").strip().lower().translate(_SIGNS)
    if not _CALL.search(text):  # in a call a comma parts the arguments
        text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    text = _PERCENT_OF.sub(r"(\1/100)*", text)
    return _PERCENT.sub(r"(\1/100)", text)


def evaluate(expression: str) -> Number:
    """Its value. Raises ToolRetry where it cannot be read, ToolFailed where it has no value."""
    try:
        tree = ast.parse(expression, mode="eval")  # one expression, no statements
        value = _evaluator().eval(expression, tree.body)
    except ZeroDivisionError:
        raise ToolFailed("That divides by zero: it has no value.") from None
    except OverflowError:
        raise ToolFailed("The result is too large to write down.") from None
    except (InvalidExpression, SyntaxError, TypeError, ValueError) as error:
        raise ToolRetry(f"The expression cannot be worked out: {_cause(error)}.") from None
    except (RecursionError, MemoryError):
        raise ToolRetry("The expression is nested too deeply.") from None
    if isinstance(value, complex) or not isinstance(value, Number) or not _finite(value):
        raise ToolFailed("That has no value among the real numbers.")
    return value


def written(value: Number) -> str:
    """The number as people write it: 15 digits of a float, so that 0.1 + 0.2 is 0.3."""
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def _evaluator() -> SimpleEval:
    evaluator = SimpleEval(operators=_OPERATORS, functions=_FUNCTIONS, names=_NAMES)
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in _NODES} | {ast.Constant: _number}
    return evaluator


def _number(node: ast.Constant) -> Number:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, Number):
        raise ValueError(f"{value!r} is not a number")
    return _bounded(value)


def _bounded(value: T) -> T:
    if isinstance(value, int) and value.bit_length() > BITS:
        raise OverflowError
    return value


def _finite(value: Number) -> bool:
    return isinstance(value, int) or math.isfinite(value)


def _power(base: Number, exponent: Number) -> Number:
    # Judged before it is computed: 9**9**9 would take hours.
    if (
        isinstance(base, int)
        and isinstance(exponent, int)
        and exponent * (base.bit_length() - 1) > BITS
    ):
        raise OverflowError
    result: Number = base**exponent
    return _bounded(result)


def _factorial(value: Number) -> int:
    if value != int(value) or value < 0:
        raise ValueError("factorial takes whole numbers from 0 up")
    if value > 500:  # 500! has 3,768 bits
        raise OverflowError
    return math.factorial(int(value))


def _cause(error: Exception) -> str:
    words = getattr(error, "message", "") or getattr(error, "msg", "") or str(error)
    return str(words).partition(", for expression")[0].rstrip(".") or "it is not arithmetic"


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: lambda one, other: _bounded(one * other),
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "factorial": _factorial,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "round": round,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
_NAMES = {"pi": math.pi, "e": math.e}
