"""What is written of a remote object, from its intent to the proof that it is gone. Sync; each
function one transaction. Nothing here asks a server.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import ProviderKey
from agents.models import RemoteAssistant
from agents.models.remote import LEFT, UNFINDABLE, RemoteQuerySet
from agents.providers.base import Endpoint
from agents.providers.stateful import Kind, Object
from agents.remote.tags import ROW, tags_of
from giint.core.batch import ROWS
from giint.core.text import clean

# Words of ``giint.models.Run.Status``: a run that may still use what it holds.
AT_WORK = ("queued", "running", "waiting")
WAKE = RemoteAssistant.Purpose.WAKE
FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=6)  # between two tries
# A create that was sent when its process died may still be carried out after our first look.
GRACE = timedelta(minutes=10)
LEASE = timedelta(seconds=60)  # a deletion is bounded to 30 s
ASKED = timedelta(minutes=2)  # so is a create outside of a run: its process is gone


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose objects: of one thread and agent, at the account that answers, for this run.

    ``alone``: it runs beside others of the same thread (a child), and shares nothing with them.
    """

    user: int
    agent: str | None
    thread: str
    run: str
    key: str
    dialect: str
    base_url: str
    alone: bool = False

    @classmethod
    def of(
        cls,
        endpoint: Endpoint,
        *,
        user: int,
        agent: str | None,
        thread: str,
        run: str,
        alone: bool = False,
    ) -> "Scope":
        where = (endpoint.provider_key, endpoint.dialect, endpoint.base_url)
        return cls(user, agent, thread, run, *where, alone)

    @property
    def rows(self) -> RemoteQuerySet:
        found = RemoteAssistant.objects.filter(
            user=self.user,
            agent=self.agent,
            thread=self.thread,
            key=self.key or None,
            dialect=self.dialect,
            base_url=self.base_url,
            purpose=WAKE,
        )
        if self.alone:
            return found.filter(run=self.run)
        # A child's are its own, and so are those of a run that is still at work.
        mine = Q(run=self.run) | Q(run__parent=None) & ~Q(run__status__in=AT_WORK)
        return found.filter(mine)


@transaction.atomic
def take_or_intend(scope: Scope, kind: Kind, digest: str) -> RemoteAssistant:
    """The row of an object that may be used again (it has ``made``), or of a new intent."""
    for row in scope.rows.held().filter(kind=kind, digest=digest):
        now = timezone.now()
        claimed = RemoteAssistant.objects.filter(id=row.id, released=None, run=row.run_id)
        if claimed.update(run=scope.run, used=now, until=None):
            return row
    row = RemoteAssistant(
        user_id=scope.user,
        agent_id=scope.agent,
        thread_id=scope.thread,
        run_id=scope.run,
        key_id=scope.key or None,
        dialect=scope.dialect,
        base_url=scope.base_url,
        kind=kind,
        digest=digest,
    )
    return _intended(row)


@transaction.atomic
def intend(
    *, key: ProviderKey, kind: Kind, purpose: str, digest: str = "", agent: str | None = None
) -> RemoteAssistant:
    """An intent outside of a run."""
    return _intended(
        RemoteAssistant(
            user=key.user,
            key=key,
            agent_id=agent,
            dialect=key.dialect,
            base_url=key.base_url,
            kind=kind,
            purpose=purpose,
            digest=digest,
        )
    )


def _intended(row: RemoteAssistant) -> RemoteAssistant:
    row.tags = tags_of(row)
    row.save(force_insert=True)
    return row


def made(row: str, remote_id: str, snapshot: dict[str, object] | None = None) -> None:
    """Its server has answered: it is there."""
    more = {} if snapshot is None else {"snapshot": snapshot}
    RemoteAssistant.objects.filter(id=row, deleted=None).update(
        made=Now(), used=Now(), remote_id=remote_id, code="", detail="", next_try=None, **more
    )


def refused(row: str, code: str, detail: str = "") -> None:
    """Its server said no: there is nothing."""
    RemoteAssistant.objects.filter(id=row, made=None).update(
        released=Now(), deleted=Now(), code=code, detail=clean(detail)[:300]
    )


def in_doubt(row: str, code: str, detail: str = "") -> None:
    """No answer came: whether it is there is for the sweep to find out."""
    RemoteAssistant.objects.filter(id=row, made=None, deleted=None).update(
        released=Now(), code=code, detail=clean(detail)[:300]
    )


def remember(row: str, memory: dict[str, object]) -> None:
    RemoteAssistant.objects.filter(id=row).update(memory=memory, used=Now())


def release(rows: RemoteQuerySet) -> int:
    """Nobody wants them any more: they are deleted as soon as may be. Returns how many. One that a
    run takes up meanwhile stays.
    """
    wanted = rows.ours().filter(released=None, deleted=None)
    return sum(
        some.update(released=Now(), until=None, next_try=None) for some in _as_they_are(wanted)
    )


def _as_they_are(rows: RemoteQuerySet) -> Iterator[RemoteQuerySet]:
    """The same rows by their ids and the runs that they are with. PostgreSQL looks again at what
    somebody changed while an update waited, but not at the tables it was joined with.
    """
    seen = list(rows.values_list("id", "run"))
    for start in range(0, len(seen), ROWS):
        some = seen[start : start + ROWS]
        runs = {run for _, run in some if run}
        with_them = Q(run__in=runs) | Q(run=None)
        yield RemoteAssistant.objects.filter(
            with_them, id__in=[id_ for id_, _ in some], released=None, deleted=None
        )


