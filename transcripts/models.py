"""What is left: the output of every tool call, what it did beside the chat, files."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import models

from giint.core import ids
from giint.core.errors import FAILURES
from giint.core.events import CallRow, EntryRow, NewRow, TranscriptRow
from giint.core.times import iso, iso_or_none
from transcripts.console import ConsoleMessage as ConsoleMessage

PREVIEW = 8_000  # characters of a result that travel with every snapshot


class ToolOutput(models.Model):
    """One tool call and what came of it. ``arguments`` is the exact JSON text that the model sent,
    or that the person who approved it made of that.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"  # for a person's approval
        READY = "ready"  # approved, and not begun
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=40, default=ids.output_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tool_outputs"
    )
    thread = models.ForeignKey(
        "giint.GiintThread", on_delete=models.CASCADE, related_name="tool_outputs"
    )
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.SET_NULL, null=True, related_name="tool_outputs"
    )
    run = models.ForeignKey("giint.Run", on_delete=models.CASCADE, related_name="tool_outputs")
    message = models.ForeignKey(
        "giint.Message", on_delete=models.CASCADE, related_name="tool_outputs"
    )
    tool = models.CharField(max_length=64)
    label = models.CharField(max_length=80, blank=True)
    call_id = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    arguments = models.TextField(blank=True)
    approved = models.BooleanField(default=False, help_text="A person approved this very call.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    result = models.TextField(blank=True)
    error = models.TextField(blank=True)
    files = models.JSONField(default=list, blank=True, help_text="Files that it offers.")
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["started", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "call_id"], name="tool_call_once_per_run")
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.status}"

    @property
    def preview(self) -> str:
        """How its result begins: what pages are sent unasked."""
        return self.result if len(self.result) <= PREVIEW else self.result[: PREVIEW - 1] + "…"

    def row(self, *, whole: bool = False) -> CallRow:
        """``whole``: with all of its result, not just how it begins."""
        return {
            "id": self.id,
            "call_id": self.call_id,
            "message": self.message_id,
            "run": self.run_id,
            "tool": self.tool,
            "label": self.label,
            "status": self.status,  # type: ignore[typeddict-item]
            "arguments": self.arguments,
            "result": self.result if whole else self.preview,
            "length": len(self.result),
            "error": self.error,
            "files": self.files,
            "started": iso(self.started),
            "ended": iso_or_none(self.ended),
        }


