"""The contract of a tool. To add one: CONTRIBUTING, "A tool".

A tool is a function with typed arguments whose first parameter is a ``ToolContext``. Its name, its
docstring and its annotations make the schema that the model sees. It returns text, or anything that
JSON can say.
"""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from accounts.models import User
    from agents.models import Agent
    from giint.core.events import ConsoleRow
    from giint.models import GiintThread, Run

Retry = Literal["safe", "once", "ask"]
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody to ask who is no agent of the person's: a name and what they are told. Without a
    ``model`` that of the agent who asks.
    """

    name: str
    instructions: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question. ``code`` is empty where the answer is whole; otherwise one of
    ``giint.core.errors``, with its ``sentence``, and ``text`` is as far as it came.
    """

    entry: str
    text: str
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a transcript as its tool sees it."""

    key: str
    kind: str  # agent, person or note
    name: str
    text: str
    code: str
    choice: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a transcript's reader did: stopped it, and what they said into it."""

    stopped: bool
    said: list[str]


class SideLine(Protocol):
    """An entry of a transcript that is being written."""

    def add(self, text: str) -> None:
        """More of it: live at once, kept twice a second."""
        ...


class SideTranscript(Protocol):
    """What a tool does beside the chat, entry by entry: shown live in the side window, kept, and
    the person's. It closes with its call, at the latest.

    An entry without a ``key`` is known by its place among the calls of ``say`` and ``line``: a
    ``safe`` tool that is repeated after a crash makes them in the same order, or names each.
    """

    id: str

    async def say(
        self, name: str, text: str, *, key: str = "", agent: "Agent | None" = None
    ) -> None:
        """An entry that is whole. ``name``: whose it is."""
        ...

    def line(
        self, name: str, *, key: str = "", agent: "Agent | None" = None
    ) -> AbstractAsyncContextManager[SideLine]:
        """An entry that grows: ``async with transcript.line("Crawler") as line: line.add(…)``."""
        ...

    async def choose(self, reply: Reply, choice: str) -> None:
        """Note what an answer chose."""
        ...

    async def entries(self) -> list[Entry]:
        """What is in it by now, in order."""
        ...

    async def heard(self) -> Heard:
        """What its reader said since the last time, and whether they stopped it. While they pause
        it, this waits, and the call's time stands still.
        """
        ...

    async def close(self, result: dict[str, Any] | None = None) -> None:
        """Nothing more comes. ``result``: what came of it, in JSON."""
        ...


class ToolContext(Protocol):
    """What a tool is given: who set it off, where, and the ways in which it can speak.

    ``run`` is the turn that the person set off, also where an agent that was asked by a tool uses
    one in turn; ``agent`` is the one that calls.
    """

    user: "User"
    thread: "GiintThread"
    agent: "Agent | None"
    run: "Run"
    call_id: str
    deadline: float  # seconds left for this call, as it starts
    approved: bool  # a person approved this call, with these arguments

    def progress(self, text: str, *, done: float | None = None, total: float | None = None) -> None:
        """Show how far the call is: live, never stored. Callable from any thread."""
        ...

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The value of one of the coroutines below, for a tool that is not ``async``."""
        ...

    async def transcript(self, title: str, *, key: str = "") -> SideTranscript:
        """Open a transcript, or go on with the one of that ``key`` of this call."""
        ...

    def left(self) -> float:
        """Seconds that the call still has."""
        ...

    def may_ask(self) -> None:
        """Raises ToolFailed where nobody may be asked: too deep within others."""
        ...

    async def ask(
        self,
        agent: "Agent | Role",
        prompt: str | Sequence[tuple[str, str]],
        *,
        key: str,
        transcript: SideTranscript | None = None,
        name: str = "",
        model: str = "",
        instructions: str = "",
        within: float | None = None,
    ) -> Reply:
        """Ask another agent of the person's, or a role; the answer streams into ``transcript``
        (without one, into a transcript of this call's).

        ``prompt``: a question, or what was said so far as (``user`` or ``assistant``, text).
        ``key`` names the question within the transcript: asked again after a crash, a finished
        answer is given back. ``model`` and ``instructions`` are for this question alone; after
        ``within`` seconds it ends with what was said. What goes wrong is in the reply; raises
        ToolFailed where it may not be asked.
        """
        ...

    async def console(
        self,
        text: str,
        *,
        thread: str | None = "",
        policy: Literal["interrupt", "steer", "wait"] = "steer",
        hold: bool = False,
        minutes: float | None = None,
        key: str = "",
        by: Literal["tool", "agent"] = "tool",
    ) -> "ConsoleRow":
        """Post a console message (docs/console.md) to the person; returns its row.

        ``thread``: an id; empty for this one; None for where the person last wrote. The default,
        in this thread, puts it beside the results of this round of calls. After ``minutes`` it is
        not delivered any more. ``key`` names it within the call: posted again after a crash, it is
        the same one; without keys they are known by their order. Raises ToolFailed where it is
        refused.
        """
        ...

    async def file(self, name: str, content: bytes | str) -> dict[str, Any]:
        """Offer a file for download with this call; returns its row. Raises ToolFailed. The same
        name again is the same file.
        """
        ...


class ToolError(Exception):
    """Base of what a tool may raise on purpose. The message is for the model."""


class ToolRetry(ToolError):
    """The arguments were wrong; the message says how to make them right."""


class ToolFailed(ToolError):
    """It cannot be done; the message says why. The model goes on without."""


class ToolTimeout(ToolError):
    """It took longer than its timeout."""


class NeedsApproval(ToolError):
    """A person is to decide before it goes on; the message says what about. Once they approved, the
    tool is called again, with ``context.approved``.
    """


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the engine knows it. ``retry``: may a call that was cut short be repeated?

    ``needs``: settings without which it cannot work, ``A|B`` for either. ``reaches``: what it is
    given leaves this server. ``asks``: a person approves each call first. ``weight``: of a schema
    that a person wrote (``agents.tools.safety``); 0 for a schema made from annotations.
    """

    name: str
    label: str
    description: str
    schema: dict[str, Any]
    function: Callable[..., Any]
    retry: Retry = "safe"
    timeout: float = 30.0  # seconds
    is_async: bool = False
    writes: bool = False
    reaches: bool = False
    needs: tuple[str, ...] = ()
    asks: bool = False
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Traits:
    """What the code of a tool says about itself; ``@tool`` attaches it to the function."""

    retry: Retry = "once"
    timeout: float = 30.0  # seconds
    writes: bool = True
    needs: tuple[str, ...] = ()
    reaches: bool = False


def tool(
    *,
    retry: Retry,
    timeout: float = 30.0,
    writes: bool = False,
    reaches: bool = False,
    needs: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Say how a function may be used as a tool. It registers nothing: the table in settings does.

    ``retry``: what happens to a call that was cut short. ``safe``: repeated; ``once``: reported as
    an unknown outcome; ``ask``: a person decides. ``timeout``: seconds. ``writes``: it changes
    something. ``reaches``: what it is given leaves this server. ``needs``: names of settings; where
    one is empty the tool is not offered (of ``A|B``: where both are). A function without this is
    ``once`` and writes.
    """

    def attach(function: F) -> F:
        function.traits = Traits(retry, timeout, writes, needs, reaches)  # type: ignore[attr-defined]
        return function

    return attach
