"""Runs, their steps, and the processes that carry them out."""

from typing import TYPE_CHECKING, cast

from django.db import models
from django.db.models import Q

from giint.core import ids
from giint.core.errors import FAILURES
from giint.core.events import (
    RunRow,
    RunStatus,
    UsageRow,
)
from giint.core.times import iso, iso_or_none
from giint.models.message import Message
from giint.models.phases import ACTIVE, OPEN
from giint.models.thread import GiintThread


class Runner(models.Model):
    """A process that can run turns. Not ``seen`` for ten seconds by the database's clock, it is
    dead.
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.runner_id, editable=False)
    kind = models.CharField(max_length=10)
    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    seen = models.DateTimeField()
    started = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"


class Run(models.Model):
    """One turn: what a message set off, until its one terminal status."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        WAITING = "waiting"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"
        INTERRUPTED = "interrupted"

    class Halt(models.TextChoices):
        """What somebody asked of a running turn; the run loop answers with the terminal status."""

        NONE = ""
        STOP = "stop"
        INTERRUPT = "interrupt"

    FIRST = -1  # the lane before the queue
    CONSOLE = "console"  # the cause of those that a console message set off

    id = models.CharField(primary_key=True, max_length=40, default=ids.run_id, editable=False)
    thread = models.ForeignKey(GiintThread, on_delete=models.CASCADE, related_name="runs")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="answers")
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.SET_NULL, null=True, related_name="runs"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    number = models.PositiveIntegerField()
    lane = models.SmallIntegerField(
        default=0, help_text="A queued run of a lower one has its turn before those of a higher."
    )
    client_id = models.CharField(max_length=64, null=True, blank=True)
    cause = models.CharField(max_length=20, default="send")
    inbox = models.BooleanField(
        default=False, help_text="Console messages set it off, or wait for its next model call."
    )
    plan = models.JSONField(
        null=True, blank=True, help_text="The tool call that is its only step, if it has one."
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    halt = models.CharField(max_length=10, choices=Halt.choices, default=Halt.NONE, blank=True)
    runner = models.ForeignKey(
        Runner, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    generation = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    usage = models.JSONField(default=dict, blank=True)
    revision = models.ForeignKey(
        "agents.TemplateRevision",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        help_text="The revision its agent was made from, when it ran.",
    )
    offered = models.ForeignKey(
        "agents.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who could be asked instead of an agent that cannot answer.",
    )
    first_token = models.FloatField(null=True, blank=True, help_text="Seconds from its start.")
    spent = models.FloatField(
        default=0, help_text="Seconds it has been running, over all its runners."
    )
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["thread", "number"]
        indexes = [
            models.Index(fields=["-created", "-id"], name="run_of_all"),
            models.Index(
                fields=["status", "created"], condition=Q(status__in=OPEN), name="open_runs"
            ),
            models.Index(
                fields=["thread", "status"],
                condition=Q(status__in=OPEN),
                name="open_runs_of_thread",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["thread"],
                condition=Q(status__in=ACTIVE, parent__isnull=True),
                name="one_active_run_per_thread",
            ),
            models.UniqueConstraint(fields=["thread", "number"], name="run_number_once"),
            models.UniqueConstraint(fields=["thread", "client_id"], name="run_started_once"),
        ]

    if TYPE_CHECKING:
        runner_id: str | None
        agent_id: str | None
        offered_id: str | None
        steps: models.Manager["Step"]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    def row(self) -> RunRow:
        failure = FAILURES.get(self.code)
        sentence = (failure.sentence if failure else "") + (
            f" ({self.detail})" if self.detail else ""
        )
        return {
            "id": self.id,
            "message": self.message_id,
            "agent": self.agent_id,
            "status": cast(RunStatus, self.status),
            "code": self.code,
            "sentence": sentence,
            "again": bool(failure and failure.again),
            "offered": self.offered_id,
            "usage": cast(UsageRow, self.usage),
            "created": iso(self.created),
            "started": iso_or_none(self.started),
            "ended": iso_or_none(self.ended),
        }


class Step(models.Model):
    """The journal of a run's work. A finished step is never done again.

    ``input`` is exact by reference: the messages, summary, tools and parameters a call was made
    from and the SHA-256 of what was sent. ``output`` holds the provider's items, replayed as they
    are.
    """

    class Kind(models.TextChoices):
        MODEL = "model"
        TOOLS = "tools"
        SUMMARY = "summary"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        ABANDONED = "abandoned"

    id = models.CharField(primary_key=True, max_length=40, default=ids.step_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    attempt = models.PositiveSmallIntegerField(default=1)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="steps")
    input = models.JSONField(default=dict)
    output = models.JSONField(default=list)
    usage = models.JSONField(default=dict)
    partial = models.TextField(blank=True, help_text="What an abandoned call had said.")
    remote_id = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40, blank=True)
    started = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["-started", "-id"], name="step_of_all")]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="step_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.state}"
