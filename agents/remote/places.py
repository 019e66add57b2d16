"""Where remote objects live: the account of a key, and the provider that keeps objects there."""

from dataclasses import dataclass

from accounts.models import ProviderKey
from agents.endpoints import endpoint_of
from agents.models import RemoteAssistant
from agents.providers import provider_for
from agents.providers.base import Endpoint
from agents.providers.stateful import Keeper, Kind
from giint.core.errors import GiintError


@dataclass(frozen=True, slots=True)
class Place:
    """An account that is open: objects can be made, found and deleted there."""

    key: ProviderKey
    endpoint: Endpoint
    keeper: Keeper

    @classmethod
    def of(cls, key: ProviderKey) -> "Place":
        """Raises ``key_unreadable``, ``unknown_dialect``, and ``keeps_nothing`` for a dialect that
        keeps no objects.
        """
        provider = provider_for(key.dialect)
        if not isinstance(provider, Keeper):
            raise GiintError("keeps_nothing", key.dialect)
        return cls(key, endpoint_of(key), provider)

    def rank(self, kind: str) -> int:
        """The place of a kind in the order of deletion."""
        kinds: tuple[Kind, ...] = self.keeper.kinds
        return [*kinds, kind].index(kind)


def lives_at(key: ProviderKey, row: RemoteAssistant) -> bool:
    """Whether ``row`` is of the account that ``key`` is for now: it may have been changed since."""
    mine = (key.id, key.dialect, key.base_url)
    return (row.key_id, row.dialect, row.base_url) == mine


def keeps_objects(dialect: str) -> bool:
    """Whether accounts of this dialect keep objects of ours."""
    try:
        return isinstance(provider_for(dialect), Keeper)
    except GiintError:
        return False
