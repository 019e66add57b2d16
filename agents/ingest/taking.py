"""Taking one thing in: an agent of ours, and a row in the ledger that keeps the original.

The same original is taken in once, however often it is confirmed; what differs by then is told, and
taken over only if somebody says so. Nothing here depends on the original afterwards.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import account_for
from accounts.models import Account, ProviderKey, User
from accounts.source import account_row
from agents.diff import of_json
from agents.ingest.fitting import Fit, changed, fit
from agents.ingest.mapping import Note, draft_of
from agents.ingest.objects import Found
from agents.models import Agent, RemoteAssistant
from agents.services import adopt_agent
from giint.core.errors import BadField

Again = Literal["keep", "update"]
Outcome = Literal["made", "same", "kept", "updated"]
IMPORTED = RemoteAssistant.Purpose.IMPORTED
# What a server writes anew without anything having changed.
RESTLESS = {"updated_at", "last_active_at", "status", "usage"}
OWN = {"id", "name", "created_at"}
DIFF = 400  # lines that are kept of a difference


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something is from: an account, or (without one) a dump."""

    key: ProviderKey | None = None
    dialect: str = ""
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it. ``kept``: it was here, differs by now, and was left as it is."""

    outcome: Outcome
    row: RemoteAssistant
    agent: Agent | None
    notes: list[Note] = field(default_factory=list)
    diff: list[str] = field(default_factory=list)


def origin_of(key: ProviderKey) -> Origin:
    return Origin(key, key.dialect, key.base_url)


def review(user: User, found: Found, changes: Mapping[str, Any] | None = None) -> Fit:
    """The agent that it becomes, with everything there is to say about that."""
    draft = draft_of(found.kind, found.remote_id, found.raw)
    account = account_row(user)
    dialect = account["dialect"] if account["source"] in ("own", "shared") else ""
    return changed(fit(user, draft, dialect), changes or {})


def take_agent(
    *,
    user: User,
    found: Found,
    origin: Origin,
    changes: Mapping[str, Any] | None = None,
    again: Again = "keep",
) -> Taken:
    """An agent of ``user`` from an assistant, an agent or a prompt.

    Raises ``bad_field`` with what cannot be taken in like this, and ``limit_reached``.
    """
    fitted = review(user, found, changes)
    if fitted.is_refused:
        raise BadField(**{one.about: one.says for one in fitted.notes if one.did == "refused"})
    with transaction.atomic():
        lock(user)
        row = known(user, found, origin)
        agent = row.agent if row else None
        if row is None or agent is None:
            agent, _ = adopt_agent(user=user, fields=fitted.fields)
            row = write(user, found, origin, row, agent=agent)
            return Taken("made", row, agent, fitted.notes)
        diff = difference(row, found)
        if not diff:
            return Taken("same", row, agent, fitted.notes)
        if again != "update":
            return Taken("kept", row, agent, fitted.notes, diff)
        agent, _ = adopt_agent(user=user, fields=fitted.fields, agent=agent.id)
        row = write(user, found, origin, row, agent=agent)
        return Taken("updated", row, agent, fitted.notes, diff)


def lock(user: User) -> None:
    """Whoever takes in for ``user`` waits for whoever does: the same is not taken in twice."""
    Account.objects.select_for_update().get(pk=account_for(user).pk)


def imported(user: User) -> QuerySet[RemoteAssistant]:
    """What of the ledger was taken in by ``user``."""
    return RemoteAssistant.objects.filter(user=user, purpose=IMPORTED).select_related("agent")


def known(user: User, found: Found, origin: Origin) -> RemoteAssistant | None:
    """The row of what was taken in before. Without an id it is known by what it says. An id from a
    dump is that of whichever server.
    """
    rows = imported(user).filter(kind=found.kind).order_by("-made", "-id")
    if not found.remote_id:
        return rows.filter(remote_id="", digest=digest_of(found.raw)).first()
    rows = rows.filter(remote_id=found.remote_id)
    if origin.base_url:
        rows = rows.filter(Q(base_url=origin.base_url) | Q(base_url=""))
    return rows.first()


def difference(row: RemoteAssistant, found: Found) -> list[str]:
    """What changed since it was taken in, line by line."""
    lines = of_json(_still(row.snapshot), _still(found.raw), ("taken in", "there now"))
    return lines[:DIFF]


def write(
    user: User, found: Found, origin: Origin, row: RemoteAssistant | None, **links: Any
) -> RemoteAssistant:
    """The row of the ledger, new or told anew: the original is in it whole."""
    row = row or RemoteAssistant(user=user, purpose=IMPORTED, kind=found.kind)
    dialect = "agents" if found.kind in ("agent", "session") else "assistants"
    row.remote_id, row.snapshot, row.digest = found.remote_id, found.raw, digest_of(found.raw)
    row.dialect = origin.dialect or row.dialect or dialect
    row.base_url = origin.base_url or row.base_url
    row.key = origin.key or row.key
    row.made = timezone.now()
    if origin.key is not None:
        row.looked, row.upstream = row.made, "same"
    for name, value in links.items():
        setattr(row, name, value)
    row.save()
    return row


def digest_of(raw: Mapping[str, Any]) -> str:
    """SHA-256 of what an original says."""
    said = orjson.dumps(_still(raw), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(said).hexdigest()


def words_of(raw: Mapping[str, Any]) -> str:
    """The same without what two copies differ in: id, name, age."""
    return digest_of({name: one for name, one in raw.items() if name not in OWN})


def _still(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in RESTLESS}