class Transcript(models.Model):
    """What one tool call did beside the chat, entry by entry. ``key`` names it within its call: a
    call that is repeated after a crash goes on with the same one.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Hold(models.TextChoices):
        """What its reader asked of it."""

        NONE = ""
        PAUSED = "paused"
        STOPPED = "stopped"

    id = models.CharField(
        primary_key=True, max_length=40, default=ids.transcript_id, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="transcripts"
    )
    thread = models.ForeignKey(
        "giint.GiintThread", on_delete=models.CASCADE, related_name="transcripts"
    )
    run = models.ForeignKey(
        "giint.Run",
        on_delete=models.CASCADE,
        related_name="transcripts",
        help_text="The turn that set it off.",
    )
    message = models.ForeignKey(
        "giint.Message", on_delete=models.CASCADE, related_name="transcripts"
    )
    output = models.ForeignKey(ToolOutput, on_delete=models.CASCADE, related_name="transcripts")
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="within"
    )
    key = models.CharField(max_length=120, blank=True)
    tool = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    hold = models.CharField(max_length=10, choices=Hold.choices, default=Hold.NONE, blank=True)
    result = models.JSONField(default=dict, blank=True)
    opened = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened", "-id"]
        indexes = [
            models.Index(fields=["user", "-opened", "-id"], name="transcripts_of_user"),
            models.Index(fields=["-opened", "-id"], name="transcript_of_all"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["output", "key"], name="transcript_once_per_call")
        ]

    if TYPE_CHECKING:
        thread_id: str
        run_id: str
        message_id: str
        output_id: str
        parent_id: str | None
        entries: models.Manager["TranscriptEntry"]

    def __str__(self) -> str:
        return self.id  # not the title: it is a person's question

    def row(self) -> TranscriptRow:
        return {
            "id": self.id,
            "thread": self.thread_id,
            "run": self.run_id,
            "message": self.message_id,
            "call": self.output_id,
            "parent": self.parent_id,
            "tool": self.tool,
            "title": self.title,
            "status": cast(Any, self.status),
            "hold": cast(Any, self.hold),
            "result": self.result,
            "opened": iso(self.opened),
            "closed": iso_or_none(self.closed),
        }


class TranscriptEntry(models.Model):
    """One contribution. ``key`` names it within its transcript; ``attempt`` counts how often its
    text was begun.
    """

    class Kind(models.TextChoices):
        AGENT = "agent"
        PERSON = "person"
        NOTE = "note"

    class Status(models.TextChoices):
        STREAMING = "streaming"
        COMPLETE = "complete"
        PARTIAL = "partial"

    id = models.CharField(primary_key=True, max_length=40, default=ids.entry_id, editable=False)
    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.AGENT)
    name = models.CharField(max_length=120)
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        "giint.Run", on_delete=models.SET_NULL, null=True, blank=True, related_name="entries"
    )
    model = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.COMPLETE)
    attempt = models.PositiveSmallIntegerField(default=1)
    choice = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    started = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["transcript", "number"]
        verbose_name_plural = "transcript entries"
        constraints = [
            models.UniqueConstraint(fields=["transcript", "number"], name="entry_number_once"),
            models.UniqueConstraint(fields=["transcript", "key"], name="entry_key_once"),
        ]

    if TYPE_CHECKING:
        transcript_id: str
        agent_id: str | None
        run_id: str | None

    def __str__(self) -> str:
        return f"{self.number} {self.status}"

    def row(self) -> EntryRow:
        return {
            "id": self.id,
            "transcript": self.transcript_id,
            "number": self.number,
            "kind": cast(Any, self.kind),
            "name": self.name,
            "agent": self.agent_id,
            "run": self.run_id,
            "model": self.model,
            "status": cast(Any, self.status),
            "attempt": self.attempt,
            "choice": self.choice,
            "code": self.code,
            "sentence": FAILURES[self.code].sentence if self.code in FAILURES else "",
            "text": self.text,
            "reasoning": self.reasoning,
            "started": iso(self.started),
            "ended": iso_or_none(self.ended),
        }


class File(models.Model):
    """A file of a person's: what it is, not what it says it is (``type`` is sniffed)."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.file_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="files"
    )
    thread = models.ForeignKey(
        "giint.GiintThread", on_delete=models.CASCADE, null=True, blank=True, related_name="files"
    )
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    content = models.FileField(upload_to="files/%Y/%m/")
    remote_ids = models.JSONField(default=dict, blank=True, help_text="Provider key id → file id.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "id"]

    if TYPE_CHECKING:
        thread_id: str | None

    def __str__(self) -> str:
        return self.id

    def row(self) -> dict[str, Any]:
        """As its owner sees it; the content has a route of its own."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "size": self.size,
            "sha256": self.sha256,
            "thread": self.thread_id,
            "created": iso(self.created),
        }


class Unseen(models.Model):
    """How much came since its person last looked, and when that was. A row per person, so that a
    turn that used tools costs one update, and a page one read: ``transcripts.news``.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="unseen",
    )
    transcripts = models.PositiveIntegerField(default=0)
    tool_outputs = models.PositiveIntegerField(default=0)
    console = models.PositiveIntegerField(default=0)
    transcripts_looked = models.DateTimeField(null=True, blank=True)
    tool_outputs_looked = models.DateTimeField(null=True, blank=True)
    console_looked = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "unseen"

    def __str__(self) -> str:
        return f"{self.transcripts}, {self.tool_outputs}, {self.console}"

    def row(self) -> NewRow:
        return {
            "transcripts": self.transcripts,
            "tool_outputs": self.tool_outputs,
            "console": self.console,
        }
