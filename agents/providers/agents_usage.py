"""Tokens of a session of the Agents API: told by turn, which may be several model calls of ours."""

from typing import Any, Literal

from agents.providers.base import ProviderEvent, Usage
from agents.providers.translation import Data, usage
from giint.core.events import UsageRow


class Meter:
    """Tokens that have been told: of the whole ``session`` (None: not known), and of its ``turn``
    under way. A turn's are counted once, in however many calls of ours it is told.
    """

    def __init__(self, session: UsageRow | None, turn: UsageRow | None = None) -> None:
        self.session = session
        self.turn: UsageRow = turn or {}

    def of_session(self, given: Any) -> list[ProviderEvent]:
        """The turn waits: what the session has used since it was last told."""
        if self.session is None or not isinstance(given, dict):
            return []
        total = _tokens(given)
        more = _less(total, self.session)
        self.session, self.turn = total, _plus(self.turn, more)
        return [Usage(more)]

    def of_turn(self, given: Any) -> list[ProviderEvent]:
        """The turn is over: what of its tokens was not told."""
        told, self.turn = self.turn, {}
        if not isinstance(given, dict):
            return []
        more = _less(_tokens(given), told)
        self.session = None if self.session is None else _plus(self.session, more)
        return [Usage(more)]


def _tokens(given: Data) -> UsageRow:
    return usage(
        given,
        sent="input_tokens",
        said="output_tokens",
        cached=("input_tokens_details", "cached_tokens"),
        thought=("output_tokens_details", "reasoning_tokens"),
    )


def _less(one: UsageRow, other: UsageRow) -> UsageRow:
    return _each(one, other, -1)


def _plus(one: UsageRow, other: UsageRow) -> UsageRow:
    return _each(one, other, 1)


def _each(one: UsageRow, other: UsageRow, sign: int) -> UsageRow:
    def count(name: Literal["input", "output", "cached", "reasoning"]) -> int:
        return max(0, one.get(name, 0) + sign * other.get(name, 0))

    return {
        "input": count("input"),
        "output": count("output"),
        "cached": count("cached"),
        "reasoning": count("reasoning"),
    }
