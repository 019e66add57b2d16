"""Events of transcripts, on the stream of the thread in which they were set off."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypedDict

from giint.core.happening import CARRIED, Happening, carried

TranscriptStatus = Literal["open", "done", "failed", "cancelled"]
Hold = Literal["", "paused", "stopped"]
EntryStatus = Literal["streaming", "complete", "partial"]
EntryKind = Literal["agent", "person", "note"]


class TranscriptRow(TypedDict):
    """What a tool did beside the chat. ``message`` is the one that caused it, ``call`` the tool's,
    ``parent`` the transcript within which it was set off. ``hold``: what its reader asked of it.
    ``result``: what came of it, as its tool says it.
    """

    id: str
    thread: str
    run: str
    message: str
    call: str
    parent: str | None
    tool: str
    title: str
    status: TranscriptStatus
    hold: Hold
    result: dict[str, Any]
    opened: str
    closed: str | None


class EntryRow(TypedDict):
    """One contribution to a transcript. ``name`` is whose it is; ``choice`` what it chose of what
    was to choose from, empty for none; ``sentence`` why it is not whole.
    """

    id: str
    transcript: str
    number: int
    kind: EntryKind
    name: str
    agent: str | None
    run: str | None
    model: str
    status: EntryStatus
    attempt: int
    choice: str
    code: str
    sentence: str
    text: str
    reasoning: str
    started: str
    ended: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptOpened(Happening):
    """A tool begins a transcript."""

    type: ClassVar[str] = "transcript.opened"
    transcript: TranscriptRow
    title: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntered(Happening):
    """An entry as it now is. A streaming one begins, or begins again as a higher ``attempt``:
    readers drop what they had of its text. Otherwise it is final: checksum and texts are as those
    of ``message.completed``.
    """

    type: ClassVar[str] = "transcript.entry"
    entry: EntryRow
    length: int
    checksum: int
    reasoning_length: int
    text: str | None = carried()
    reasoning: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptHeld(Happening):
    """Its reader paused it, let it go on, or asked it to stop."""

    type: ClassVar[str] = "transcript.held"
    transcript: str
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptClosed(Happening):
    """Nothing is added to it any more."""

    type: ClassVar[str] = "transcript.closed"
    transcript: str
    status: TranscriptStatus
    closed: str
    result: dict[str, Any] | None = field(default=None, metadata=CARRIED)
