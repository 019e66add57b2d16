"""The assistant manager: what one account at a provider keeps one current assistant of, and every
configuration that it ever had. docs/manager.md.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from giint.core import ids
from giint.core.errors import FAILURES, GiintError

DAY_MS = 86_400_000
KEEP = 3  # versions at the provider, the current one among them
MOST_KEPT = 100


class AssistantManager(models.Model):
    """The manager of one account (a key of the dialects that keep objects).

    ``config`` is what its person set over the template; ``current`` the row of the ledger in use.
    Without a key it waits for one to the same server: its versions are still its person's.
    """

    id = models.CharField(primary_key=True, max_length=40, default=ids.manager_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assistant_managers"
    )
    key = models.OneToOneField(
        "accounts.ProviderKey",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="manager",
    )
    dialect = models.CharField(max_length=20)
    server = models.CharField(max_length=300)
    current = models.ForeignKey(
        "agents.RemoteAssistant", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    config = models.JSONField(default=dict, blank=True)
    interval_ms = models.PositiveBigIntegerField(
        default=DAY_MS, help_text="Milliseconds between two refreshes; 0: only by hand."
    )
    keep = models.PositiveSmallIntegerField(
        default=KEEP,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_KEPT)],
        help_text="Newest ones that stay at the provider after a refresh.",
    )
    refreshed = models.DateTimeField(null=True, blank=True)
    verified = models.DateTimeField(null=True, blank=True, help_text="Last seen at the provider.")
    next = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=40, blank=True, help_text="Of the last failure.")
    detail = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    claimed = models.DateTimeField(null=True, blank=True, help_text="Held until.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created", "id"]

    def __str__(self) -> str:
        return f"manager at {self.server}"

    @property
    def interval(self) -> timedelta:
        return timedelta(milliseconds=self.interval_ms)

    @property
    def sentence(self) -> str:
        """The last failure in words; empty where there is none."""
        if not self.code:
            return ""
        return GiintError(self.code, self.detail).sentence if self.code in FAILURES else self.code

    def is_due(self, now: datetime) -> bool:
        """Whether a refresh is needed: there is none, or it is older than the interval."""
        if self.current_id is None or self.refreshed is None:
            return True
        return bool(self.interval_ms) and now >= self.refreshed + self.interval


class AssistantVersion(models.Model):
    """One configuration that stood at the provider. Never changed: the backup of what came after.

    ``config`` is what the assistant was made from, in the words of ``agents.manager.config``.
    """

    class Source(models.TextChoices):
        CREATED = "created"
        REFRESHED = "refreshed"
        UPDATED = "updated"
        RESTORED = "restored"
        FOUND = "found", "changed at the provider"

    id = models.CharField(primary_key=True, max_length=40, default=ids.version_id, editable=False)
    manager = models.ForeignKey(AssistantManager, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    remote = models.ForeignKey(
        "agents.RemoteAssistant", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    assistant = models.CharField(max_length=120, help_text="Its id at the provider.")
    config = models.JSONField(default=dict)
    source = models.CharField(max_length=10, choices=Source.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["manager", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"version {self.number}"
