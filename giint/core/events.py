"""Every event a client can see, declared once. ``docs/events.md`` and the client's types are made
from this file.

An event is a frozen value. ``stored()`` is what the journal keeps: pointers and small facts. Fields
marked ``carried()`` (texts, arguments, results) travel with the live push and are left out of the
row; on replay ``giint.engine.journal`` fills them again from the rows they belong to.

Times are ISO 8601 in UTC with microseconds. Lengths and offsets are UTF-16 code units.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NotRequired, TypedDict

from giint.core.console_events import ConsoleAnswered as ConsoleAnswered
from giint.core.console_events import ConsoleClosed as ConsoleClosed
from giint.core.console_events import ConsoleDelivered as ConsoleDelivered
from giint.core.console_events import ConsolePosted as ConsolePosted
from giint.core.console_events import ConsoleRow as ConsoleRow
from giint.core.console_events import ConsoleStatus as ConsoleStatus
from giint.core.happening import CARRIED
from giint.core.happening import Happening as Happening
from giint.core.happening import carried as carried
from giint.core.transcript_events import EntryKind as EntryKind
from giint.core.transcript_events import EntryRow as EntryRow
from giint.core.transcript_events import EntryStatus as EntryStatus
from giint.core.transcript_events import Hold as Hold
from giint.core.transcript_events import TranscriptClosed as TranscriptClosed
from giint.core.transcript_events import TranscriptEntered as TranscriptEntered
from giint.core.transcript_events import TranscriptHeld as TranscriptHeld
from giint.core.transcript_events import TranscriptOpened as TranscriptOpened
from giint.core.transcript_events import TranscriptRow as TranscriptRow
from giint.core.transcript_events import TranscriptStatus as TranscriptStatus

MessageStatus = Literal["queued", "streaming", "complete", "partial"]
RunStatus = Literal[
    "queued", "running", "waiting", "completed", "failed", "cancelled", "interrupted"
]
CallStatus = Literal["waiting", "ready", "running", "done", "failed", "unknown", "cancelled"]
Decision = Literal["", "approved", "denied", "expired", "withdrawn"]
Activity = Literal["idle", "queued", "running", "waiting", "failed"]


class AgentRow(TypedDict):
    """An agent as its owner sees it. ``tile`` is its colour, 1 to 6, fixed by its id. ``warning``:
    a sentence where the model is gone from its server's list, or has a date on which it ends.

    One made from a template says which, and which ``number`` its revision has; ``instructions`` are
    then its own, which follow the template's. ``newer``: its owner could have a newer revision, as
    of when this row was told.
    """

    id: str
    name: str
    description: str
    instructions: str
    model: str
    tools: list[str]
    parameters: dict[str, Any]
    limits: dict[str, float]
    template: str | None
    template_name: str
    revision: str | None
    number: int | None
    newer: bool
    variables: dict[str, Any]
    tile: int
    archived: bool
    warning: str


class ThreadHead(TypedDict):
    """A thread on its own stream."""

    id: str
    title: str
    agents: list[str]
    head: str | None
    archived: bool
    created: str


class ThreadRow(TypedDict):
    """A thread in the list, on its owner's stream."""

    id: str
    title: str
    agents: list[str]
    archived: bool
    created: str
    activity: Activity
    last_message_at: str


class ThreadChanges(TypedDict, total=False):
    """What of a thread changed; absent is unchanged."""

    title: str
    agents: list[str]
    archived: bool
    activity: Activity
    last_message_at: str


class MessageRow(TypedDict):
    """One message. ``text`` and ``reasoning`` of a streaming one are as far as they had been
    written. ``thumb``: what its reader thinks of an answer, 0 for nothing; ``note``: their words.
    """

    id: str
    number: int
    parent: str | None
    role: Literal["user", "assistant", "console", "system"]
    status: MessageStatus
    attempt: int
    agent: str | None
    run: str | None
    client_id: str | None
    model: str
    text: str
    reasoning: str
    thumb: int
    note: str
    created: str


class UsageRow(TypedDict, total=False):
    """Tokens as the provider counted them."""

    input: int
    output: int
    cached: int
    reasoning: int


class RunRow(TypedDict):
    """One turn. ``message`` is what it answers; ``code`` and ``sentence`` are empty unless it ended
    badly. ``offered``: who could be asked instead of an agent that cannot answer.
    """

    id: str
    message: str
    agent: str | None
    status: RunStatus
    code: str
    sentence: str
    again: bool
    offered: str | None
    usage: UsageRow
    created: str
    started: str | None
    ended: str | None


class FileRef(TypedDict):
    """A file that a tool offers for download. ``size``: bytes."""

    id: str
    name: str
    type: str
    size: int


class CallRow(TypedDict):
    """One tool call. ``arguments`` is the exact JSON text that the model sent. ``result``: how it
    begins; ``length``: how many characters all of it has, which REST gives.
    """

    id: str
    call_id: str
    message: str
    run: str
    tool: str
    label: str
    status: CallStatus
    arguments: str
    result: str
    length: int
    error: str
    files: list[FileRef]
    started: str
    ended: str | None


class ApprovalRow(TypedDict):
    """A tool call that waits, or waited, for a person. ``call``: its row. ``arguments``: exactly
    what it will be, or would have been, called with; ``edited``: what the person made of that.
    ``about``: what the tool does, in a line. ``reason``: why it was denied.
    """

    id: str
    call: str
    message: str
    run: str
    tool: str
    about: str
    arguments: str
    edited: str
    decision: Decision
    reason: str
    created: str
    expires: str
    decided: str | None


