"""What is in an account, as its server tells of it, beside what we know."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from agents.manager import making
from agents.manager.making import Refused
from agents.manager.renewal import managed
from agents.manager.sites import Site, site_of
from agents.models import AssistantManager, AssistantVersion, RemoteAssistant
from agents.models.remote import RemoteQuerySet
from agents.providers.stateful import Object, Reply
from agents.remote.tags import INSTALLATION, USER, owner_tags


@dataclass(frozen=True, slots=True)
class Seen:
    """One assistant of the account. ``row``: ours of it, if we made it or took it in."""

    id: str
    raw: dict[str, Any]
    row: RemoteAssistant | None
    current: bool
    version: AssistantVersion | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """``whole``: all of the account; a server that cannot list leaves those that we know of."""

    assistants: list[Seen] = field(default_factory=list)
    whole: bool = True


def listed(*, user: User, key: str | None = None) -> Listed:
    """Every assistant of the account, newest first, but for those that this installation made for
    other people. Raises what the server said.
    """
    site = site_of(user, key)
    reply = making.all_of(site)
    rows = {row.remote_id: row for row in _rows(site).order_by("intended")}
    versions = _versions(site)
    if reply.code == "remote_unlisted":
        known = [Object(site.kind, row.remote_id, {}, row.snapshot) for row in managed(site)]
        return Listed([_seen(site, one, rows, versions) for one in known], whole=False)
    if reply.code:
        raise Refused(reply)
    mine = [one for one in reply.objects if not _anothers(site, one)]
    mine.sort(key=lambda one: _made_at(one.raw), reverse=True)
    return Listed([_seen(site, one, rows, versions) for one in mine])


def details(*, user: User, assistant: str, key: str | None = None) -> Seen:
    """One assistant of the account as its server tells of it. Raises ``remote_gone`` for one that
    it does not know, and for one that this installation made for somebody else.
    """
    site = site_of(user, key)
    one = asked(site, assistant)
    rows = {row.remote_id: row for row in _rows(site).filter(remote_id=one.id)}
    return _seen(site, one, rows, _versions(site))


def asked(site: Site, assistant: str) -> Object:
    """As its server tells of it. Raises ``remote_gone`` as ``details`` does, and what it said."""
    reply = Reply("remote_gone")
    if assistant and len(assistant) <= 120 and assistant.isascii() and assistant.isprintable():
        reply = making.look(site, assistant)
    is_there = not reply.code and reply.objects and not _anothers(site, reply.objects[0])
    if is_there:
        return reply.objects[0]
    if reply.code in ("", "remote_gone"):
        reply = Reply("remote_gone", "list what is there, or ask for the current one")
    raise Refused(reply)


def _anothers(site: Site, one: Object) -> bool:
    mine = owner_tags(site.user)
    return one.tags.get(INSTALLATION) == mine[INSTALLATION] and one.tags.get(USER) != mine[USER]


def _rows(site: Site) -> RemoteQuerySet:
    """What we know of the account's objects, our own and those that were taken in."""
    return RemoteAssistant.objects.filter(
        user=site.user, key=site.key, kind=site.kind, deleted=None
    ).exclude(remote_id="")


def _versions(site: Site) -> dict[str, AssistantVersion]:
    """The newest version of each assistant."""
    rows = AssistantVersion.objects.filter(manager__key=site.key).order_by("number")
    return {row.assistant: row for row in rows}


def _seen(
    site: Site,
    one: Object,
    rows: dict[str, RemoteAssistant],
    versions: dict[str, AssistantVersion],
) -> Seen:
    row = rows.get(one.id)
    current = AssistantManager.objects.filter(key=site.key, current=row).exists() if row else False
    return Seen(one.id, one.raw, row, current, versions.get(one.id))


def _made_at(raw: dict[str, Any]) -> float:
    moment = raw.get("created_at")
    return float(moment) if isinstance(moment, int | float) else 0.0
