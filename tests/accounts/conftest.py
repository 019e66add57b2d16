"""What the tests of accounts share: callers who are signed in, field keys, what was journalled."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import ProviderKey, User
from accounts.services import add_key
from giint.core.events import user_stream
from giint.core.models import Event
from giint.core.secrets import Secret

CANARY = "sk-canary-7f3a9be1c2d4-4242"


def field_key(name: str) -> str:
    """An entry of GIINT_FIELD_KEYS whose bytes follow from its name."""
    return f"{name}:{base64.urlsafe_b64encode(name.encode().ljust(32, b'.')).decode()}"


def entered(user: User, secret: str = CANARY, **fields: Any) -> ProviderKey:
    """A key as somebody enters it."""
    fields = {"label": "Mine", "base_url": "https://api.example.org/v1", "model": "m-1"} | fields
    return add_key(user=user, secret=Secret(secret), **fields)


def journalled(user: User) -> list[Event]:
    """The events on the person's own stream, in order."""
    stream = user_stream(user.account.id)
    return list(Event.objects.filter(stream__name=stream).order_by("seq"))


class Caller:
    """Somebody's browser, speaking JSON to our REST."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user, backend="accounts.backends.NameOrEmail")

    def __call__(self, verb: str, path: str, body: Any = None) -> Any:
        content = "" if body is None else json.dumps(body)
        path = f"/api/v1/{path}"
        return self.client.generic(verb, path, content, content_type="application/json")


@pytest.fixture
def boss(db: None) -> User:
    """Whoever runs the server."""
    return User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")