# --- the end of a wake ----------------------------------------------------------------------------


def fall_asleep(runs: list[str]) -> int:
    """What these runs held, once they are over: released, or kept while it may be taken up again
    (``GIINT_ASSISTANT_IDLE``). Returns how many rows that changed.
    """
    over = _of_wakes().filter(run__in=runs).exclude(run__status__in=AT_WORK)
    idle = timedelta(seconds=settings.GIINT_ASSISTANT_IDLE)
    if not idle:
        return release(over)
    kept = over.filter(made__isnull=False, run__parent=None, until=None)
    outdated = _beside(list(kept.values_list("run", "thread", "agent").distinct()))
    until = timezone.now() + idle
    idling = sum(some.update(until=until) for some in _as_they_are(kept))
    return outdated + idling + release(over.filter(Q(made=None) | Q(run__parent__isnull=False)))


def _beside(wakes: list[tuple[str, str | None, str | None]]) -> int:
    """Objects of the same thread and agent that the last wake did not use: they are outdated."""
    count = 0
    for run, thread, agent in wakes:
        same = _of_wakes().filter(thread=thread, agent=agent).exclude(run=run)
        count += release(same.exclude(run__status__in=AT_WORK))
    return count


def settle() -> int:
    """Release what nobody will: of wakes whose process died, whose time of idleness is over, whose
    thread is gone; and all of people who may no longer act. Returns how many rows that changed.
    """
    now = timezone.now()
    wakes = _of_wakes()
    over = wakes.filter(until=None).exclude(run=None).exclude(run__status__in=AT_WORK)
    slept = fall_asleep(list(over.values_list("run", flat=True).distinct()[:500]))
    idle = wakes.filter(until__lte=now)
    nobodys = wakes.filter(Q(run=None) | Q(thread=None)).exclude(run__status__in=AT_WORK)
    every = RemoteAssistant.objects.exclude(run__status__in=AT_WORK)
    gone = every.filter(user__is_active=False)
    unanswered = every.filter(run=None, made=None, intended__lte=now - ASKED)
    return slept + sum(map(release, (idle, nobodys, gone, unanswered)))


def _of_wakes() -> RemoteQuerySet:
    return RemoteAssistant.objects.filter(purpose=WAKE, released=None, deleted=None)


# --- the end of an object -------------------------------------------------------------------------


def due() -> Q:
    return Q(next_try=None) | Q(next_try__lte=Now())


def claim(row: RemoteAssistant, *, force: bool = False) -> bool:
    """Whether deleting it is for us. ``force``: whoever else may be at it; doing it twice does no
    harm.
    """
    waiting = RemoteAssistant.objects.filter(id=row.id, deleted=None)
    if not force:
        waiting = waiting.filter(due())
    return bool(waiting.update(next_try=Now() + LEASE))


def deleted(row: RemoteAssistant) -> None:
    """Its server says that it is gone, or never was there."""
    RemoteAssistant.objects.filter(id=row.id, deleted=None).update(
        deleted=Now(), code="", detail="", next_try=None
    )


def put_off(row: RemoteAssistant, code: str, detail: str = "", after: float | None = None) -> None:
    """It could not be deleted, or looked for, now."""
    wait = min(FIRST * 2 ** min(row.tries, 20), LONGEST)
    if after is not None:
        wait = max(wait, timedelta(seconds=min(after, LONGEST.total_seconds())))
    RemoteAssistant.objects.filter(id=row.id, deleted=None).update(
        code=code,
        detail=clean(detail)[:300],
        tries=F("tries") + 1,
        next_try=timezone.now() + wait,
    )


def left(rows: RemoteQuerySet) -> int:
    """There is no key any more that could delete them: they stay behind. Returns how many."""
    release(rows)
    return rows.ours().filter(deleted=None).exclude(code__in=[LEFT, UNFINDABLE]).update(
        code=LEFT, detail="", next_try=None
    )  # fmt: skip


def unfindable(row: RemoteAssistant) -> None:
    """It may be there, and cannot be looked for."""
    RemoteAssistant.objects.filter(id=row.id, made=None, deleted=None).update(
        code=UNFINDABLE, detail="", next_try=None
    )


def missing(row: RemoteAssistant) -> None:
    """Its server lists all that there is, and this is not among it."""
    if row.intended > timezone.now() - GRACE:
        RemoteAssistant.objects.filter(id=row.id, made=None).update(next_try=timezone.now() + LEASE)
        return
    RemoteAssistant.objects.filter(id=row.id, made=None, deleted=None).update(
        deleted=Now(), code="", detail="", next_try=None
    )


def found(key: ProviderKey, seen: Object) -> RemoteAssistant:
    """A row for something of ours that no row holds: made here, and forgotten. It is deleted."""
    now = timezone.now()
    named = RemoteAssistant.objects.filter(id=seen.tags.get(ROW, ""), user=key.user).first()
    if named is not None and named.remote_id in ("", seen.id) and named.purpose != "imported":
        named.remote_id, named.made, named.deleted = seen.id, named.made or now, None
        named.released, named.code, named.next_try = named.released or now, "", None
        named.save()
        return named
    return RemoteAssistant.objects.create(
        user=key.user,
        key=key,
        dialect=key.dialect,
        base_url=key.base_url,
        kind=seen.kind,
        remote_id=seen.id,
        tags=seen.tags,
        made=now,
        released=now,
    )
