"""The sweep: what a crash, a lost answer or a failing deletion left behind is found and deleted.

What was released is deleted by its id. What may have been made and has no id, and what no row knows
of, is looked for in the lists of its server, by the tags that it was made with: of this
installation and this person alone. Whatever lacks them is not ours and is never touched.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import ProviderKey
from agents.models import RemoteAssistant
from agents.models.remote import LEFT, UNFINDABLE
from agents.providers.stateful import Kind, Object, Reply
from agents.remote import records
from agents.remote.deleting import HOPELESS, Ended, delete_all
from agents.remote.places import Place, keeps_objects
from agents.remote.tags import ROW, is_ours, owner_tags
from giint.core.errors import GiintError

log = logging.getLogger(__name__)
MOST = 500  # rows of an account in one go


@dataclass(slots=True)
class Look:
    """What there is to do in one account, before anything is done. ``stray``: objects of ours that
    no row holds; ``failures``: kinds that could not be listed, with code and detail.
    """

    key: ProviderKey
    leaving: list[RemoteAssistant] = field(default_factory=list)
    doubts: list[RemoteAssistant] = field(default_factory=list)
    stray: list[Object] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    failures: dict[str, Reply] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Everything that a sweep would delete."""
        rows = [f"{row.kind} {row.remote_id}" for row in self.leaving]
        strays = [f"{one.kind} {one.id}" for one in self.stray]
        return list(dict.fromkeys([*rows, *strays]))


def look(key: ProviderKey, *, full: bool, force: bool = True) -> Look:
    """Look through an account, and change nothing. ``full``: its lists are read even where no row
    is in doubt; ``force``: rows too that were put off.
    """
    rows = RemoteAssistant.objects.filter(key=key).select_related("user__account")
    rows = rows if force else rows.filter(records.due())
    seen = Look(key, list(rows.leaving()[:MOST]), list(rows.doubtful()[:MOST]))
    if not full and not seen.doubts:
        return seen
    try:
        place = Place.of(key)
    except GiintError as error:
        seen.failures = {row.kind: Reply(error.code, error.detail) for row in seen.doubts}
        return seen
    wanted = {row.kind for row in seen.doubts}
    kinds = [kind for kind in place.keeper.kinds if full or kind in wanted]
    seen.unlisted = wanted - place.keeper.listable
    for kind in kinds:
        if kind in place.keeper.listable:
            _list(place, kind, seen)
    return seen


def _list(place: Place, kind: Kind, seen: Look) -> None:
    reply = _inventory(place, kind)
    if reply.code == "remote_unlisted":
        seen.unlisted.add(kind)
        return
    if reply.code:
        if reply.code in HOPELESS or _has_had(place.key, kind):
            seen.failures[kind] = reply
        return
    seen.listed.add(kind)
    mine = owner_tags(place.key.user)
    ours = [one for one in reply.objects if is_ours(one.tags, mine)]
    # After the list was read: the intent of whatever is on it was written before.
    named = RemoteAssistant.objects.in_bulk([one.tags.get(ROW, "") for one in ours])
    seen.stray += [one for one in ours if _is_stray(one, named.get(one.tags.get(ROW, "")))]


def _has_had(key: ProviderKey, kind: Kind) -> bool:
    """A server that lacks a route that nothing of ours was ever made by lacks nothing."""
    return RemoteAssistant.objects.ours().filter(key=key, kind=kind).exists()


def _inventory(place: Place, kind: Kind) -> Reply:
    try:
        return place.keeper.inventory(place.endpoint, kind)
    except Exception:
        log.exception("the list of %s of %s could not be read", kind, place.key.base_url)
        return Reply("internal")


def _is_stray(one: Object, row: RemoteAssistant | None) -> bool:
    """Whether nothing of ours holds it. What is under way has no id yet; what is released with its
    id is deleted by it.
    """
    if row is None:
        return True
    if not row.remote_id:
        return row.state != "intended"
    return row.remote_id != one.id or row.deleted is not None


def sweep(
    key: ProviderKey,
    *,
    full: bool = True,
    force: bool = True,
    progress: Callable[[int], None] = lambda done: None,
    ending: Callable[[], bool] = lambda: False,
) -> Ended:
    """Delete in one account what nothing of ours wants. See ``look``."""
    seen = look(key, full=full, force=force)
    leaving = {row.id: row for row in seen.leaving}
    for one in seen.stray:
        row = records.found(key, one)
        leaving[row.id] = row
    _judge_doubts(seen, found=set(leaving))
    ended = delete_all(key, leaving.values(), force=force, progress=progress, ending=ending)
    ended.failures += [
        (f"list of {kind}", reply.code, reply.detail) for kind, reply in seen.failures.items()
    ]
    return ended


def _judge_doubts(seen: Look, found: set[str]) -> None:
    """What became of those that no list had, or could have."""
    for row in seen.doubts:
        if row.id in found:
            continue
        if row.kind in seen.unlisted:
            records.unfindable(row)
        elif row.kind in seen.listed:
            records.missing(row)
        elif reply := seen.failures.get(row.kind):
            records.put_off(row, reply.code, reply.detail, reply.after)


def sweep_due(ending: Callable[[], bool]) -> None:
    """The job: settle what is over, then go through the accounts in which something is due. Any
    process may call it at any time: each object is deleted by the one that claims it.
    """
    open_ = RemoteAssistant.objects.ours().filter(deleted=None)
    if not open_.exclude(code__in=[LEFT, UNFINDABLE]).exists():
        return
    records.settle()
    rows = RemoteAssistant.objects.filter(records.due())
    keyless = RemoteAssistant.objects.filter(key=None)
    if keyless.ours().filter(deleted=None).exclude(code__in=[LEFT, UNFINDABLE]).exists():
        records.left(keyless)
    waiting = rows.leaving() | rows.doubtful()
    keys = waiting.exclude(key=None).values_list("key", flat=True).distinct()
    for key in ProviderKey.objects.filter(id__in=list(keys)).select_related("user__account"):
        if ending():
            return
        ended = sweep(key, full=False, force=False, ending=ending)
        for line in ended.lines:
            log.warning("remote objects of %s: %s", key.id, line)


def accounts_with_objects(users: Q | None = None) -> list[ProviderKey]:
    """The keys whose accounts may hold something of ours: of a dialect that keeps objects, or with
    a row that is not closed.
    """
    keys = ProviderKey.objects.select_related("user__account").order_by("created", "id")
    if users is not None:
        keys = keys.filter(users)
    open_ = RemoteAssistant.objects.ours().filter(deleted=None).exclude(key=None)
    with_rows = set(open_.values_list("key", flat=True).distinct())
    return [key for key in keys if keeps_objects(key.dialect) or key.id in with_rows]
