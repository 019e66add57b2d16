"""The accounts whose models are listed: people's keys, and the operator's account."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from accounts.access import default_key
from accounts.models import ProviderKey, User
from accounts.sealing import origin
from accounts.source import SHARED_LABEL, shared_admits, shared_is_set_up
from agents.endpoints import endpoint_of
from agents.models import CatalogueSync
from agents.providers.base import Endpoint
from giint.core.secrets import Secret


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """An account at a model server: a person's key, or, without one, the operator's."""

    key: ProviderKey | None

    @property
    def server(self) -> str:
        return server_of(self.key.base_url if self.key else settings.OPENAI_API_BASE)

    @property
    def dialect(self) -> str:
        return self.key.dialect if self.key else "responses"

    @property
    def label(self) -> str:
        return self.key.label if self.key else SHARED_LABEL

    @property
    def model(self) -> str:
        """Of agents that name none."""
        return (self.key.model if self.key else "") or str(settings.OPENAI_MODEL)

    def endpoint(self) -> Endpoint:
        """For one call. Raises GiintError ``key_unreadable``."""
        if self.key is not None:
            return endpoint_of(self.key)
        return Endpoint(
            dialect=self.dialect,
            base_url=settings.OPENAI_API_BASE,
            key=Secret(settings.OPENAI_API_KEY),
            model=self.model,
            label=self.label,
        )


SHARED = ServerAccount(None)


def server_of(base_url: str) -> str:
    """One spelling of a server's address, as ``LanguageModel.server`` has it."""
    scheme, _, rest = origin(base_url).partition("://")
    host, _, port = rest.rpartition(":")
    if not host:
        return base_url.rstrip("/")
    host = f"[{host}]" if ":" in host else host
    usual = {"http": "80", "https": "443"}[scheme]
    place = host if port == usual else f"{host}:{port}"
    return f"{scheme}://{place}{urlsplit(base_url).path.rstrip('/')}"


def accounts_of(user: User) -> list[ServerAccount]:
    """The accounts that may answer for ``user``: their keys, and the operator's if it admits
    them.
    """
    keys = user.provider_keys.select_related("user__account")
    own = [ServerAccount(key) for key in keys]
    return [*own, SHARED] if shared_admits(user) else own


def answering(user: User) -> ServerAccount | None:
    """The one that answers for ``user``'s agents; None for the offline model, and for nobody."""
    key = default_key(user)
    if key is not None:
        return ServerAccount(key)
    return SHARED if shared_admits(user) else None


def every_account() -> Iterator[ServerAccount]:
    """All of this installation."""
    if shared_is_set_up():
        yield SHARED
    keys = ProviderKey.objects.select_related("user__account").order_by("created", "id")
    for key in keys.iterator(500):
        yield ServerAccount(key)


def account_of(sync: CatalogueSync) -> ServerAccount | None:
    """The account that ``sync`` is about; None for an operator's account of before."""
    if sync.key is not None:
        return ServerAccount(sync.key)
    return SHARED if shared_is_set_up() and sync.server == SHARED.server else None


def sync_of(account: ServerAccount) -> CatalogueSync | None:
    """How its list was read last; None for one that never was, or that has moved since."""
    return CatalogueSync.objects.filter(key=account.key, server=account.server).first()


@transaction.atomic
def row_of(account: ServerAccount) -> CatalogueSync:
    """The row about ``account``, made if there is none. What was read at another address of the
    same key is forgotten.
    """
    if account.key is None:
        return CatalogueSync.objects.get_or_create(key=None, server=account.server)[0]
    CatalogueSync.objects.filter(key=account.key).exclude(server=account.server).delete()
    defaults = {"server": account.server}
    return CatalogueSync.objects.get_or_create(key=account.key, defaults=defaults)[0]


def make_rows() -> None:
    """A row for every account, so that administrators see those that were never read."""
    if shared_is_set_up():
        row_of(SHARED)
    for key in ProviderKey.objects.filter(sync=None)[:500]:
        row_of(ServerAccount(key))
