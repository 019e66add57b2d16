"""The journal's two tables. Rules: docs/invariants/journal.md. Nothing but ``journal.append``
writes here.
"""

from django.db import models

from giint.core.ids import epoch


class Stream(models.Model):
    """One ordered line of news, named ``thread:thread_…`` or ``user:user_…``."""

    name = models.CharField(max_length=80, unique=True)
    last_seq = models.BigIntegerField(default=0)
    first_seq = models.BigIntegerField(default=1)
    epoch = models.CharField(max_length=16, default=epoch)

    class Meta:
        app_label = "journal"

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One thing that happened: its place in the stream, its type, and pointers to what it is
    about.
    """

    stream = models.ForeignKey(
        Stream, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    seq = models.BigIntegerField()
    type = models.CharField(max_length=40)
    payload = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "journal"
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="event_once_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.seq}"
