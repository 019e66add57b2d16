"""Tool calls that wait for a person, and what a person allows without being asked again."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from giint.core import ids
from giint.core.events import ApprovalRow, Decision
from giint.core.times import iso, iso_or_none
from giint.models.run import Run
from giint.models.thread import GiintThread


class Approval(models.Model):
    """One question to a person: may this call be made, with exactly these arguments? The first
    decision counts.
    """

    class Decided(models.TextChoices):
        NOT_YET = ""
        APPROVED = "approved"
        DENIED = "denied"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"  # the turn ended before somebody decided

    id = models.CharField(primary_key=True, max_length=40, default=ids.approval_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="approvals"
    )
    thread = models.ForeignKey(GiintThread, on_delete=models.CASCADE, related_name="approvals")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="approvals")
    output = models.ForeignKey(
        "transcripts.ToolOutput", on_delete=models.CASCADE, related_name="approvals"
    )
    message = models.ForeignKey("giint.Message", on_delete=models.CASCADE, related_name="approvals")
    tool = models.CharField(max_length=64)
    about = models.CharField(max_length=300, blank=True)
    arguments = models.TextField(blank=True, help_text="What was asked for, to the letter.")
    edited = models.TextField(blank=True, help_text="What the person made of it.")
    decision = models.CharField(
        max_length=10, choices=Decided.choices, default=Decided.NOT_YET, blank=True
    )
    reason = models.CharField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    decided = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(fields=["expires"], condition=Q(decision=""), name="open_approvals"),
            models.Index(fields=["-created", "-id"], name="approval_of_all"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["output"], condition=Q(decision=""), name="one_open_approval_per_call"
            )
        ]

    if TYPE_CHECKING:
        message_id: str

    def __str__(self) -> str:
        return f"{self.tool} {self.decision or 'waits'}"

    def row(self) -> ApprovalRow:
        return {
            "id": self.id,
            "call": self.output_id,
            "message": self.message_id,
            "run": self.run_id,
            "tool": self.tool,
            "about": self.about,
            "arguments": self.arguments,
            "edited": self.edited,
            "decision": cast(Decision, self.decision),
            "reason": self.reason,
            "created": iso(self.created),
            "expires": iso(self.expires),
            "decided": iso_or_none(self.decided),
        }


class Grant(models.Model):
    """A tool that need not ask any more in this thread: its owner said so."""

    thread = models.ForeignKey(GiintThread, on_delete=models.CASCADE, related_name="grants")
    tool = models.CharField(max_length=64)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "tool"], name="granted_once_per_thread")
        ]

    def __str__(self) -> str:
        return self.tool
