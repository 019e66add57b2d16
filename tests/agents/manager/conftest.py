"""What the tests of the manager share: people who may manage, their account at the model server."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from pytest_django import Settings

from accounts.models import ProviderKey, User
from agents.manager import making
from agents.models import Template
from agents.template_services import create_template, make_manager_default
from tests.accounts.conftest import entered
from tests.conftest import person
from tests.modelserver.server import ModelServer

SECRET = "sk-managed-0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_pauses(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PAUSES", (0.0, 0.0))
    settings.GIINT_SHARED_ACCOUNT = "nobody"
    settings.OPENAI_MODEL = ""


def allowed(user: User) -> User:
    """The same person, who may manage assistants from now on."""
    user.user_permissions.add(Permission.objects.get(codename="manage_assistants"))
    return User.objects.get(pk=user.pk)


def account(server: ModelServer, user: User, **fields: Any) -> ProviderKey:
    """A key of theirs at the model server, of a dialect that keeps objects."""
    given = {"base_url": server.url, "dialect": "assistants", "model": "test-model"} | fields
    return entered(user, SECRET, **given)


@pytest.fixture
def ann(db: None, model_server: ModelServer) -> User:
    """Somebody who may manage, with an account at the model server."""
    user = allowed(person("ann"))
    account(model_server, user)
    return user


@pytest.fixture
def template(boss: User) -> Template:
    """What the manager starts from."""
    made = create_template(
        author=boss,
        name="Invoices",
        description="Translates invoices",
        instructions="Translate in a {{tone}} tone.",
        variables=[{"name": "tone", "type": "text", "default": "dry"}],
        tools=["calculate"],
        parameters={"temperature": 0.2},
    )
    return make_manager_default(template=made)


Held = Callable[[], list[str]]


@pytest.fixture
def held(model_server: ModelServer) -> Held:
    """The ids at the server, in the order in which they were made."""
    return lambda: list(model_server.store.rows["assistant"])
