"""Messages, which are a tree; summaries of what a prompt leaves out; thumbs."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

from giint.core import ids
from giint.core.events import (
    MessageRow,
    MessageStatus,
)
from giint.core.prepared import Among
from giint.core.times import iso
from giint.models.phases import MOVING
from giint.models.thread import GiintThread


class MessageQuerySet(models.QuerySet["Message"]):
    """Reads over the tree of a thread."""

    def path(self, head: str | None, limit: int) -> list["Message"]:
        """The last ``limit`` messages of the path that ends at ``head``, oldest first.

        Each step up is one look into the primary key, so the cost does not grow with the thread.
        """
        ids = self._climb(head, limit, "")
        found = {message.id: message for message in _AMONG.all(ids)}
        return [found[id_] for id_ in ids if id_ in found]

    def prompt_path(self, head: str | None, limit: int) -> list[str]:
        """The ids of the same, but no further up than the nearest summary."""
        stop = "AND NOT EXISTS (SELECT 1 FROM giint_summary s WHERE s.through_id = m.id)"
        return self._climb(head, limit, stop)

    def _climb(self, head: str | None, limit: int, stop: str) -> list[str]:
        if head is None:
            return []
        with connection.cursor() as cursor:
            cursor.execute(_CLIMB.format(stop=stop), [head, limit - 1])
            return [row[0] for row in reversed(cursor.fetchall())]


_CLIMB = """
WITH RECURSIVE path(id, parent_id, depth) AS (
    SELECT m.id, m.parent_id, 0 FROM giint_message m WHERE m.id = %s {stop}
    UNION ALL
    SELECT m.id, m.parent_id, p.depth + 1 FROM giint_message m JOIN path p ON m.id = p.parent_id
    WHERE p.depth < %s {stop})
SELECT id FROM path ORDER BY depth
"""


class Message(models.Model):
    """One message: what a person wrote, or what came of one model call."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"
        CONSOLE = "console"
        SYSTEM = "system"

    class Status(models.TextChoices):
        QUEUED = "queued"
        STREAMING = "streaming"
        COMPLETE = "complete"
        PARTIAL = "partial"

    id = models.CharField(primary_key=True, max_length=40, default=ids.message_id, editable=False)
    thread = models.ForeignKey(GiintThread, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.COMPLETE)
    attempt = models.PositiveSmallIntegerField(default=1)
    client_id = models.CharField(max_length=64, null=True, blank=True)
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        "Run", on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    model = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    parts = models.JSONField(default=list, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(
                fields=["thread", "status"], condition=Q(status__in=MOVING), name="moving"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["thread", "number"], name="message_number_once"),
            models.UniqueConstraint(fields=["thread", "client_id"], name="message_sent_once"),
        ]

    if TYPE_CHECKING:
        parent_id: str | None

    def __str__(self) -> str:
        return f"{self.role} {self.number}"

    def row(self, feedback: "Feedback | None" = None) -> MessageRow:
        """``feedback``: its reader's, which whoever makes many rows reads at once."""
        return {
            "id": self.id,
            "number": self.number,
            "parent": self.parent_id,
            "role": self.role,  # type: ignore[typeddict-item]
            "status": cast(MessageStatus, self.status),
            "attempt": self.attempt,
            "agent": self.agent_id,
            "run": self.run_id,
            "client_id": self.client_id,
            "model": self.model,
            "text": self.text,
            "reasoning": self.reasoning,
            "thumb": feedback.thumb if feedback else 0,
            "note": feedback.note if feedback else "",
            "created": iso(self.created),
        }


class Summary(models.Model):
    """What stands in the prompt for the path up to and including ``through``, written once per jump
    of the window.
    """

    thread = models.ForeignKey(GiintThread, on_delete=models.CASCADE, related_name="summaries")
    through = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="summary")
    text = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "summaries"

    def __str__(self) -> str:
        return f"through {self.through_id}"


class Feedback(models.Model):
    """A person's thumb on an answer of their own, and a note."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feedback"
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="feedback")
    thumb = models.SmallIntegerField(choices=[(1, "good"), (-1, "bad")])
    note = models.CharField(max_length=2000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["user", "message"], name="one_thumb_per_answer")
        ]

    def __str__(self) -> str:
        return f"{self.thumb:+d}"


_AMONG = Among(lambda ids: Message.objects.filter(id__in=ids).order_by())
