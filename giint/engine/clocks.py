"""Deadlines and guards of a run. The numbers: defaults here, an agent's own in ``Agent.limits``.

45 s to the first sign of life of a model call: reasoning counts as one, and a healthy server shows
one within seconds, while people leave at a minute. 60 s between signs: the longest pause that a
healthy server was seen to make is half of it. 15 minutes in all, of running time: tools',
children's and people's time has clocks of its own.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and counts per run; ``bytes`` of text per message; ``window`` tokens of the model's
    context.
    """

    first: float = 45.0
    idle: float = 60.0
    total: float = 900.0
    steps: int = 25
    tool_calls: int = 100
    children: int = 200
    identical: int = 3
    tokens: int = 2_000_000
    bytes: int = 4_194_304
    window: int = 128_000
    answer: int = 8_192

    @classmethod
    def of(cls, own: Mapping[str, Any]) -> Self:
        """The defaults with an agent's own numbers over them; anything that is not a positive
        number is ignored.
        """
        names = [f.name for f in fields(cls)]
        given: dict[str, Any] = {name: own[name] for name in names if _is_limit(own.get(name))}
        return cls(**given)


def _is_limit(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


class Clock:
    """The time of one run. It is looked at by the tick, so a sign of life costs one assignment."""

    def __init__(self, limits: Limits, spent: float) -> None:
        self._limits = limits
        self._spent = spent
        self._running_since: float | None = None
        self._seen: float | None = None  # last sign of life of the model call under way

    def begin(self) -> None:
        """A model call begins: silence counts from now."""
        self._running_since = time.monotonic()
        self._seen = None

    def seen(self) -> None:
        """A sign of life. On the hot path."""
        self._seen = time.monotonic()

    def end(self) -> None:
        """The model call is over; a tool's time is not silence."""
        self._spent = self.spent
        self._running_since = None

    def waited(self, seconds: float) -> None:
        """Between two calls the server asked us to wait: the person waited, too."""
        self._spent += seconds

    @property
    def spent(self) -> float:
        """Seconds of model calls so far, and of waiting between them."""
        since = self._running_since
        return self._spent + (time.monotonic() - since if since is not None else 0.0)

    def expired(self) -> str:
        """The code of the deadline that has passed, or an empty text."""
        since = self._running_since
        if since is None:
            return ""
        now = time.monotonic()
        if self.spent > self._limits.total:
            return "deadline_total"
        if self._seen is None:
            return "deadline_first" if now - since > self._limits.first else ""
        return "deadline_idle" if now - self._seen > self._limits.idle else ""

    def remaining(self) -> float:
        """Seconds of the total that are left."""
        return max(0.0, self._limits.total - self.spent)


class Guards:
    """What one run has used up. Counted from its steps, so a takeover goes on counting."""

    def __init__(
        self, limits: Limits, *, steps: int, tokens: int, calls: list[tuple[str, str]]
    ) -> None:
        self._limits = limits
        self._steps = steps
        self._tokens = tokens
        self._calls = Counter(calls)
        self._asked = 0  # model calls of child runs
        self._others = 0  # tool calls of theirs

    def child(self, limits: Limits) -> "ChildGuards":
        """The guards of a run that a tool of this one asks for."""
        return ChildGuards(self, limits)

    def asked(self, calls: int = 1) -> str:
        """Count model calls of child runs; the code of the guard that forbids them, or an empty
        text.
        """
        if self._tokens >= self._limits.tokens:
            return "guard_tokens"
        if self._asked >= self._limits.children:
            return "guard_children"
        self._asked += calls
        return ""

    def more_calls(self, calls: list[tuple[str, str]]) -> str:
        """The same for tool calls of child runs: who asks for the same thing is each one's own."""
        self._others += len(calls)
        return "guard_tool_calls" * (self._all_calls > self._limits.tool_calls)

    @property
    def _all_calls(self) -> int:
        return self._calls.total() + self._others

    def model_call(self) -> str:
        """Count one more model call; the code of the guard that forbids it, or an empty text."""
        if self._tokens >= self._limits.tokens:
            return "guard_tokens"
        if self._steps >= self._limits.steps:
            return "guard_steps"
        self._steps += 1
        return ""

    def used(self, tokens: int) -> None:
        self._tokens += tokens

    def tool_calls(self, calls: list[tuple[str, str]]) -> str:
        """Count these calls (name, arguments); the code of the guard that forbids them, or an empty
        text.
        """
        self._calls.update(calls)
        if self._all_calls > self._limits.tool_calls:
            return "guard_tool_calls"
        if calls and max(self._calls[call] for call in calls) > self._limits.identical:
            return "guard_identical"
        return ""


class ChildGuards(Guards):
    """Of a child run: its own for its steps and for calls that it repeats; whatever it uses up is
    its turn's.
    """

    def __init__(self, turn: Guards, limits: Limits) -> None:
        super().__init__(limits, steps=0, tokens=0, calls=[])
        self._turn = turn

    def model_call(self) -> str:
        return self._turn.asked() or super().model_call()

    def asked(self, calls: int = 1) -> str:
        return self._turn.asked(calls)

    def used(self, tokens: int) -> None:
        super().used(tokens)
        self._turn.used(tokens)

    def tool_calls(self, calls: list[tuple[str, str]]) -> str:
        return self._turn.more_calls(calls) or super().tool_calls(calls)

    def more_calls(self, calls: list[tuple[str, str]]) -> str:
        return self._turn.more_calls(calls)
