"""How an account's current assistant is followed by the next: made first, then taken up, then the
oldest are let go of. Whatever fails, the one of before stays.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts import audit
from accounts.models import User
from agents.manager import making
from agents.manager.claims import claimed, prove
from agents.manager.config import settled
from agents.manager.fields import Config
from agents.manager.making import Refused
from agents.manager.sites import Site
from agents.models import AssistantManager, AssistantVersion, RemoteAssistant
from agents.models.remote import RemoteQuerySet
from agents.remote.deleting import sentence as in_words
from giint.core.errors import FAILURES, GiintError
from giint.core.text import clean

log = logging.getLogger(__name__)
Source = AssistantVersion.Source
Progress = Callable[[int], None]
BACKUPS = 100  # versions of one manager that are kept; the oldest go first
RETRY, LONGEST = timedelta(minutes=5), timedelta(hours=6)
NOUN = "remote assistant"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Ids at the provider. ``failed``: id, code, sentence; the sweep deletes those later."""

    deleted: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Renewed:
    """A refresh that went well. ``previous``: the id of before, or empty."""

    version: AssistantVersion
    previous: str
    cleaned: Cleaned

    @property
    def id(self) -> str:
        return self.version.assistant


def renew(
    site: Site,
    manager: AssistantManager,
    own: Config,
    *,
    source: str,
    author: User | None,
    still: Callable[[AssistantManager], bool] = lambda manager: True,
) -> Renewed:
    """Make the next one from the template and ``own``, and take it up. ``still``: whether that is
    wanted of the row as it is once the claim is held: somebody else may just have done it.

    Raises ``manager_busy``, and after writing it to the manager: BadField, ``no_model``,
    ``model_gone``, ``builtin_refused``, ``key_unreadable``, Refused.
    """
    with claimed(manager) as until:
        manager.refresh_from_db()
        if not still(manager):
            raise GiintError("manager_busy")
        previous = manager.current.remote_id if manager.current else ""
        try:
            config = settled(site, own)
            row = making.make(site, config, next_number(manager))
        except GiintError as error:
            _failed(manager, until, error)
            raise
        version = _taken_up(manager, until, row, config, own, source=source, author=author)
    return Renewed(version, previous, cleaned(site, manager, manager.keep))


@transaction.atomic
def _taken_up(
    manager: AssistantManager,
    until: datetime,
    row: RemoteAssistant,
    config: Config,
    own: Config,
    *,
    source: str,
    author: User | None,
) -> AssistantVersion:
    prove(manager, until)
    version = add_version(manager, row, config, source=source, author=author)
    now = timezone.now()
    manager.current, manager.config = row, own
    manager.refreshed = manager.verified = now
    manager.code, manager.detail, manager.failures = "", "", 0
    plan_next(manager)
    manager.save()
    audit.record(
        actor=author,
        owner=manager.user,
        action=source,
        noun=NOUN,
        object_id=row.remote_id,
        details={"version": version.number, "server": manager.server},
    )
    return version


def _failed(manager: AssistantManager, until: datetime, error: GiintError) -> None:
    """Why there is no new one, and when the plan tries again: sooner than the interval."""
    now = timezone.now()
    wait = min(RETRY * 2 ** min(manager.failures, 10), LONGEST)
    if isinstance(error, Refused) and error.after:
        wait = max(wait, timedelta(seconds=min(error.after, LONGEST.total_seconds())))
    if not FAILURES[error.code].again:
        wait = LONGEST
    planned = bool(manager.interval_ms and manager.refreshed)
    AssistantManager.objects.filter(pk=manager.pk, claimed=until).update(
        code=error.code,
        detail=clean(error.detail)[:300],
        failures=F("failures") + 1,
        next=now + min(wait, max(manager.interval, RETRY)) if planned else None,
    )


def plan_next(manager: AssistantManager) -> None:
    """When the plan refreshes it: never, if its interval is 0 or nothing is current."""
    manager.next = None
    if manager.interval_ms and manager.current_id and manager.refreshed:
        manager.next = manager.refreshed + manager.interval


# --- versions -------------------------------------------------------------------------------------


def next_number(manager: AssistantManager) -> int:
    last: int | None = manager.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def add_version(
    manager: AssistantManager,
    row: RemoteAssistant,
    config: Config,
    *,
    source: str,
    author: User | None,
) -> AssistantVersion:
    """One more, inside the caller's transaction; beyond ``BACKUPS`` the oldest goes."""
    version = AssistantVersion.objects.create(
        manager=manager,
        number=next_number(manager),
        remote=row,
        assistant=row.remote_id,
        config=config,
        source=source,
        author=author,
    )
    manager.versions.filter(number__lte=version.number - BACKUPS).delete()
    return version


# --- the end of old ones --------------------------------------------------------------------------


def managed(site: Site) -> RemoteQuerySet:
    """What the manager holds in the account, the newest first."""
    rows = RemoteAssistant.objects.managed()
    where = {"dialect": site.key.dialect, "base_url": site.key.base_url}
    return rows.filter(user=site.user, key=site.key, kind=site.kind, **where)


def surplus(
    site: Site, manager: AssistantManager | None, keep: int
) -> tuple[list[RemoteAssistant], list[RemoteAssistant]]:
    """Which ones stay, the current one and the newest, and which go."""
    rows = list(managed(site))
    current = manager.current_id if manager else None
    rows.sort(key=lambda row: row.pk != current)  # stable: the current one first, then by age
    return rows[:keep], rows[keep:]


def cleaned(
    site: Site, manager: AssistantManager | None, keep: int, progress: Progress = lambda done: None
) -> Cleaned:
    """Let go of all but the newest ``keep``, the current one always among them."""
    stay, go = surplus(site, manager, keep)
    return ended(site, go, kept=[row.remote_id for row in stay], progress=progress)


def ended(
    site: Site,
    go: list[RemoteAssistant],
    *,
    kept: list[str] | None = None,
    progress: Progress = lambda done: None,
) -> Cleaned:
    """Let go of these."""
    if not go:
        return Cleaned(kept=kept or [])
    done = making.let_go(site, go, progress)
    failed = [(name, code, in_words(code, detail)) for name, code, detail in done.failures]
    late = {name for name, *_ in failed}
    for name, _, why in failed:
        log.warning("%s was not deleted yet: %s", name, why)
    return Cleaned([row.remote_id for row in go if row.remote_id not in late], kept or [], failed)
