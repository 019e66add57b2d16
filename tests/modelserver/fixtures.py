"""The fixture ``model_server``; a plugin of ``tests/conftest.py``."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.modelserver.server import ModelServer


@pytest.fixture
def model_server(settings: Settings) -> Iterator[ModelServer]:
    """A running model server, admitted by the guard of outgoing addresses."""
    with ModelServer() as server:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, server.host]
        yield server
