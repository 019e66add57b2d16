"""Deleting what nobody wants any more: one call for each, none twice at once, put off where the
server cannot now. No transaction is open while a server is asked.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from accounts.models import ProviderKey
from accounts.services import record_check
from agents.models import RemoteAssistant
from agents.providers.stateful import Reply
from agents.remote import records
from agents.remote.places import Place, lives_at
from giint.core.errors import FAILURES, GiintError

log = logging.getLogger(__name__)
GONE = {"", "remote_gone"}  # what a deletion may come to when nothing is left
# An account that answers so would answer so to every other call too.
HOPELESS = {"upstream_refused_key", "upstream_unreachable", "upstream_denied", "key_unreadable"}


@dataclass(slots=True)
class Ended:
    """What became of objects: how many are gone, and what failed: name, code, detail."""

    deleted: int = 0
    failures: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [f"{name}: {sentence(code, detail)}" for name, code, detail in self.failures]

    def add(self, other: "Ended") -> None:
        self.deleted += other.deleted
        self.failures += other.failures


def sentence(code: str, detail: str) -> str:
    return GiintError(code, detail).sentence if code in FAILURES else code


def delete_all(
    key: ProviderKey,
    rows: Iterable[RemoteAssistant],
    *,
    force: bool = False,
    progress: Callable[[int], None] = lambda done: None,
    ending: Callable[[], bool] = lambda: False,
) -> Ended:
    """Delete ``rows``, which live in the account of ``key`` and are released. ``force``: those too
    that were put off, or that somebody else is at.
    """
    ended, place = Ended(), _opened(key)
    reply = place if isinstance(place, Reply) else Reply()
    if isinstance(place, Place):
        rows = sorted(rows, key=lambda row: place.rank(row.kind))
    for number, row in enumerate(rows, 1):
        if ending():
            break
        if not lives_at(key, row):
            records.left(RemoteAssistant.objects.filter(id=row.id))
            ended.failures.append((str(row), "remote_left", ""))
        elif records.claim(row, force=force):
            if isinstance(place, Place) and reply.code not in HOPELESS:
                reply = _asked(place, row)
            _write(row, reply, ended)
        progress(number)
    if reply.code == "upstream_refused_key":
        record_check(key=key, code=reply.code, detail=reply.detail)
    return ended


def _opened(key: ProviderKey) -> Place | Reply:
    try:
        return Place.of(key)
    except GiintError as error:
        return Reply(error.code, error.detail)


def _asked(place: Place, row: RemoteAssistant) -> Reply:
    try:
        return place.keeper.delete(place.endpoint, row.kind, row.remote_id)  # type: ignore[arg-type]
    except Exception:
        log.exception("%s %s could not be deleted", row.kind, row.remote_id)
        return Reply("internal")


def _write(row: RemoteAssistant, reply: Reply, ended: Ended) -> None:
    if reply.code in GONE:
        records.deleted(row)
        ended.deleted += 1
        return
    records.put_off(row, reply.code, reply.detail, reply.after)
    ended.failures.append((str(row), reply.code, reply.detail))
