"""What the tests of the catalogue share: an account at the model server, and a short way to read
its list.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import ProviderKey, User
from agents.catalogue.accounts import SHARED, ServerAccount
from agents.catalogue.sync import Outcome, sync
from agents.models import LanguageModel
from tests.accounts.conftest import boss, entered
from tests.modelserver.server import ModelServer

__all__ = ["boss"]


@pytest.fixture(autouse=True)
def _by_hand(settings: Settings) -> None:
    """No list is fresh, none is read by plan, and the operator shares nothing."""
    settings.GIINT_CATALOGUE_TTL = 0
    settings.GIINT_SYNC_EVERY = 0
    settings.GIINT_SHARED_ACCOUNT = "nobody"
    settings.OPENAI_API_KEY = ""
    settings.OPENAI_API_BASE = "https://api.openai.com/v1"
    settings.OPENAI_MODEL = ""


def account_at(server: ModelServer, user: User, **fields: Any) -> ServerAccount:
    return ServerAccount(entered(user, base_url=server.url, **fields))


def share(settings: Settings, server: ModelServer) -> ServerAccount:
    """The operator's account is at this server, for everybody."""
    settings.OPENAI_API_BASE = server.url
    settings.OPENAI_API_KEY = "sk-operator-0123456789"
    settings.GIINT_SHARED_ACCOUNT = "everyone"
    return SHARED


def read(*accounts: ServerAccount, force: bool = False) -> Outcome:
    """Read the lists; the last outcome."""
    return list(sync(accounts, force=force))[-1]


def lists(server: ModelServer, names: Iterable[str], **more: Any) -> None:
    """From now on the server lists these."""
    server.models = {"data": [{"id": name} | more for name in names]}


def at(server: ModelServer) -> dict[str, LanguageModel]:
    rows = LanguageModel.objects.filter(server=server.url)
    return {row.model_id: row for row in rows}


def columns() -> list[dict[str, Any]]:
    """The whole catalogue but for the time at which its models were seen."""
    rows: list[Any] = list(LanguageModel.objects.order_by("pk").values())
    return [{name: row[name] for name in row if name != "seen"} for row in rows]


def key_of(account: ServerAccount) -> ProviderKey:
    assert account.key is not None
    return account.key
