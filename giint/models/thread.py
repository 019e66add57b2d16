"""Threads and who takes part in them."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models

from giint.core import ids
from giint.core.events import (
    Activity,
    ThreadHead,
    ThreadRow,
)
from giint.core.times import iso

if TYPE_CHECKING:
    from agents.models import Agent
    from giint.models.message import Message
    from giint.models.run import Run
    from transcripts.models import File


class GiintThread(models.Model):
    """One conversation. Its messages are a tree; the path that ends at ``head`` is what is shown
    and sent.
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.thread_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="threads"
    )
    title = models.CharField(max_length=200, blank=True)
    head = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    agents: "models.ManyToManyField[Agent, Participant]" = models.ManyToManyField(
        "agents.Agent", through="Participant", related_name="threads"
    )
    archived = models.BooleanField(default=False)
    activity = models.CharField(max_length=10, default="idle")
    client_id = models.CharField(
        max_length=64, null=True, blank=True
    )  # of the message that opened it
    last_number = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "thread"
        permissions = [("read_threads", "Can read what people said in their threads")]
        ordering = ["-last_message_at", "id"]
        indexes = [
            models.Index(fields=["owner", "archived", "-last_message_at"], name="thread_list"),
            models.Index(fields=["-last_message_at", "id"], name="thread_of_all"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "client_id"], name="thread_opened_once")
        ]

    if TYPE_CHECKING:
        head_id: str | None
        messages: models.Manager["Message"]
        runs: models.Manager["Run"]
        participants: models.Manager["Participant"]
        files: models.Manager[File]

    def __str__(self) -> str:
        return self.id  # not the title: it is the first words of a person's message

    def agent_ids(self) -> list[str]:
        """Its agents in their order: the first one answers by default."""
        return [p.agent_id for p in self.participants.all()]

    def head_row(self) -> ThreadHead:
        return {
            "id": self.id,
            "title": self.title,
            "agents": self.agent_ids(),
            "head": self.head_id,
            "archived": self.archived,
            "created": iso(self.created),
        }

    def list_row(self) -> ThreadRow:
        return {
            "id": self.id,
            "title": self.title,
            "agents": self.agent_ids(),
            "archived": self.archived,
            "created": iso(self.created),
            "activity": cast(Activity, self.activity),
            "last_message_at": iso(self.last_message_at),
        }


class Participant(models.Model):
    """An agent's place in a thread; the order means something."""

    thread = models.ForeignKey(GiintThread, on_delete=models.CASCADE, related_name="participants")
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.CASCADE, related_name="participations"
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["thread", "agent"], name="agent_once_per_thread")
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.agent_id}"
