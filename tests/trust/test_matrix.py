"""Everything of alice's × every address and verb, by bob, by staff without permissions, and by
nobody: not there, no byte of hers, nothing changed.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core import mail
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLResolver
from pytest_django import Settings

from accounts.models import User
from giint import engine
from giint.asgi import application
from giint.interfaces.websocket import OPERATIONS
from tests.conftest import person
from tests.patience import PATIENCE
from tests.trust.matrix import ADMIN, BELOW, NOUNS, PAGES, REST, SOCKET, VERBS, Row
from tests.trust.world import MARK, World, made

ROWS = REST | PAGES
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Every address there is, as it is declared."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern)


ADMIN_ROUTES = sorted({route for route in routes() if route.startswith("admin/")} - ADMIN)


@pytest.fixture
def world(alice: User, settings: Settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return made(alice, person("boss"))


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return client


def filled(text: str, world: World) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: world.ids[found[1]], text)


def address(route: str, world: World) -> str:
    return "/" + PARAMETER.sub(lambda found: world.ids.get(found[1], "x"), route)


def send(client: Client, verb: str, route: str, world: World) -> Any:
    row = ROWS[route]
    body = filled(json.dumps(row.bodies[verb]), world) if verb in row.bodies else ""
    return client.generic(
        verb,
        address(route, world),
        body,
        content_type="application/json",
        QUERY_STRING=filled(row.query, world),
    )


# --- the matrix is whole --------------------------------------------------------------------------


def test_every_address_has_a_row() -> None:
    there = {route for route in routes() if not route.startswith("admin/")}
    assert there - ROWS.keys() == set(), "give it a row in tests/trust/matrix.py"
    assert ROWS.keys() - there == set(), "these rows are about nothing"


def test_every_noun_of_the_admin_has_a_row() -> None:
    assert {str(model._meta.label_lower) for model in admin.site._registry} == NOUNS


@pytest.mark.parametrize("route", ADMIN_ROUTES)
def test_every_address_of_the_admin_is_known(route: str) -> None:
    if route.startswith("admin/^(?P<app_label>"):
        return
    app, model, rest = route.removeprefix("admin/").split("/", 2)
    assert f"{app}.{model}" in NOUNS
    assert rest in BELOW


def test_every_operation_of_the_socket_has_a_row() -> None:
    assert OPERATIONS.keys() == SOCKET.keys()


# --- rest and pages -------------------------------------------------------------------------------


def judge(row: Row, verb: str, answer: Any) -> None:
    """What bob, who is signed in, may be answered."""
    status = answer.status_code
    if row.kind == "hers":
        assert status in ((200, 404) if verb == "OPTIONS" else (404, 405)), (verb, status)
    else:
        assert status < 500, (verb, status)


@pytest.mark.parametrize("route", ROWS)
def test_bob_finds_nothing_of_hers(route: str, world: World, bob: User) -> None:
    row, before, refused = ROWS[route], world.rows(), []
    for verb in ["GET", "HEAD", "OPTIONS"] if row.unsafe else VERBS:
        answer = send(signed_in(bob), verb, route, world)
        judge(row, verb, answer)
        assert world.leaks(answer.content) == [], verb
        refused.append(answer.status_code)
    assert row.kind != "hers" or 404 in refused
    assert world.rows() == before


@pytest.mark.parametrize("route", ROWS)
def test_nobody_gets_anything(route: str, world: World) -> None:
    row, before = ROWS[route], world.rows()
    for verb in VERBS:
        answer = send(Client(raise_request_exception=False), verb, route, world)
        if row.kind != "open":
            away = 401 if route.startswith("api/") else (302, 405)
            assert answer.status_code in (away if isinstance(away, tuple) else (away,)), verb
        assert answer.status_code < 500
        assert world.leaks(answer.content) == [], verb
    assert world.rows() == before
    assert mail.outbox == []


@pytest.mark.parametrize("route", [route for route, row in REST.items() if row.kind == "hers"])
def test_she_does_find_it(route: str, world: World) -> None:
    """The control: the same requests are answered when they are hers."""
    if "templates" in route:  # nothing of a template is hers: it has to be offered to her
        return
    answers = {
        verb: send(signed_in(world.alice), verb, route, world).status_code
        for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }
    assert {status for status in answers.values() if status != 405} - {404}, answers


# --- the admin ------------------------------------------------------------------------------------


def admin_address(route: str, world: World) -> str:
    if route.startswith("admin/^(?P<app_label>"):
        return "/admin/giint/"
    app, model = route.removeprefix("admin/").split("/", 2)[:2]
    key = quote(world.ids[f"{app}.{model}"])
    return "/" + PARAMETER.sub(lambda found: "1" if found[1] == "number" else key, route)


@pytest.mark.parametrize("who", ["nobody", "bob", "staff"])
@pytest.mark.parametrize("noun", [*sorted(NOUNS), "app"])
def test_the_admin_is_for_staff_with_permission(
    noun: str, who: str, world: World, bob: User
) -> None:
    bob.is_staff = who == "staff"
    bob.save()
    client = Client(raise_request_exception=False) if who == "nobody" else signed_in(bob)
    before = world.rows()
    for path in [admin_address(route, world) for route in of_noun(noun)]:
        for verb in ("GET", "POST"):
            data = {"post": "yes", "reason": "x", "action": "delete_selected"}
            answer = client.get(path) if verb == "GET" else client.post(path, data)
            if who == "staff":
                # A bare object's address only leads to the page that refuses.
                if answer.status_code == 302 and answer["Location"] != "/admin/":
                    answer = client.get(answer["Location"])
                # To the admin's own first page: there is no such row to begin with.
                assert answer.status_code in (302, 403, 404), (verb, path)
            else:
                assert answer.status_code == 302, (verb, path)
                assert answer["Location"].startswith("/admin/login/")
            assert world.leaks(answer.content) == []
    assert world.rows() == before


def of_noun(noun: str) -> list[str]:
    start = f"admin/{noun.replace('.', '/')}/" if "." in noun else "admin/^"
    found = [route for route in ADMIN_ROUTES if route.startswith(start)]
    assert found
    return found


@pytest.mark.parametrize("route", sorted(ADMIN - {"admin/logout/"}))
def test_its_other_pages_show_nothing_of_hers(route: str, world: World, bob: User) -> None:
    path = "/" + PARAMETER.sub("1", route).replace("(?P<url>.*)$", "nowhere")
    for is_staff in (False, True):
        bob.is_staff = is_staff
        bob.save()
        for query in ("", "?term=a&app_label=agents&model_name=agent&field_name=owner"):
            answer = signed_in(bob).get(path + query)
            assert answer.status_code in (200, 301, 302, 403, 404), path
            assert world.leaks(answer.content) == []


# --- the socket -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def socket(client: Client) -> Any:
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [
        (b"host", b"localhost"),
        (b"origin", b"http://localhost:8000"),
        (b"cookie", cookie.encode()),
    ]
    one = WebsocketCommunicator(application, "/ws/", headers=headers)
    try:
        yield one
    finally:
        await one.disconnect()


@pytest.mark.parametrize("operation", SOCKET)
@pytest.mark.django_db(transaction=True)
async def test_bob_reaches_nothing_of_hers_by_socket(
    operation: str, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT, settings.GIINT_EMBEDDED = tmp_path, False
    people = await asyncio.to_thread(lambda: [person(name) for name in ("alice", "bob", "boss")])
    world = await asyncio.to_thread(made, people[0], people[2])
    before = await asyncio.to_thread(world.rows)
    browser = await asyncio.to_thread(signed_in, people[1])
    frame = json.loads(filled(json.dumps({"op": operation, "id": "f1"} | SOCKET[operation]), world))
    try:
        async with socket(browser) as one:
            assert (await one.connect())[0]
            await one.send_json_to(frame)
            await one.send_json_to({"op": "ping"})
            heard: list[dict[str, Any]] = []
            while not heard or heard[-1] != {"op": "pong"}:
                heard.append(await one.receive_json_from(timeout=PATIENCE))
    finally:
        await engine.supervisor.drain(0)
    said = json.dumps(heard)
    assert MARK not in said
    codes = [one.get("code") for one in heard if one["op"] == "error"]
    expected: dict[str, list[str]] = {"ack": [], "ping": [], "unsubscribe": []}
    assert codes == expected.get(
        operation, ["state_conflict" if operation == "state" else "not_found"]
    )
    assert await asyncio.to_thread(world.rows) == before
