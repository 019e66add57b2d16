"""Changing what the manager made: in its place, and away with it. The one place where something
at a provider is changed, because a person says so; a turn never does.
"""

from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from agents.manager import fields, making, renewal
from agents.manager.claims import claimed, prove
from agents.manager.config import merged, said_by
from agents.manager.fields import checked_keep
from agents.manager.reading import asked
from agents.manager.renewal import Cleaned, Progress, Source, managed
from agents.manager.sites import Site, found, opened, site_of
from agents.models import AssistantManager, AssistantVersion, RemoteAssistant
from agents.providers.stateful import Object
from agents.remote import records
from giint.core.errors import BadField, GiintError


def update(
    *,
    user: User,
    assistant: str,
    updates: Any,
    key: str | None = None,
    actor: User | None = None,
) -> AssistantVersion:
    """Change one that the manager made, in its place; what it was is a backup. Null clears a field.

    Raises BadField, ``remote_gone``, ``not_managed``, ``manager_busy``, and what the server said.
    """
    site = site_of(user, key)
    given = fields.checked(updates, site.key.dialect, "updates")
    if not given:
        raise BadField(updates="Say what is to change, such as a name.")
    row = _managed(site, assistant)
    manager = opened(site)
    with claimed(manager) as until:
        said = _asked_again(site, row)
        base = _base(manager, row, said, actor or user)
        config, cleared = merged(site, base, given)
        number = renewal.next_number(manager)
        making.changed(site, row, config, number, cleared)
        with transaction.atomic():
            prove(manager, until)
            version = renewal.add_version(
                manager, row, config, source=Source.UPDATED, author=actor or user
            )
            if manager.current_id == row.pk:
                own = {name: "" if value is None else value for name, value in given.items()}
                AssistantManager.objects.filter(pk=manager.pk).update(config=manager.config | own)
            _audit(user, actor, "updated", row, version=version.number, fields=sorted(given))
    return version


def _managed(site: Site, assistant: str) -> RemoteAssistant:
    row = managed(site).filter(remote_id=assistant.replace("\x00", "")).first()
    if row is None:
        asked(site, assistant)  # nobody's, and another's, is gone
        raise GiintError("not_managed")
    return row


def _asked_again(site: Site, row: RemoteAssistant) -> Object:
    """As its server has it. One that is gone there is gone here."""
    try:
        return asked(site, row.remote_id)
    except GiintError as error:
        if error.code == "remote_gone":
            records.deleted(row)
        raise


def _base(
    manager: AssistantManager, row: RemoteAssistant, said: Object, author: User
) -> dict[str, Any]:
    """What it says now. What somebody changed at the provider is a version of its own."""
    dialect = manager.dialect
    last = manager.versions.filter(remote=row).first()
    now = said_by(said.raw, dialect)
    if last is not None and (not row.snapshot or now == said_by(row.snapshot, dialect)):
        kept: dict[str, Any] = last.config
        return kept
    with transaction.atomic():
        renewal.add_version(manager, row, now, source=Source.FOUND, author=author)
    return now


def delete(
    *, user: User, assistant: str, key: str | None = None, actor: User | None = None
) -> Cleaned:
    """Delete one that the manager made, the current one too: the next call for it makes another.
    Its configurations stay as backups. One whose server cannot delete it now is deleted later.

    Raises ``remote_gone``, ``not_managed``.
    """
    site = site_of(user, key)
    row = _managed(site, assistant)
    with transaction.atomic():
        manager = AssistantManager.objects.filter(current=row)
        manager.update(current=None, next=None)
        _audit(user, actor, "deleted", row)
    return renewal.ended(site, [row])


def cleanup(
    *,
    user: User,
    keep: Any,
    key: str | None = None,
    dry_run: bool = False,
    actor: User | None = None,
    progress: Progress = lambda done: None,
) -> Cleaned:
    """Delete all that the manager made but the newest ``keep``; the current one is among those.
    ``dry_run``: say which. Raises BadField ``keepCount``.
    """
    site = site_of(user, key)
    count = checked_keep(keep)
    manager = found(site)
    if dry_run:
        stay, go = renewal.surplus(site, manager, count)
        return Cleaned([row.remote_id for row in go], [row.remote_id for row in stay])
    done = renewal.cleaned(site, manager, count, progress)
    if done.deleted:
        audit.record(
            actor=actor or user,
            owner=user,
            action="cleaned up",
            noun=renewal.NOUN,
            object_id=site.key.id,
            details={"deleted": len(done.deleted), "kept": len(done.kept)},
        )
    return done


def _audit(
    user: User, actor: User | None, action: str, row: RemoteAssistant, **details: object
) -> None:
    audit.record(
        actor=actor or user,
        owner=user,
        action=action,
        noun=renewal.NOUN,
        object_id=row.remote_id,
        details=dict(details),
    )
