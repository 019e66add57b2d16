"""Deadlines and guards that a template or an agent may set, with their bounds.

One row per name; the engine's ``Limits`` has the defaults and obeys them. A test holds the two
together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from giint.core.text import clean


@dataclass(frozen=True, slots=True)
class Limit:
    """A name, what it bounds, and between which numbers; ``whole``: no fractions."""

    name: str
    label: str
    low: float
    high: float
    whole: bool = True


LIMITS = (
    Limit("first", "Seconds to the first sign of life of a model call", 1, 600, whole=False),
    Limit("idle", "Seconds of silence within a model call", 1, 600, whole=False),
    Limit("total", "Seconds of model calls for one answer", 1, 86_400, whole=False),
    Limit("steps", "Model calls for one answer", 1, 1_000),
    Limit("tool_calls", "Tool calls for one answer", 1, 10_000),
    Limit("children", "Model calls of agents that its tools ask, for one answer", 1, 10_000),
    Limit("identical", "Times the same tool call may be made", 1, 100),
    Limit("tokens", "Tokens for one answer", 1, 100_000_000),
    Limit("bytes", "UTF-16 units of text in one message", 1, 67_108_864),
    Limit("window", "Tokens of the model's context", 1_000, 10_000_000),
    Limit("answer", "Tokens kept free for the answer", 1, 1_000_000),
)
_ROWS = {row.name: row for row in LIMITS}


def checked(given: Any) -> dict[str, float]:
    """The numbers as they are kept; null ones are left out. Raises ValueError with a sentence."""
    if not isinstance(given, Mapping):
        raise ValueError("Limits are an object: name → number.")
    return {name: _number(name, value) for name, value in given.items() if value is not None}


def _number(name: str, value: Any) -> float:
    row = _ROWS.get(name)
    if row is None:
        known = ", ".join(_ROWS)
        raise ValueError(f"There is no limit named {clean(str(name))[:40]}. There are: {known}.")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not row.low <= value <= row.high or (row.whole and value != int(value)):
        kind = "a whole number" if row.whole else "a number"
        raise ValueError(f"{name} is {kind} from {row.low:,g} to {row.high:,.0f}.")
    return int(value) if row.whole else value
