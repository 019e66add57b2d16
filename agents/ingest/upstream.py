"""What became of originals at their servers: ``manage.py sync assistants``.

Rows of what was taken in, and of what the manager holds, are marked as changed or gone there.
Nothing is deleted and nothing here depends on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import ProviderKey
from agents.ingest.objects import Found
from agents.ingest.taking import difference
from agents.ingest.using import fetch, keeper_of
from agents.models import RemoteAssistant
from agents.providers.stateful import Kind
from giint.core.errors import GiintError

LOOKED_AT: tuple[Kind, ...] = ("assistant", "agent")


@dataclass(slots=True)
class Looked:
    """How one account's rows stand. ``code``: why some could not be asked about."""

    key: ProviderKey
    same: int = 0
    changed: int = 0
    gone: int = 0
    failed: int = 0
    code: str = ""
    detail: str = ""

    @property
    def sentence(self) -> str:
        return GiintError(self.code, self.detail).sentence if self.code else ""


def kept_with(keys: Iterable[ProviderKey]) -> list[ProviderKey]:
    """Those of ``keys`` that keep objects at their servers."""
    return [key for key in keys if keeper_of(key) is not None]


def look(keys: Iterable[ProviderKey]) -> Iterator[Looked]:
    """Ask about every row of these accounts, one account after another."""
    for key in keys:
        looked = Looked(key)
        rows = RemoteAssistant.objects.filter(
            key=key, base_url=key.base_url, kind__in=LOOKED_AT, deleted=None
        )
        rows = rows.filter(purpose__in=["imported", "managed"]).exclude(remote_id="")
        for row in rows.order_by("pk").iterator(100):
            _look_at(key, row, looked)
            if looked.code in ("key_unreadable", "upstream_refused_key", "assistants_gone"):
                break  # every further question would have the same answer
        yield looked


def _look_at(key: ProviderKey, row: RemoteAssistant, looked: Looked) -> None:
    kind: Kind = "agent" if row.kind == "agent" else "assistant"
    reply = fetch(key, kind, row.remote_id)
    if reply.code == "remote_gone":
        state = "gone"
        looked.gone += 1
    elif reply.code or not reply.objects:
        looked.failed += 1
        looked.code, looked.detail = reply.code or "upstream_malformed", reply.detail
        return
    elif row.snapshot and difference(row, Found(row.kind, row.remote_id, reply.objects[0].raw)):
        state = "changed"
        looked.changed += 1
    else:
        state = "same"
        looked.same += 1
    now = timezone.now()
    RemoteAssistant.objects.filter(pk=row.pk).update(looked=now, upstream=state)
