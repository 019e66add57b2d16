"""Who did what with keys, tokens, rights and others' threads. The owner of what it was about sees
it.
"""

from collections.abc import Iterable
from typing import Any

from accounts.models import AuditEntry, User
from giint.core.text import clean_json
from giint.core.times import iso


def record(
    *,
    actor: User | None,
    owner: User | None,
    action: str,
    noun: str,
    object_id: object = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry, in the transaction of the deed. ``actor`` None: this server itself.

    ``details`` are small facts for people: never a secret, never a person's words.
    """
    entry = entry_of(
        actor=actor, owner=owner, action=action, noun=noun, object_id=object_id, details=details
    )
    entry.save(force_insert=True)
    return entry


def record_all(entries: Iterable[AuditEntry]) -> None:
    """The same for what was done to many at once: entries of ``entry_of``."""
    AuditEntry.objects.bulk_create(entries)


def entry_of(
    *,
    actor: User | None,
    owner: User | None,
    action: str,
    noun: str,
    object_id: object = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """An entry that is not written yet."""
    return AuditEntry(
        actor=actor,
        owner=owner,
        action=action[:40],
        noun=noun[:40],
        object_id=str(object_id)[:60],
        details=clean_json(details or {}),
    )


def row(entry: AuditEntry, user: User) -> dict[str, Any]:
    """As ``user``, whom it is about, sees it. ``actor`` is a name, empty for the server itself."""
    return {
        "id": entry.pk,
        "action": entry.action,
        "noun": entry.noun,
        "object": entry.object_id,
        "details": entry.details,
        "actor": entry.actor.get_username() if entry.actor else "",
        "by_you": entry.actor_id == user.pk,
        "created": iso(entry.created),
    }
