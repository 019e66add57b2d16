"""Imports: what somebody opened to take in from elsewhere, and what became of each thing in it."""

from typing import Any

from django.conf import settings
from django.db import models

from giint.core import ids
from giint.core.times import iso, iso_or_none


class Import(models.Model):
    """One opening of a server or of a dump. Its items survive a reload of whoever reviews them.

    ``claimed``: the process that reads or takes in holds it until then.
    """

    class Source(models.TextChoices):
        SERVER = "server"
        FILE = "file"

    class State(models.TextChoices):
        READING = "reading"
        READY = "ready"
        TAKING = "taking"
        DONE = "done"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=40, default=ids.import_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports"
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    key = models.ForeignKey(
        "accounts.ProviderKey", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    dialect = models.CharField(max_length=20, blank=True)
    base_url = models.URLField(max_length=300, blank=True)
    name = models.CharField(max_length=200, help_text="Of the file, or the label of the key.")
    wanted = models.JSONField(default=list, blank=True, help_text="Ids asked for by themselves.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    told = models.JSONField(
        default=dict, blank=True, help_text="Names of files; how many objects are not taken."
    )
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True, blank=True)
    claimed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["reading", "taking"]),
                name="imports_under_way",
            )
        ]

    def __str__(self) -> str:
        return self.id

    def row(self, counts: dict[str, int]) -> dict[str, Any]:
        """As its owner sees it. ``counts``: its items by state."""
        return {
            "id": self.id,
            "source": self.source,
            "key": self.key_id,
            "dialect": self.dialect,
            "name": self.name,
            "state": self.state,
            "code": self.code,
            "found": sum(counts.values()),
            "chosen": sum(counts.get(state, 0) for state in ImportItem.CHOSEN),
            "done": counts.get(ImportItem.State.DONE, 0),
            "failed": counts.get(ImportItem.State.FAILED, 0),
            "ignored": self.told.get("ignored", {}),
            "created": iso(self.created),
            "ended": iso_or_none(self.ended),
        }


class ImportItem(models.Model):
    """One thing that can be taken in, as it was read: an assistant, agent, prompt or thread."""

    class State(models.TextChoices):
        FOUND = "found"
        CHOSEN = "chosen"
        DONE = "done"
        FAILED = "failed"

    CHOSEN = (State.CHOSEN, State.DONE, State.FAILED)

    parent = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what it says.")
    words = models.CharField(
        max_length=64, blank=True, help_text="The same, without its id, its name and its age."
    )
    raw = models.JSONField(default=dict)
    tags = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.FOUND)
    changes = models.JSONField(default=dict, blank=True, help_text="What is wanted otherwise.")
    again = models.CharField(
        max_length=10,
        default="keep",
        choices=[("keep", "leave ours as it is"), ("update", "take over what differs")],
        help_text="What to do where it was taken in before.",
    )
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    notes = models.JSONField(default=list, blank=True)
    diff = models.JSONField(default=list, blank=True, help_text="From what was taken in before.")
    outcome = models.CharField(max_length=10, blank=True, help_text="made, same, kept or updated")
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    thread = models.ForeignKey(
        "giint.GiintThread", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    files = models.JSONField(default=list, blank=True, help_text="Ids of files that came along.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "number"], name="import_item_number_once")
        ]

    def __str__(self) -> str:
        return self.remote_id or f"{self.kind} {self.number}"
