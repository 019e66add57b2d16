"""The ledger of what was made at, or imported from, a provider: one row per remote object.
docs/remote.md.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from giint.core import ids
from giint.core.times import iso, iso_or_none

State = Literal[
    "intended",
    "held",
    "leaving",
    "doubtful",
    "unfindable",
    "left",
    "deleted",
    "refused",
    "never_made",
    "imported",
]
# What a row says of itself when nothing more can be done about its object.
UNFINDABLE, LEFT = "remote_unfindable", "remote_left"
STATES: tuple[State, ...] = get_args(State)
UNUSED = timedelta(days=30)
TIMES = ("made", "used", "until", "released", "deleted", "next_try")


class Installation(models.Model):
    """This installation: one row. Its name is in the tags of every remote object it makes."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=40, default=ids.installation_id, editable=False)
    made = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class RemoteQuerySet(models.QuerySet["RemoteAssistant"]):
    """Rows by what is known of their objects."""

    def ours(self) -> "RemoteQuerySet":
        """What we made, or meant to: never what was only read."""
        return self.exclude(purpose=RemoteAssistant.Purpose.IMPORTED)

    def there(self) -> "RemoteQuerySet":
        """Made by us, and not known to be gone."""
        return self.ours().filter(made__isnull=False, deleted=None)

    def in_state(self, state: str) -> "RemoteQuerySet":
        """Those whose ``state`` is that."""
        gone, unmade = Q(deleted__isnull=False), Q(made=None)
        free, told = Q(released__isnull=False), Q(code__in=[UNFINDABLE, LEFT])
        conditions = {
            "intended": ~gone & unmade & ~free & ~told,
            "held": ~gone & ~unmade & ~free & ~told,
            "leaving": ~gone & ~unmade & free & ~told,
            "doubtful": ~gone & unmade & free & ~told,
            "unfindable": ~gone & Q(code=UNFINDABLE),
            "left": ~gone & Q(code=LEFT),
            "deleted": gone & ~unmade,
            "refused": gone & unmade & ~Q(code=""),
            "never_made": gone & unmade & Q(code=""),
        }
        if state == "imported":
            return self.filter(purpose=RemoteAssistant.Purpose.IMPORTED)
        return self.ours().filter(conditions[state])

    def held(self) -> "RemoteQuerySet":
        """There, and wanted."""
        return self.there().filter(released=None)

    def managed(self) -> "RemoteQuerySet":
        """What the manager keeps: the newest first."""
        return self.held().filter(purpose=RemoteAssistant.Purpose.MANAGED).order_by("-made", "-id")

    def leaving(self) -> "RemoteQuerySet":
        """There, and to be deleted."""
        return self.there().filter(released__isnull=False).exclude(code=LEFT)

    def doubtful(self) -> "RemoteQuerySet":
        """Meant to be made, and nobody waits for the answer any more."""
        found = self.ours().filter(made=None, released__isnull=False, deleted=None)
        return found.exclude(code__in=[UNFINDABLE, LEFT])


class RemoteAssistant(models.Model):
    """One remote object: why it was made, its id there, and the proof that it is gone.

    ``key`` is the account it lives in; ``dialect`` and ``base_url`` say where that is, also when
    the key has been changed or removed since. Times tell the state: ``intended`` before the create,
    ``made`` with its answer, ``released`` when nobody wants it any more, ``deleted`` when the
    server said that it is gone, or that it never was made.
    """

    class Purpose(models.TextChoices):
        WAKE = "wake"  # made for a run, deleted when it ends
        MANAGED = "managed"  # kept by the manager until it lets go of it
        IMPORTED = "imported"  # somebody else's, read by us: never deleted by us

    id = models.CharField(primary_key=True, max_length=40, default=ids.remote_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="remote_assistants"
    )
    key = models.ForeignKey(
        "accounts.ProviderKey",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="remote_assistants",
    )
    agent = models.ForeignKey(
        "agents.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="remote_assistants",
    )
    thread = models.ForeignKey(
        "giint.GiintThread", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        "giint.Run",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The last one that used it.",
    )
    dialect = models.CharField(max_length=20)
    base_url = models.URLField(max_length=300, blank=True)
    kind = models.CharField(max_length=20, default="assistant")
    purpose = models.CharField(max_length=20, default=Purpose.WAKE, choices=Purpose.choices)
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of what it was made from."
    )
    remote_id = models.CharField(max_length=120, blank=True)
    tags = models.JSONField(default=dict, blank=True, help_text="What we wrote into its metadata.")
    memory = models.JSONField(default=dict, blank=True, help_text="What it knows by now.")
    snapshot = models.JSONField(default=dict, blank=True)
    intended = models.DateTimeField(auto_now_add=True)
    made = models.DateTimeField(null=True, blank=True)
    used = models.DateTimeField(null=True, blank=True, help_text="When it was last of use.")
    until = models.DateTimeField(
        null=True, blank=True, help_text="Idle until then: the next turn may take it up again."
    )
    released = models.DateTimeField(null=True, blank=True)
    deleted = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=40, blank=True, help_text="Of the last failure.")
    detail = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Deletions that failed.")
    next_try = models.DateTimeField(null=True, blank=True)
    # what ``manage.py sync assistants`` found at its server: agents.ingest.upstream
    looked = models.DateTimeField(null=True, blank=True, help_text="When its server was asked.")
    upstream = models.CharField(
        max_length=8,
        blank=True,
        choices=[("same", "as it was"), ("changed", "changed there"), ("gone", "gone there")],
        help_text="What became of the original; nothing here depends on it.",
    )

    objects = RemoteQuerySet.as_manager()

    class Meta:
        ordering = ["-intended", "-id"]
        permissions = [("manage_assistants", "Can manage remote assistants")]
        indexes = [
            models.Index(
                fields=["purpose", "released"],
                condition=Q(deleted=None),
                name="remote_not_yet_gone",
            ),
            models.Index(fields=["user", "-intended"], name="remote_of_user"),
            models.Index(fields=["remote_id"], name="remote_by_its_id"),
        ]

    def __str__(self) -> str:
        return self.remote_id or self.id

    @property
    def state(self) -> State:
        """Where it is in its life, told by its times."""
        if self.purpose == self.Purpose.IMPORTED:
            return "imported"
        if self.deleted is not None:
            unmade: State = "refused" if self.code else "never_made"
            return "deleted" if self.made else unmade
        if self.code == UNFINDABLE:
            return "unfindable"
        if self.code == LEFT:
            return "left"
        if self.released is None:
            return "held" if self.made else "intended"
        return "leaving" if self.made else "doubtful"

    @property
    def is_unused(self) -> bool:
        """It is kept, and was of no use for a month."""
        if self.state != "held":
            return False
        return (self.used or self.made or self.intended) < timezone.now() - UNUSED

    def row(self) -> dict[str, Any]:
        """As its owner sees it in a list: without what it was made from."""
        return {
            "id": self.id,
            "kind": self.kind,
            "purpose": self.purpose,
            "state": self.state,
            "unused": self.is_unused,
            "dialect": self.dialect,
            "base_url": self.base_url,
            "key": self.key_id,
            "agent": self.agent_id,
            "thread": self.thread_id,
            "remote_id": self.remote_id,
            "intended": iso(self.intended),
            **{name: iso_or_none(self._time(name)) for name in TIMES},
            "code": self.code,
            "detail": self.detail,
            "tries": self.tries,
        }

    def _time(self, name: str) -> datetime | None:
        moment: datetime | None = getattr(self, name)
        return moment