class KeyRow(TypedDict):
    """A provider key as its owner sees it; of the key itself, its last four characters."""

    id: str
    label: str
    dialect: str
    base_url: str
    model: str
    last4: str
    default: bool
    checked: str | None
    check_code: str
    check_sentence: str


class AccountRow(TypedDict):
    """Which account answers for this person now, and why."""

    source: Literal["own", "shared", "offline", "none"]
    label: str
    dialect: str
    model: str
    key: NotRequired[str]


class NewRow(TypedDict):
    """How much came since the person last looked, by kind: transcripts and tool outputs of turns
    that have ended, console messages that were posted.
    """

    transcripts: int
    tool_outputs: int
    console: int


# --- a thread's own stream ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCreated(Happening):
    """A message is there. ``head``: the thread's head moves to it. ``text``: of a message that is
    whole.
    """

    type: ClassVar[str] = "message.created"
    message: MessageRow
    head: bool
    text: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlaced(Happening):
    """A queued message's turn has come: it now follows ``parent`` and is the head."""

    type: ClassVar[str] = "message.placed"
    message: str
    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRequeued(Happening):
    """A message that nobody has begun to answer waits again: a console message goes before it."""

    type: ClassVar[str] = "message.requeued"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRemoved(Happening):
    """A queued message was taken back by its author."""

    type: ClassVar[str] = "message.removed"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRestarted(Happening):
    """The model is asked again: readers drop what they had of the text and refuse lower
    attempts.
    """

    type: ClassVar[str] = "message.restarted"
    message: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCompleted(Happening):
    """The text is final. Checksum: CRC-32 of its UTF-8 bytes. Texts come along unless this reader
    had every delta.
    """

    type: ClassVar[str] = "message.completed"
    message: str
    attempt: int
    status: Literal["complete", "partial"]
    length: int
    checksum: int
    reasoning_length: int
    model: str
    text: str | None = carried()
    reasoning: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFeedback(Happening):
    """What its reader thinks of an answer: 1, -1, or 0 for nothing any more."""

    type: ClassVar[str] = "message.feedback"
    message: str
    thumb: int
    note: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadChanged(Happening):
    """The thread now shows the path that ends at ``head``."""

    type: ClassVar[str] = "thread.head_changed"
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadUpdated(Happening):
    """Title, agents or archiving changed (both streams); activity and time (owner's stream)."""

    type: ClassVar[str] = "thread.updated"
    thread: str
    changes: ThreadChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChanged(Happening):
    """A run as it now is."""

    type: ClassVar[str] = "run.status"
    run: RunRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted(Happening):
    """A tool call begins."""

    type: ClassVar[str] = "tool.started"
    call: CallRow
    arguments: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCompleted(Happening):
    """A tool call has ended, one way or another."""

    type: ClassVar[str] = "tool.completed"
    call: str
    status: CallStatus
    ended: str
    length: int = 0
    result: str | None = carried()
    error: str | None = carried()
    files: list[FileRef] | None = field(default=None, metadata=CARRIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(Happening):
    """A tool call waits for a person's decision. ``arguments``: exactly what it would be called
    with.
    """

    type: ClassVar[str] = "approval.requested"
    approval: ApprovalRow
    arguments: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(Happening):
    """It was decided, has expired, or was withdrawn. ``edited``: the arguments, where the person
    changed them.
    """

    type: ClassVar[str] = "approval.decided"
    approval: str
    call: str
    decision: Decision
    decided: str
    edited: str | None = carried()
    reason: str | None = carried()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChanged(Happening):
    """A call waits, or may begin, or begins. ``arguments``: as they are now."""

    type: ClassVar[str] = "tool.changed"
    call: str
    status: CallStatus
    started: str
    arguments: str | None = carried()


# --- a person's own stream ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCreated(Happening):
    type: ClassVar[str] = "thread.created"
    thread: ThreadRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRemoved(Happening):
    type: ClassVar[str] = "thread.removed"
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUpdated(Happening):
    """An agent is new or changed."""

    type: ClassVar[str] = "agent.updated"
    agent: AgentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Happening):
    """The synced UI state is at ``version`` after ``patch`` (top-level keys; null removes one)."""

    type: ClassVar[str] = "state.changed"
    version: int
    patch: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChanged(Happening):
    """The person's provider keys, and which account answers now."""

    type: ClassVar[str] = "keys.changed"
    keys: list[KeyRow]
    account: AccountRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCounted(Happening):
    """Something came, or the person has looked: so much is new now."""

    type: ClassVar[str] = "new.counted"
    new: NewRow


EVENTS: tuple[type[Happening], ...] = (
    MessageCreated,
    MessagePlaced,
    MessageRequeued,
    MessageRemoved,
    MessageRestarted,
    MessageCompleted,
    MessageFeedback,
    HeadChanged,
    ThreadUpdated,
    RunChanged,
    ToolStarted,
    ToolCompleted,
    ApprovalRequested,
    ApprovalDecided,
    ToolChanged,
    TranscriptOpened,
    TranscriptEntered,
    TranscriptHeld,
    TranscriptClosed,
    ConsolePosted,
    ConsoleDelivered,
    ConsoleAnswered,
    ConsoleClosed,
    ThreadCreated,
    ThreadRemoved,
    AgentUpdated,
    StateChanged,
    KeysChanged,
    NewCounted,
)


def thread_stream(thread_id: str) -> str:
    return f"thread:{thread_id}"


def user_stream(public_id: str) -> str:
    return f"user:{public_id}"
