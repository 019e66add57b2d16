"""HTTP functions: what is sent, what is taken, and where nothing is sent."""

import asyncio
import gzip
import socket
import time
from collections.abc import Mapping
from typing import Any

import pytest
from pytest_django import Settings

from agents.models import Tool as Row
from agents.tools import fetch as fetching
from agents.tools import http
from agents.tools.base import Tool, ToolError, ToolFailed, ToolRetry, ToolTimeout
from giint.core import net
from giint.core.secrets import Secret
from tests.core.test_net import REFUSED
from tests.tools.context import CONTEXT
from tests.tools.webserver import Said, WebServer, web_server

TOKEN = "Bearer very-secret-token-1234"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "q": {"type": "string"}},
    "required": ["id"],
}


def row(url: str, **fields: Any) -> Row:
    """An unsaved HTTP function, so that what saving would refuse can be tried too."""
    given = {"name": "mine", "kind": "http", "method": "GET", "schema": SCHEMA, "timeout": 5.0}
    return Row(pk=1, url_template=url, **given | fields)


def tool(one: Row) -> Tool:
    traits = {"name": one.name, "label": one.name, "description": "", "timeout": one.timeout}
    return http.http_tool(one, **traits)


def sealed(one: Row, headers: Mapping[str, str]) -> Row:
    one.seal({name: Secret(value) for name, value in headers.items()})
    return one


async def call(one: Row, **arguments: Any) -> Any:
    return await tool(one).function(CONTEXT, **arguments)


async def test_arguments_go_where_they_have_a_place_and_headers_are_opened(web: WebServer) -> None:
    web.says({"name": "Bern"})
    one = sealed(row(f"{web.url}/c/{{id}}?q={{q}}"), {"Authorization": TOKEN})
    assert await call(one, id="a b", q="x&y") == {"name": "Bern"}
    (asked,) = web.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/c/a%20b?q=x%26y", b"")
    assert asked.headers["Authorization"] == TOKEN
    assert asked.headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in asked.headers


async def test_what_has_no_place_is_the_body_of_a_post(web: WebServer) -> None:
    one = row(f"{web.url}/c/{{id}}", method="POST")
    await call(one, id="7", q="ä", context="an argument may be named so")
    (asked,) = web.asked
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.body.decode() == ('{"q": "\\u00e4", "context": "an argument may be named so"}')


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", {"data": [{"a/b": 1, "t~": 2}]}),
        ("/data", [{"a/b": 1, "t~": 2}]),
        ("/data/0/a~1b", 1),
        ("/data/0/t~0", 2),
    ],
)
async def test_the_result_path_picks_what_the_model_gets(
    web: WebServer, pointer: str, found: Any
) -> None:
    web.says({"data": [{"a/b": 1, "t~": 2}]})
    assert await call(row(f"{web.url}/", result_path=pointer)) == found


@pytest.mark.parametrize(
    "pointer", ["/none", "/data/1", "/data/x", "/data/0/a/b", "/data/" + "9" * 30]
)
async def test_a_result_path_that_is_not_there_is_said(web: WebServer, pointer: str) -> None:
    web.says({"data": [{"a": 1}]})
    with pytest.raises(ToolFailed, match="nothing at /"):
        await call(row(f"{web.url}/", result_path=pointer))


async def test_text_is_text(web: WebServer) -> None:
    web.answer = lambda asked: Said(
        "Grüezi".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}
    )
    assert await call(row(f"{web.url}/")) == "Grüezi"


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (Said(b'{"e": "no"}', 404), ToolRetry, "answered 404: {.e.: .no.}"),
        (Said(b"", 422), ToolRetry, "answered 422"),
        (Said(b"busy", 503, {"Content-Type": "text/plain"}), ToolFailed, "answered 503: busy"),
        (Said(b"{", 200), ToolFailed, "not JSON"),
        (Said(b"[" * 200_000, 200), ToolFailed, "not JSON"),
        (Said(b"\x89PNG", 200, {"Content-Type": "image/png"}), ToolFailed, "image/png"),
        (Said(b"x", 200, {}), ToolFailed, "no media type|octet-stream"),
    ],
)
async def test_what_went_wrong_is_said_to_the_model(
    web: WebServer, said: Said, kind: type[Exception], hint: str
) -> None:
    web.answer = lambda asked: said
    with pytest.raises(kind, match=hint):
        await call(row(f"{web.url}/"))


async def test_arguments_that_do_not_fit_the_url_reach_nobody(web: WebServer) -> None:
    with pytest.raises(ToolRetry, match="id may not hold a slash"):
        await call(row(f"{web.url}/c/{{id}}"), id="../admin")
    assert web.asked == []


# --- what may not come back, what may not go elsewhere ------------------------------------------


