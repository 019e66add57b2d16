"""Bodies of the thread routes for the schema, taken from the same types the events are declared
with.
"""

from typing import Any, TypedDict

from drf_spectacular.plumbing import resolve_type_hint
from rest_framework import serializers

from giint.core.events import (
    AccountRow,
    AgentRow,
    ApprovalRow,
    CallRow,
    ConsoleRow,
    EntryRow,
    KeyRow,
    MessageRow,
    NewRow,
    RunRow,
    ThreadHead,
    ThreadRow,
    TranscriptRow,
)


class Page(TypedDict):
    """A page of messages with their work."""

    messages: list[MessageRow]
    runs: list[RunRow]
    calls: list[CallRow]
    approvals: list[ApprovalRow]
    transcripts: list[TranscriptRow]
    entries: list[EntryRow]
    console: list[ConsoleRow]
    older: bool


class ThreadSnapshot(Page):
    stream: str
    seq: int
    epoch: str
    thread: ThreadHead


class Ui(TypedDict):
    version: int
    state: dict[str, Any]


class UserSnapshot(TypedDict):
    stream: str
    seq: int
    epoch: str
    threads: list[ThreadRow]
    older: bool
    agents: list[AgentRow]
    keys: list[KeyRow]
    account: AccountRow
    ui: Ui
    new: NewRow
    console: list[ConsoleRow]


class UserOut(TypedDict):
    id: str
    name: str
    email: str
    initials: str
    staff: bool


class Choice(TypedDict):
    id: str
    label: str


class CommandOut(Choice):
    form: str


class PresetOut(Choice):
    dialect: str
    base_url: str
    model: str
    needs_key: bool


class LimitsOut(TypedDict):
    text: int
    frame: int


class DefaultOut(TypedDict):
    """The template that new chats use without a choice."""

    template: str
    name: str


class BootstrapOut(TypedDict):
    version: str
    user: UserOut
    me: UserSnapshot
    thread: ThreadSnapshot | None
    missing: bool
    default: DefaultOut | None
    dialects: list[Choice]
    presets: list[PresetOut]
    commands: list[CommandOut]
    limits: LimitsOut


class ThreadsOut(TypedDict):
    threads: list[ThreadRow]
    next: str | None


class ThreadIn(serializers.Serializer[Any]):
    """What of a thread may be changed."""

    title = serializers.CharField(max_length=200, required=False)
    archived = serializers.BooleanField(required=False)
    agents = serializers.ListField(child=serializers.CharField(max_length=40), required=False)


def shape(kind: type) -> Any:
    """The JSON schema of a TypedDict, for ``extend_schema``."""
    return resolve_type_hint(kind)  # type: ignore[no-untyped-call]
