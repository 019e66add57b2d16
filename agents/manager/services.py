"""The assistant manager: one service for REST, the command, the plan, the admin, and code.

Each function is about one person's account of a dialect that keeps objects: that of ``key``, or the
one of ``sites.site_of``. All need the permission ``manage_assistants``, and raise
``manage_refused``, NotFound for a key of somebody else, ``no_account``, ``manager_unneeded``,
``key_unreadable``.
docs/manager.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from agents.manager import fields, making, renewal
from agents.manager.claims import is_busy
from agents.manager.config import over, settled
from agents.manager.fields import checked_interval, checked_keep
from agents.manager.making import Refused
from agents.manager.renewal import Renewed, Source, managed, plan_next
from agents.manager.sites import Site, found, opened, site_of
from agents.models import AssistantManager, AssistantVersion, RemoteAssistant
from agents.providers.stateful import Reply
from agents.remote import records
from giint.core.errors import GiintError


@dataclass(frozen=True, slots=True)
class Current:
    """The assistant in use. ``created``: it was made just now. ``verified``: its server knows it;
    where that could not be asked, ``code`` and ``sentence`` say why.
    """

    id: str
    created: bool = False
    verified: bool = True
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How an account's manager stands. ``manager`` is None before its first assistant."""

    site: Site
    manager: AssistantManager | None
    held: int
    needs_refresh: bool
    busy: bool


# --- the current one ------------------------------------------------------------------------------


def initialize(*, user: User, key: str | None = None, config: Any = None) -> Current:
    """The account's current assistant, made if there is none. Repeating it makes no other.

    Raises what ``refresh`` raises.
    """
    return _current(site_of(user, key), user, config)


def get_current(*, user: User, key: str | None = None) -> Current:
    """The same, asked for at its server first: one that is gone there is made anew; where the
    server cannot be asked, the last known one is given, unverified.
    """
    return _current(site_of(user, key), user, None)


def _current(site: Site, user: User, config: Any) -> Current:
    own = fields.checked({} if config is None else config, site.key.dialect)
    manager = opened(site)
    row = manager.current
    if row is not None and row.state == "held":
        reply = making.look(site, row.remote_id)
        if reply.code != "remote_gone":
            return _known(manager, row, reply)
        records.deleted(row)
    try:
        made = renewal.renew(
            site,
            manager,
            over(manager.config, own),
            source=Source.CREATED,
            author=user,
            still=_has_none,
        )
    except GiintError as error:
        manager.refresh_from_db()
        other = manager.current
        if error.code != "manager_busy" or other is None or other.state != "held":
            raise
        return Current(other.remote_id)  # somebody else has just made it
    return Current(made.id, created=True)


def _known(manager: AssistantManager, row: RemoteAssistant, reply: Reply) -> Current:
    if reply.code:
        error = Refused(reply)
        return Current(row.remote_id, verified=False, code=error.code, sentence=error.sentence)
    now = timezone.now()
    AssistantManager.objects.filter(pk=manager.pk).update(verified=now)
    RemoteAssistant.objects.filter(pk=row.pk).update(used=now)
    return Current(row.remote_id)


def refresh(
    *,
    user: User,
    key: str | None = None,
    config: Any = None,
    source: str = Source.REFRESHED,
    actor: User | None = None,
    still: Callable[[AssistantManager], bool] = lambda manager: True,
) -> Renewed:
    """Another assistant takes the current one's place; that one stays current until the new one is
    there, and then among the newest that are kept. ``config``: fields that the person sets over the
    template from now on; null gives one back to it. ``still``: see ``renewal.renew``.

    Raises BadField, ``manager_busy``, ``no_model``, ``model_gone``, ``builtin_refused``, and what
    the server said; the manager's status has it too.
    """
    site = site_of(user, key)
    own = fields.checked({} if config is None else config, site.key.dialect)
    manager = opened(site)
    chosen = over(manager.config, own)
    return renewal.renew(site, manager, chosen, source=source, author=actor or user, still=still)


def planned(*, user: User, key: str | None = None, config: Any = None) -> dict[str, Any]:
    """What ``refresh`` would make it from. Nothing is asked or changed. Raises what it raises."""
    site = site_of(user, key)
    own = fields.checked({} if config is None else config, site.key.dialect)
    manager = found(site)
    return settled(site, over(manager.config if manager else {}, own))


# --- what is there --------------------------------------------------------------------------------


def status(*, user: User, key: str | None = None) -> Status:
    """How the account's manager stands. Asks no server."""
    site = site_of(user, key)
    manager = found(site)
    due = manager is None or manager.is_due(timezone.now()) or not _is_held(manager)
    busy = manager is not None and is_busy(manager)
    return Status(site, manager, managed(site).count(), due, busy)


def _has_none(manager: AssistantManager) -> bool:
    return not _is_held(manager)


def _is_held(manager: AssistantManager) -> bool:
    return manager.current is not None and manager.current.state == "held"


# --- the plan, and the way back -------------------------------------------------------------------


def set_interval(
    *,
    user: User,
    interval_ms: Any,
    keep: Any = None,
    key: str | None = None,
    actor: User | None = None,
) -> Status:
    """How often the current one is followed by a new one, in milliseconds; 0: only by hand.
    ``keep``: how many of the newest stay then. Raises BadField ``intervalMs``, ``keepCount``.
    """
    site = site_of(user, key)
    interval = checked_interval(interval_ms)
    count = None if keep is None else checked_keep(keep)
    with transaction.atomic():
        manager = AssistantManager.objects.select_for_update().get(pk=opened(site).pk)
        manager.interval_ms = interval
        manager.keep = manager.keep if count is None else count
        plan_next(manager)
        manager.save(update_fields=["interval_ms", "keep", "next"])
        audit.record(
            actor=actor or user,
            owner=user,
            action="planned",
            noun=renewal.NOUN,
            object_id=site.key.id,
            details={"intervalMs": interval, "keepCount": manager.keep},
        )
    return status(user=user, key=site.key.id)


def backups(*, user: User, key: str | None = None) -> list[AssistantVersion]:
    """Every configuration that stood at the provider, newest first, the current one too."""
    manager = found(site_of(user, key))
    return list(manager.versions.select_related("manager")) if manager else []


def restore(
    *, user: User, version: str, key: str | None = None, actor: User | None = None
) -> Renewed:
    """A new current assistant with the configuration of ``version``: its id, its number, or the id
    of an assistant, whose newest one it is. Raises ``no_backup``, BadField for one in the words of
    another dialect, and what ``refresh`` raises.
    """
    site = site_of(user, key)
    row = version_for(site, version)
    config = fields.checked(row.config, site.key.dialect, "backup")
    everything = dict.fromkeys(fields.FIELDS, "") | config
    kept = {name: everything[name] for name in everything if _has(site, name)}
    return renewal.renew(site, row.manager, kept, source=Source.RESTORED, author=actor or user)


def version_for(site: Site, version: str) -> AssistantVersion:
    """The one that is meant. Raises ``no_backup``."""
    manager = found(site)
    wanted = version.replace("\x00", "")
    if manager is None:
        raise GiintError("no_backup")
    rows = manager.versions.select_related("manager")
    row = rows.filter(id=wanted).first() or rows.filter(assistant=wanted).first()
    if row is None and wanted.isdecimal() and len(wanted) < 9:
        row = rows.filter(number=int(wanted)).first()
    if row is None:
        raise GiintError("no_backup")
    return row


def _has(site: Site, name: str) -> bool:
    return site.key.dialect in fields.FIELDS[name][1]
