"""Which account the manager is about, and who may manage it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.access import key_for
from accounts.models import ProviderKey, User
from accounts.source import shared_admits
from agents.catalogue.accounts import server_of
from agents.models import AssistantManager
from agents.providers.stateful import Kind
from giint.core.errors import GiintError

PERMISSION = "agents.manage_assistants"
# Dialect → what a person keeps there.
KINDS: dict[str, Kind] = {"assistants": "assistant", "agents": "agent"}


@dataclass(frozen=True, slots=True)
class Site:
    """One person's account of a dialect that keeps objects."""

    user: User
    key: ProviderKey

    @property
    def kind(self) -> Kind:
        return KINDS[self.key.dialect]


def site_of(user: User, key: str | None = None) -> Site:
    """The account to manage: that of ``key``, or the default one, or the first that keeps anything.

    Raises ``manage_refused``, NotFound, ``no_account``, and ``manager_unneeded`` for an account
    whose server keeps nothing.
    """
    allow(user)
    if key:
        chosen = key_for(user, key.replace("\x00", ""))
        _refuse_other(chosen.dialect, chosen.label)
        return Site(user, chosen)
    keys = list(user.provider_keys.select_related("user__account"))
    for one in keys:  # the default first
        if one.dialect in KINDS:
            return Site(user, one)
    if keys:
        _refuse_other(keys[0].dialect, keys[0].label)
    if shared_admits(user):
        _refuse_other("responses", "the shared account")
    raise GiintError("no_account")


def allow(user: User) -> None:
    """Raises ``manage_refused`` for who may not manage assistants."""
    if not user.has_perm(PERMISSION):
        raise GiintError("manage_refused")


def _refuse_other(dialect: str, label: str) -> None:
    if dialect not in KINDS:
        spoken = settings.GIINT_PROVIDERS.get(dialect, (dialect, ""))[0]
        raise GiintError("manager_unneeded", f"{label} speaks {spoken}")


def found(site: Site) -> AssistantManager | None:
    """The account's manager, if it has one. One whose key was removed goes on with a new key."""
    rows = AssistantManager.objects.select_related("current", "user")
    manager = rows.filter(key=site.key).first()
    if manager is None:
        return rows.filter(key=None, **_where(site)).first()
    return None if _moved(manager, site) else manager


@transaction.atomic
def opened(site: Site) -> AssistantManager:
    """The account's manager, made if there is none."""
    manager = found(site)
    if manager is None:
        made, is_new = AssistantManager.objects.get_or_create(key=site.key, defaults=_where(site))
        return made if is_new else _settle(made, site)
    return manager if manager.key_id else _settle(manager, site)


def _settle(manager: AssistantManager, site: Site) -> AssistantManager:
    """Take up one that lost its key, or whose key leads elsewhere since: nothing is current. What
    was set in the words of another dialect is left to its versions.
    """
    if manager.dialect != site.key.dialect:
        manager.config = {}
    manager.key, manager.current, manager.next = site.key, None, None
    manager.dialect, manager.server = site.key.dialect, server_of(site.key.base_url)
    manager.save(update_fields=["key", "current", "next", "dialect", "server", "config"])
    return manager


def _moved(manager: AssistantManager, site: Site) -> bool:
    where = _where(site)
    return (manager.dialect, manager.server) != (where["dialect"], where["server"])


def _where(site: Site) -> dict[str, Any]:
    server = server_of(site.key.base_url)
    return {"user": site.user, "dialect": site.key.dialect, "server": server}
