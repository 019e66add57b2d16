"""One server and one model server for all browser tests, a Chromium for each file, a fresh context
for each test.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from frontend import modules
from tests.browser.server import Server
from tests.browser.visit import Visit, composer
from tests.modelserver.server import ModelServer

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="session")
def server(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("browser"), private_hosts=model.host)
    server.prepare()
    server.start()
    yield server
    server.stop()


# Of a module, not of the session: while it is open, Playwright's loop runs in the main thread, and
# Django refuses its database to every other test there.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    missing = [] if CHROMIUM.exists() else [str(CHROMIUM)]
    if missing := missing + modules.missing():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs these: {missing}")
        pytest.skip(f"missing here: {missing}")
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """The cookies of those who have signed in, by name: one sign-in each is enough for most."""
    return {}


@pytest.fixture
def visit(
    chromium: Browser, server: Server, sessions: dict[str, Any]
) -> Iterator[Callable[..., Visit]]:
    """Open a context: ``visit("alice")`` is signed in and at ``/``. Every page of it must end
    without an error.
    """
    visits: list[Visit] = []

    def begin(name: str = "", **options: object) -> Visit:
        one = Visit(chromium, server.address, storage_state=sessions.get(name), **options)
        visits.append(one)
        if name in sessions:
            one.page.goto(server.address)
            expect(composer(one.page)).to_be_visible()
        elif name:
            one.sign_in(name)
            sessions[name] = {"cookies": one.context.cookies(), "origins": []}
        return one

    yield begin
    for one in visits:
        one.context.close()
    assert [error for one in visits for error in one.errors] == []
    assert [url for one in visits for url in one.elsewhere] == []
