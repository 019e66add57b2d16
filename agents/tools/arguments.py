"""The arguments that a model made up, checked before a tool sees them.

Checking is bounded: patterns have a budget of steps (``agents.tools.patterns``), and a call has at
most as many values as the size of its schema allows.
"""

import itertools
import json
import re
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from agents.tools import patterns
from agents.tools.base import Tool, ToolFailed, ToolRetry
from giint.core.text import clean_json

LONGEST = 1_000_000  # characters; beyond it a model is repeating itself
LONGEST_JUDGED = 65_536  # the same where the schema is a person's own
MOST_WORK = 1_000_000  # values times the weight of such a schema: some 2 s
SHOWN = 3  # errors told at once: enough to mend the call, short enough to read
LOOKED_AT = 50  # errors at most: each carries a copy of what is wrong
# Empty and without a way to fetch: jsonschema would otherwise load a remote $ref while validating.
_NOTHING_REMOTE: Registry[Any] = Registry()


def validate(tool: Tool, text: str) -> dict[str, Any]:
    """The arguments in ``text`` (JSON; empty means none), cleaned and fitting the schema of
    ``tool``.

    Raises ToolRetry with a sentence that tells the model what to mend, and ToolFailed when the
    schema itself cannot be used.
    """
    arguments = _parse(tool.name, text)
    if tool.weight:
        _limit(tool, text, arguments)
    checker = _Checker(tool.schema, registry=_NOTHING_REMOTE)
    _budget.left = patterns.STEPS
    try:
        found = itertools.islice(checker.iter_errors(arguments), LOOKED_AT)
        errors = sorted(found, key=lambda error: error.json_path)
    except Unresolvable as error:
        raise ToolFailed(f"The schema of {tool.name} refers to what is not in it.") from error
    if errors:
        wrong = "; ".join(_sentence(error) for error in errors[:SHOWN])
        raise ToolRetry(f"The arguments of {tool.name} do not fit its schema: {wrong}.")
    return arguments


def _limit(tool: Tool, text: str, arguments: dict[str, Any]) -> None:
    if len(text) > LONGEST_JUDGED or _count(arguments) * tool.weight > MOST_WORK:
        raise ToolRetry(f"The arguments of {tool.name} are more than can be checked. Send fewer.")


def _count(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value
    return 1 + (sum(map(_count, inner)) if isinstance(value, dict | list) else 0)


def _pattern(checker: Any, pattern: str, text: Any, schema: Any) -> Iterator[ValidationError]:
    """``pattern`` within its budget of steps: Python's cannot be stopped once it has begun."""
    if not checker.is_type(text, "string"):
        return
    try:
        judged = patterns.judged(pattern)
    except ValueError:
        yield ValidationError(f"the pattern {pattern[:80]!r} is one that cannot be tried")
        return
    steps = judged.steps(len(text))
    if len(text) > judged.longest or steps > _budget.left:
        yield ValidationError(
            f"it is too long for its pattern: {judged.longest} characters at most"
        )
        return
    _budget.left -= steps
    if not re.search(pattern, text):
        yield ValidationError(f"{text!r} does not match {pattern!r}")


def _unique(checker: Any, wanted: bool, items: Any, schema: Any) -> Iterator[ValidationError]:
    """By one look at each item; jsonschema's own compares every pair of objects."""
    if wanted and checker.is_type(items, "array"):
        seen = {json.dumps(item, sort_keys=True) for item in items}
        if len(seen) < len(items):
            yield ValidationError("its items are not all different")


class _Budget(threading.local):
    """Steps that the patterns of this thread's check still have."""

    left: int = 0


_budget = _Budget()
_extend: Any = extend  # untyped
_Checker = _extend(Draft202012Validator, {"pattern": _pattern, "uniqueItems": _unique})


def _parse(name: str, text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise ToolRetry(f"The arguments of {name} are too long: at most {LONGEST} characters.")
    try:
        value = json.loads(text, parse_constant=_no_constant) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise ToolRetry(f"The arguments of {name} are not valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ToolRetry(f"The arguments of {name} must be one JSON object.")
    cleaned: dict[str, Any] = clean_json(value)
    return cleaned


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _sentence(error: ValidationError) -> str:
    where = "/".join(str(step) for step in error.absolute_path)
    message = error.message if len(error.message) <= 200 else error.message[:199] + "…"
    return f"at {where}: {message}" if where else message
