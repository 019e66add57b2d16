"""What the tests of the ledger share: an account whose server is a shelf."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import ProviderKey, User
from agents.models import RemoteAssistant
from agents.providers import replaced
from giint.core.secrets import Secret
from tests.agents.remote.keeper import Shelf, Shelved

SERVER = "https://shelf.example.org/v1"


@pytest.fixture
def shelved() -> Iterator[Shelved]:
    """The provider of the dialect ``assistants``, in the whole process."""
    provider = Shelved(Shelf())
    with replaced("assistants", provider):
        yield provider


@pytest.fixture
def key(alice: User) -> ProviderKey:
    return key_of(alice)


def key_of(user: User, **fields: Any) -> ProviderKey:
    """A person's account at the shelf."""
    row = ProviderKey(
        user=user,
        label="Shelf",
        base_url=SERVER,
        model="m",
        **{"dialect": "assistants", "default": True} | fields,
    )
    row.seal(Secret(f"sk-{user.username}-0123456789"))
    row.save()
    return row


def states(**where: Any) -> list[tuple[str, str]]:
    """(kind, state) of each row, the oldest first."""
    rows = RemoteAssistant.objects.filter(**where).order_by("intended", "id")
    return [(row.kind, row.state) for row in rows]
