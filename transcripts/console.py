"""Console messages: what must reach a person's agent, from outside their chat. docs/console.md."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from giint.core import ids
from giint.core.console_events import ConsolePolicy, ConsoleRow, ConsoleSource, ConsoleStatus
from giint.core.errors import FAILURES
from giint.core.times import iso, iso_or_none

WAITING = ("held", "pending")  # not yet delivered
OPEN = (*WAITING, "delivered")


class ConsoleMessage(models.Model):
    """One of them. ``run`` is the turn that it set off, or whose next model call is to have it;
    ``message`` is its place in the thread, which it has when its turn comes. ``depth`` counts the
    console messages that caused one another up to this one.
    """

    class Source(models.TextChoices):
        TOOL = "tool"
        AGENT = "agent"
        SHELL = "shell"
        REST = "rest"
        SOCKET = "socket"
        ADMIN = "admin"
        QUEUE = "queue"

    class Policy(models.TextChoices):
        INTERRUPT = "interrupt"
        STEER = "steer"
        WAIT = "wait"

    class Status(models.TextChoices):
        HELD = "held"  # it waits for its person
        PENDING = "pending"
        DELIVERED = "delivered"
        ANSWERED = "answered"
        FAILED = "failed"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=40, default=ids.console_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="console_messages"
    )
    thread = models.ForeignKey(
        "giint.GiintThread",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="console_messages",
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=120, help_text="Who posted it, as they were called then.")
    text = models.TextField()
    policy = models.CharField(max_length=10, choices=Policy.choices, default=Policy.INTERRUPT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    code = models.CharField(
        max_length=40, blank=True, help_text="Why it is held, or was not answered."
    )
    hold = models.BooleanField(default=False, help_text="It was to wait until its person is there.")
    client_id = models.CharField(max_length=64, null=True, blank=True)
    cause = models.ForeignKey(
        "giint.Run",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The turn in which it was posted.",
    )
    depth = models.PositiveSmallIntegerField(default=0)
    run = models.ForeignKey(
        "giint.Run",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="console_messages",
    )
    message = models.ForeignKey(
        "giint.Message",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="console_messages",
    )
    step = models.ForeignKey(
        "giint.Step",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The model call that was the first to have it.",
    )
    expires = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    delivered = models.DateTimeField(null=True, blank=True)
    answered = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        permissions = [("post_console", "Can post console messages to other people")]
        indexes = [
            models.Index(fields=["user", "-created", "-id"], name="console_of_user"),
            models.Index(fields=["-created", "-id"], name="console_of_all"),
            models.Index(
                fields=["thread"], condition=Q(status__in=WAITING), name="console_waiting"
            ),
            models.Index(fields=["user"], condition=Q(status__in=OPEN), name="console_open"),
            models.Index(
                fields=["expires"],
                condition=Q(status__in=WAITING, expires__isnull=False),
                name="console_expiring",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source", "client_id"], name="console_posted_once"
            )
        ]

    if TYPE_CHECKING:
        author_id: int | None
        thread_id: str | None
        run_id: str | None
        message_id: str | None

    def __str__(self) -> str:
        return self.id  # not the text: it is for its person

    def row(self) -> ConsoleRow:
        return {
            "id": self.id,
            "thread": self.thread_id,
            "message": self.message_id,
            "run": self.run_id,
            "source": cast(ConsoleSource, self.source),
            "name": self.name,
            "text": self.text,
            "policy": cast(ConsolePolicy, self.policy),
            "status": cast(ConsoleStatus, self.status),
            "code": self.code,
            "sentence": FAILURES[self.code].sentence if self.code in FAILURES else "",
            "depth": self.depth,
            "expires": iso_or_none(self.expires),
            "created": iso(self.created),
            "delivered": iso_or_none(self.delivered),
            "answered": iso_or_none(self.answered),
        }
