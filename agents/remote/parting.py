"""Leaving an account: what we made there is deleted before its key is, and what cannot be is said.

Sync; servers are asked, so no transaction is open here.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import services as accounts
from accounts.access import key_for
from accounts.models import ProviderKey, User
from agents.models import RemoteAssistant
from agents.models.remote import UNFINDABLE, RemoteQuerySet
from agents.remote import records
from agents.remote.deleting import Ended, sentence
from agents.remote.places import keeps_objects
from agents.remote.sweep import sweep

NAMED = 20  # of what stays behind, one by one


@dataclass(slots=True)
class Parting:
    """What became of an account's objects. ``left``: those that stay behind there."""

    deleted: int = 0
    left: list[RemoteAssistant] = field(default_factory=list)
    why: str = ""

    def row(self) -> dict[str, Any]:
        return {
            "deleted": self.deleted,
            "left": [one.row() for one in self.left[:NAMED]],
            "left_count": len(self.left),
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """What stays behind, for people; empty where nothing does."""
        if not self.left:
            return ""
        names = ", ".join(f"{one.kind} {one.remote_id or '(unknown)'}" for one in self.left[:NAMED])
        more = len(self.left) - NAMED
        names += f" and {more} more" if more > 0 else ""
        why = f" {self.why}" if self.why else ""
        return f"At {self.left[0].base_url} there stays behind what was made for you: {names}.{why}"


def remove_key(*, user: User, key: str, actor: User | None = None) -> Parting:
    """Delete what was made with the key, then remove it. Raises NotFound."""
    row = key_for(user, key)
    parting = part(row)
    accounts.remove_key(user=user, key=key, actor=actor)
    if parting.left:
        records.left(RemoteAssistant.objects.filter(id__in=[one.id for one in parting.left]))
    return parting


def change_key(*, user: User, key: str, **fields: Any) -> tuple[ProviderKey, Parting]:
    """``accounts.services.change_key``, after what was made with the key as it is was deleted.

    With another address or dialect all of it; with another secret what answers left behind, for
    what the manager keeps may well be in the same account. Raises what that raises.
    """
    before = key_for(user, key)
    parting = Parting()
    if _moves(before, fields):
        _try_first(before, fields)
        parting = part(before)
    elif fields.get("secret"):
        records.release(_of_wakes(before))
        if _has_open(before):
            sweep(before)
    row = accounts.change_key(user=user, key=key, **fields)
    if parting.left:
        records.left(RemoteAssistant.objects.filter(id__in=[one.id for one in parting.left]))
    elif fields.get("secret"):  # what the old one could not do, the new one may
        RemoteAssistant.objects.filter(key=row, deleted=None).update(next_try=None)
    return row, parting


def _moves(key: ProviderKey, fields: dict[str, Any]) -> bool:
    dialect = fields.get("dialect") or key.dialect
    base_url = (fields.get("base_url") or key.base_url).strip().rstrip("/")
    return (dialect, base_url) != (key.dialect, key.base_url)


def _try_first(key: ProviderKey, fields: dict[str, Any]) -> None:
    """A change that is refused must not have cost anything."""
    with transaction.atomic():
        accounts.change_key(user=key.user, key=key.id, **fields)
        transaction.set_rollback(True)


def part(key: ProviderKey) -> Parting:
    """Delete all that was made in the account, as far as its server lets us."""
    if not keeps_objects(key.dialect) and not _has_open(key):
        return Parting()
    records.release(_of(key))
    ended: Ended = sweep(key, full=True, force=True)
    left = list(_of(key).filter(deleted=None).order_by("intended"))
    first = ended.failures[0] if ended.failures else None
    return Parting(ended.deleted, left, sentence(first[1], first[2]) if first else "")


def _of(key: ProviderKey) -> RemoteQuerySet:
    """What may be there: not what was looked for in vain."""
    return RemoteAssistant.objects.filter(key=key).ours()


def _of_wakes(key: ProviderKey) -> RemoteQuerySet:
    idle = _of(key).filter(purpose=RemoteAssistant.Purpose.WAKE)
    return idle.exclude(run__status__in=records.AT_WORK)


def _has_open(key: ProviderKey) -> bool:
    return _of(key).filter(deleted=None).exclude(code=UNFINDABLE).exists()
