"""A provider that plays a script: for tests, and for whoever builds on GIINT and wants to test what
they built.

It records what it was asked and fails loudly on a step too many or too few::

with scripted(calls(("calculate", {"expression": "1+1"})), says("It is ", "2.")) as script: … assert
script.requests[1].items[-1]["output"] == "2"
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from agents.providers import items as shape
from agents.providers import replaced
from agents.providers.base import (
    Check,
    Done,
    Endpoint,
    Failed,
    Listed,
    Listing,
    ProviderEvent,
    Started,
    Text,
    ToolCall,
    TurnRequest,
    Usage,
)
from giint.core.text import units


class ScriptError(AssertionError):
    """The script and what was asked of it differ in length."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds before the next event."""

    seconds: float


@dataclass(slots=True)
class Hold:
    """Wait until somebody, in any thread, calls ``release()``."""

    _reached: threading.Event = field(default_factory=threading.Event, repr=False)
    _released: threading.Event = field(default_factory=threading.Event, repr=False)

    def release(self) -> None:
        self._released.set()

    async def wait(self) -> None:
        self._reached.set()
        await _polled(self._released)

    async def reached(self) -> None:
        """Returns when the script has got here."""
        await _polled(self._reached)


async def _polled(event: threading.Event) -> None:
    while not event.is_set():  # noqa: ASYNC110 (asyncio's own events belong to one loop)
        await asyncio.sleep(0.005)


Turn = list[ProviderEvent | Pause | Hold]


class Script:
    """Plays one turn per model call, in order. Nothing is added: a turn without an end has none."""

    dialect: ClassVar[str] = "offline"
    stateful: ClassVar[bool] = False
    builtins: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *turns: Turn) -> None:
        self.turns = list(turns)
        self.requests: list[TurnRequest] = []
        self.closed = 0  # turns whose generator was closed before its end

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        self.requests.append(request)
        if len(self.requests) > len(self.turns):
            raise ScriptError(f"asked {len(self.requests)} times, written for {len(self.turns)}")
        try:
            for event in self.turns[len(self.requests) - 1]:
                match event:
                    case Pause(seconds):
                        await asyncio.sleep(seconds)
                    case Hold():
                        await event.wait()
                    case _:
                        yield event
        except (GeneratorExit, asyncio.CancelledError):
            self.closed += 1
            raise

    def check(self, endpoint: Endpoint) -> Check:
        return Check(models=["script"])

    def models(self, endpoint: Endpoint) -> Listing:
        return Listing(models=[Listed("script")])

    def verify(self) -> None:
        """Raises ScriptError unless every turn was played once."""
        if len(self.requests) != len(self.turns):
            raise ScriptError(f"asked {len(self.requests)} times, written for {len(self.turns)}")


def says(*pieces: str) -> Turn:
    """A whole answer of these pieces of text."""
    text = "".join(pieces)
    usage = Usage({"input": 1, "output": units(text)})
    deltas: Turn = [Text(piece) for piece in pieces]
    return [Started("resp_script"), *deltas, usage, Done([shape.message(text, "msg_script")])]


def calls(*wanted: tuple[str, dict[str, Any]], first: int = 1) -> Turn:
    """A whole answer that calls these tools side by side, as ``call_1``, ``call_2``…"""
    made = [
        ToolCall(f"call_{n}", name, json.dumps(given))
        for n, (name, given) in enumerate(wanted, first)
    ]
    usage = Usage({"input": 1, "output": len(made)})
    return [Started("resp_script"), *made, usage, Done([shape.function_call(one) for one in made])]


def fails(code: str, *pieces: str, again: bool = False, after: float | None = None) -> Turn:
    """An answer that breaks off after these pieces."""
    return [Started("resp_script"), *map(Text, pieces), Failed(code, again=again, after=after)]


@contextlib.contextmanager
def scripted(*turns: Turn, dialect: str = "offline") -> Iterator[Script]:
    """Let a script answer for ``dialect`` in the whole process, and verify it at the end."""
    script = Script(*turns)
    with replaced(dialect, script):
        yield script
    script.verify()