async def test_a_server_that_repeats_its_headers_tells_the_model_no_secret(web: WebServer) -> None:
    web.answer = lambda asked: Said(f'{{"seen": "{asked.headers["Authorization"]}"}}'.encode())
    one = sealed(row(f"{web.url}/"), {"Authorization": TOKEN})
    assert TOKEN.split()[1] not in str(await call(one))
    web.answer = lambda asked: Said(asked.headers["Authorization"].encode(), 500)
    with pytest.raises(ToolFailed) as error:
        await call(one)
    assert TOKEN.split()[1] not in str(error.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_header_follows_a_redirect(
    web: WebServer, settings: Settings, status: int
) -> None:
    with web_server() as other:
        settings.GIINT_PRIVATE_HOSTS = [web.host, other.host]
        web.answer = lambda asked: Said(b"", status, {"Location": f"{other.url}/steal"})
        one = sealed(row(f"{web.url}/"), {"Authorization": TOKEN})
        with pytest.raises(ToolFailed, match=f"redirects .{status}."):
            await call(one)
        assert len(web.asked) == 1
        assert other.asked == []


async def test_headers_open_for_their_row_and_their_server_alone() -> None:
    one = sealed(row("https://api.example.org/{id}"), {"Authorization": TOKEN})
    assert one.open() == {"Authorization": Secret(TOKEN)}
    one.url_template = "https://api.example.org/other/{id}"
    assert one.open()  # the same server
    for change in ({"pk": 2}, {"url_template": "https://evil.example.org/{id}"}):
        moved = row("https://api.example.org/{id}", sealed_headers=one.sealed_headers)
        moved.key_id = one.key_id
        for name, value in change.items():
            setattr(moved, name, value)
        with pytest.raises(ToolFailed, match="cannot be opened"):
            await call(moved, id="1")


# --- bounds ---------------------------------------------------------------------------------------


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(web: WebServer) -> None:
    web.answer = lambda asked: Said(b"x" * (fetching.LARGEST + 1))
    with pytest.raises(ToolFailed, match="larger than"):
        await call(row(f"{web.url}/"))
    web.answer = lambda asked: Said(b"", endless=True)
    with pytest.raises(ToolFailed, match="larger than"):
        await call(row(f"{web.url}/"))


async def test_a_compressed_answer_is_not_unpacked(web: WebServer) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    web.answer = lambda asked: Said(bomb, headers=packed)
    begun = time.process_time()
    with pytest.raises(ToolFailed, match="compressed"):
        await call(row(f"{web.url}/"))
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("said", [Said(pause=1.0), Said(endless=True, pause=1.0)])
async def test_a_slow_answer_ends_at_the_tool_s_time(web: WebServer, said: Said) -> None:
    web.answer = lambda asked: said
    one = row(f"{web.url}/")
    begun = time.monotonic()
    with pytest.raises(ToolTimeout, match=r"within 0.3 s"):
        await http.ask(one, http.request(one, {}), within=0.3)
    assert time.monotonic() - begun < 0.9


async def test_a_server_that_is_not_there_is_said(settings: Settings) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["127.0.0.1:9"]
    with pytest.raises(ToolFailed, match="could not be asked"):
        await call(row("http://127.0.0.1:9/"))


# --- the guard ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "0",
        "[::1]",
    ],
)
async def test_the_canary_hears_nothing(web: WebServer, settings: Settings, host: str) -> None:
    settings.GIINT_PRIVATE_HOSTS = []
    port = web.host.rpartition(":")[2]
    with pytest.raises(ToolFailed, match="may not be called"):
        await call(row(f"http://{host}:{port}/"))
    with pytest.raises(ToolError):  # the same without the check of the template
        await fetching.fetch(f"http://{host}:{port}/")
    assert web.asked == []


@pytest.mark.parametrize("url", REFUSED)
async def test_no_form_of_a_private_address_is_called(url: str) -> None:
    with pytest.raises(ToolError):
        await fetching.fetch(url, within=1)


async def test_a_name_that_stands_for_a_private_address_reaches_nobody(
    web: WebServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GIINT_PRIVATE_HOSTS = []
    answers = iter([["8.8.8.8", "127.0.0.1"], ["127.0.0.1"], ["::ffff:127.0.0.1"]])

    async def lookup(
        host: str, port: int, family: socket.AddressFamily
    ) -> list[tuple[socket.AddressFamily, str]]:
        return [(socket.AF_INET, one) for one in next(answers)]

    monkeypatch.setattr(net, "_lookup", lookup)
    for _ in range(3):
        with pytest.raises(ToolFailed, match="may not be called"):
            await call(row(f"http://rebind.example:{web.host.rpartition(':')[2]}/"))
    assert web.asked == []


async def test_the_control_an_admitted_server_is_reached(web: WebServer) -> None:
    await call(row(f"{web.url}/there"))
    assert [asked.path for asked in web.asked] == ["/there"]


async def test_two_people_share_no_cookie(web: WebServer) -> None:
    cookie = {"Content-Type": "application/json", "Set-Cookie": "session=one; Path=/"}
    web.answer = lambda asked: Said(headers=cookie)
    await asyncio.gather(call(row(f"{web.url}/")), call(row(f"{web.url}/")))
    await call(row(f"{web.url}/"))
    assert not any("Cookie" in asked.headers for asked in web.asked)
