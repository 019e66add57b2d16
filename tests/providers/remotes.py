"""What a stateful provider is given in a test of it: its objects, held in memory.

It keeps the promises of ``agents.providers.stateful.Remotes`` and writes down what was asked of it.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from agents.providers.stateful import Create, Held, Kind, Tags

TAGS = {"giint": "install-test", "giint_user": "user-test"}


@dataclass(slots=True)
class Row:
    """One intent: what was to be made, and what is known of it."""

    id: str
    kind: Kind
    digest: str
    remote_id: str = ""  # empty: whether it is there is not known
    memory: dict[str, Any] = field(default_factory=dict)
    discarded: bool = False


class Objects:
    """The objects of one thread and agent at one account."""

    def __init__(self, tags: Tags = TAGS) -> None:
        self.tags = tags
        self.rows: list[Row] = []

    async def hold(self, kind: Kind, digest: str, create: Create) -> Held:
        assert digest == digest.lower()
        assert len(digest) == len(hashlib.sha256().hexdigest())
        for row in self.of(kind):
            if row.digest == digest and row.remote_id:
                return _held(row, fresh=False)
        row = Row(f"row_{len(self.rows) + 1}", kind, digest)
        self.rows.append(row)
        row.remote_id = await create(dict(self.tags))
        return _held(row, fresh=True)

    async def remember(self, held: Held, memory: dict[str, Any]) -> None:
        self._row(held).memory = dict(memory)

    async def discard(self, held: Held) -> None:
        self._row(held).discarded = True

    def of(self, kind: Kind) -> list[Row]:
        """What a next ``hold`` may still be given of that kind, newest first."""
        rows = [row for row in self.rows if row.kind == kind and not row.discarded]
        return rows[::-1]

    @property
    def doubtful(self) -> list[Row]:
        """Intents of which no id is known."""
        return [row for row in self.rows if not row.remote_id]

    def asleep(self) -> "Objects":
        """The same person and installation in a later wake: nothing is left of this one."""
        return Objects(self.tags)

    def _row(self, held: Held) -> Row:
        return next(row for row in self.rows if row.id == held.row)


def _held(row: Row, *, fresh: bool) -> Held:
    held = Held(row.id, row.kind, row.remote_id, fresh)
    return replace(held, memory=dict(row.memory))
