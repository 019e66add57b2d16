"""Events of console messages, on the stream of their thread and on their person's own."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from giint.core.happening import Happening, carried

ConsoleSource = Literal["tool", "agent", "shell", "rest", "socket", "admin", "queue"]
ConsolePolicy = Literal["interrupt", "steer", "wait"]
ConsoleStatus = Literal[
    "held", "pending", "delivered", "answered", "failed", "expired", "cancelled"
]


class ConsoleRow(TypedDict):
    """Something that must reach a person's agent. ``name``: who posted it. ``thread`` is null while
    it waits for its person and names none; ``message`` is its place in the thread, ``run`` the turn
    that it set off or is told to. ``code`` and ``sentence``: why it waits for its person, or why it
    was not answered.
    """

    id: str
    thread: str | None
    message: str | None
    run: str | None
    source: ConsoleSource
    name: str
    text: str
    policy: ConsolePolicy
    status: ConsoleStatus
    code: str
    sentence: str
    depth: int
    expires: str | None
    created: str
    delivered: str | None
    answered: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePosted(Happening):
    """A console message as it now is: it was posted, is no longer held, or has another turn."""

    type: ClassVar[str] = "console.posted"
    console: ConsoleRow
    text: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDelivered(Happening):
    """A model call has it in its input, as ``message``."""

    type: ClassVar[str] = "console.delivered"
    console: str
    message: str
    run: str
    delivered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleAnswered(Happening):
    """The answer to it is whole."""

    type: ClassVar[str] = "console.answered"
    console: str
    answered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleClosed(Happening):
    """It comes to nothing: its turn failed, its time was over, or it was taken back."""

    type: ClassVar[str] = "console.closed"
    console: str
    status: ConsoleStatus
    code: str
    sentence: str
