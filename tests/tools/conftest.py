"""The web server that tools are pointed at, admitted by the operator or taken for a public one."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from agents.tools import pages
from tests.tools.webserver import WebServer, web_server


@pytest.fixture
def web(settings: Settings) -> Iterator[WebServer]:
    """Admitted; a test that wants it refused empties the list."""
    with web_server() as one:
        settings.GIINT_PRIVATE_HOSTS = [one.host]
        yield one


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """One that ``web_read`` takes for a server of the web, at a port of the web."""
    with web_server() as one:
        monkeypatch.setattr(pages, "ADMITTED", (one.host,))
        monkeypatch.setattr(pages, "PORTS", {80, 443, one.port})
        yield one
