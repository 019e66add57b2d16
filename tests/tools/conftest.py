"""The web server that tools are pointed at, admitted by the operator."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.tools.webserver import WebServer, web_server


@pytest.fixture
def web(settings: Settings) -> Iterator[WebServer]:
    """Admitted; a test that wants it refused empties the list."""
    with web_server() as one:
        settings.GIINT_PRIVATE_HOSTS = [one.host]
        yield one
