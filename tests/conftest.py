"""What every test shares: the cast. alice owns things, bob is another user, mallory knows
everybody's ids.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import Account, User
from giint.core import db as pools

pytest_plugins = ["tests.modelserver.fixtures"]


def person(name: str) -> User:
    """A user with an account, as sign-up would leave them; the password is their name, twice, and a
    number.
    """
    user = User.objects.create_user(
        name, f"{name}@example.org", f"{name}-{name}-1", first_name=name.title()
    )
    Account.objects.create(user=user)
    return user


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """Argon2 takes a tenth of a second on purpose; nothing here is about that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_manifest(settings: Settings) -> None:
    """Pages name static files as they are: nothing was collected."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns otherwise
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def alice(db: None) -> User:
    return person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return person("bob")


@pytest.fixture
def mallory(db: None) -> User:
    return person("mallory")


@pytest.fixture(autouse=True)
def _end_database_threads() -> Iterator[None]:
    yield
    pools.shutdown()
