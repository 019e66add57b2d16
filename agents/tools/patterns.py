"""Patterns of schemas: how long a text each may be tried on, so that none can hang. Pure.

Python's ``re`` tries one way of matching after the other and cannot be stopped. So the ways are
counted beforehand, on the tree that ``re`` itself makes of a pattern: an open repetition (``a*``)
of n characters has up to n ways, choices multiply, and a search that is not anchored begins up to n
times. From the product follows the longest text on which a pattern stays within ``STEPS``. A
repetition without an end of something that has several ways itself, ``(a+)*``, grows exponentially
and is refused; so is whatever is not known here, such as back references and look-arounds.
"""

import functools
import importlib
import math
import re
import warnings
from dataclasses import dataclass
from typing import Any, NoReturn

LONGEST_PATTERN = 500  # characters
LONGEST_TEXT = 10_000  # characters that any pattern is tried on
SHORTEST_TEXT = 32  # a pattern that is too dear for so many characters is refused
STEPS = 50_000_000  # 0.4 s of the slowest pattern that was found, ``(a|b)*c``
_SINGLE = {"LITERAL", "NOT_LITERAL", "IN", "ANY", "AT"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}
_STARTS = {"AT_BEGINNING", "AT_BEGINNING_STRING"}
_parser: Any = importlib.import_module("re._parser")


@dataclass(frozen=True, slots=True)
class Cost:
    """Up to ``ways * n**opens / opens!`` ways to match n characters, each of ``size`` steps."""

    ways: int = 1
    opens: int = 0
    size: int = 1

    def steps(self, length: int, anchored: bool) -> int:
        opened = int(length**self.opens) // math.factorial(self.opens)
        return self.ways * max(1, opened) * self.size * (1 if anchored else length)


@dataclass(frozen=True, slots=True)
class Judged:
    """A pattern that is admitted, and the longest text it may be tried on, in characters."""

    pattern: str
    cost: Cost
    anchored: bool
    longest: int

    def steps(self, length: int) -> int:
        """What trying it on so many characters costs at most."""
        return self.cost.steps(length, self.anchored)


@functools.lru_cache(maxsize=512)
def judged(pattern: str) -> Judged:
    """Raises ValueError with why ``pattern`` is refused, as the end of a sentence."""
    tree = _parsed(pattern)
    cost = _sequence(tree)
    anchored = bool(tree) and str(tree[0][0]) == "AT" and str(tree[0][1]) in _STARTS
    low, high = 0, LONGEST_TEXT
    while low < high:
        middle = (low + high + 1) // 2
        if cost.steps(middle, anchored) <= STEPS:
            low = middle
        else:
            high = middle - 1
    if low < SHORTEST_TEXT:
        _refuse(f"it has too many ways to match a text of {SHORTEST_TEXT} characters")
    return Judged(pattern, cost, anchored, low)


def _parsed(pattern: str) -> Any:
    if len(pattern) > LONGEST_PATTERN:
        _refuse(f"it is longer than {LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
            return _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        _refuse(f"it cannot be read: {error}")


def _sequence(tree: Any) -> Cost:
    cost = Cost()
    for operation, given in tree:
        cost = _both(cost, _one(str(operation), given))
    return cost


def _one(operation: str, given: Any) -> Cost:
    if operation in _SINGLE:
        return Cost()
    if operation in _REPEATS:
        return _repeated(*given)
    if operation == "BRANCH":
        branches = [_sequence(branch) for branch in given[1]]
        return Cost(
            sum(one.ways for one in branches),
            max(one.opens for one in branches),
            sum(one.size for one in branches),
        )
    if operation != "SUBPATTERN" or given[1] or given[2]:  # the two: flags set inside
        _refuse("only characters, classes, groups, |, anchors and repetitions may be in it")
    return _sequence(given[3])


def _repeated(least: Any, most: Any, tree: Any) -> Cost:
    inner = _sequence(tree)
    is_open = str(most) == "MAXREPEAT"
    has_choice = inner.ways > 1 or inner.opens > 0
    if is_open and has_choice:
        _refuse("it repeats without an end what can match in several ways itself")
    if is_open:
        return Cost(1, 1, inner.size * max(1, int(least)))
    times = int(most)
    size = _bounded(inner.size * max(1, times))
    ways = _bounded(times - int(least) + 1)
    if has_choice:
        opens = inner.opens * times
        if times * math.log2(inner.ways or 1) > 32 or opens > 16:
            _refuse("it repeats too often what can match in several ways itself")
        return Cost(ways * inner.ways**times, opens, size)
    return Cost(ways, 0, size)


def _both(one: Cost, other: Cost) -> Cost:
    opens = one.opens + other.opens
    if opens > 16:
        _refuse("it has more than 16 repetitions without an end")
    return Cost(_bounded(one.ways * other.ways), opens, _bounded(one.size + other.size))


def _bounded(count: int) -> int:
    """``count``, refused where no text could be short enough."""
    if count > STEPS:
        _refuse("it has too many ways to match")
    return count


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)
