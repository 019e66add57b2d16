"""``web_search`` against a server that speaks SearXNG's JSON, and with what takes ddgs's place."""

import sys
import types
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from accounts.models import User
from agents.tools.base import ToolFailed, ToolRetry
from agents.tools.offered import standings
from agents.tools.web_read import UNTRUSTED
from agents.tools.web_search import web_search
from tests.tools.context import CONTEXT
from tests.tools.webserver import Said, WebServer, web_server

FOUND = {
    "query": "bees",
    "number_of_results": 2,
    "results": [
        {
            "url": "https://a.example/bees",
            "title": "Of\n bees",
            "content": "They make honey.",
            "engine": "wikipedia",
            "score": 2.0,
        },
        {"url": "https://b.example/", "title": "B", "content": None, "engine": "mojeek"},
    ],
    "answers": [],
    "suggestions": ["wasps"],
    "unresponsive_engines": [["google", "timeout"]],
}


@pytest.fixture
def searxng(settings: Settings) -> Any:
    """On a private address, which only ``SEARXNG_URL`` admits."""
    with web_server() as one:
        settings.SEARXNG_URL = one.url
        settings.GIINT_PRIVATE_HOSTS = []
        yield one


async def search(query: str = "bees", **more: Any) -> dict[str, Any]:
    return await web_search(CONTEXT, query, **more)


async def test_the_operator_s_searxng_is_asked(searxng: WebServer) -> None:
    searxng.says(FOUND)
    assert await search(" bees  & honey ", since="week") == {
        "untrusted": UNTRUSTED,
        "results": [
            {"title": "Of bees", "url": "https://a.example/bees", "text": "They make honey."},
            {"title": "B", "url": "https://b.example/", "text": ""},
        ],
    }
    asked = urlsplit(searxng.asked[0].path)
    assert asked.path == "/search"
    assert parse_qs(asked.query) == {
        "q": ["bees & honey"],
        "format": ["json"],
        "time_range": ["week"],
    }
    assert len((await search(count=1))["results"]) == 1


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (Said(b"Forbidden", 403, {"Content-Type": "text/html"}), "search.formats"),
        (Said(b"", 429), "too often"),
        (Said(b"{}", 500), "answered 500"),
        (Said(b"[]"), "not its protocol"),
        (Said(b"{}"), "not its protocol"),
        (Said(b'{"results": [{"title": "x"}]}'), "not its protocol"),
        (Said(b'{"results": [], "unresponsive_engines": [["a", "b"]]}'), "engines answered"),
        (Said(status=302, headers={"Location": "http://127.0.0.1/"}), "redirects"),
    ],
)
async def test_what_goes_wrong_is_said(searxng: WebServer, said: Said, hint: str) -> None:
    searxng.answer = lambda asked: said
    with pytest.raises(ToolFailed, match=hint):
        await search()


async def test_nothing_found_is_no_failure(searxng: WebServer) -> None:
    searxng.says({"results": []})
    assert (await search())["results"] == []


@pytest.mark.parametrize(
    "given", [{"query": "  "}, {"query": "x" * 401}, {"count": 0}, {"count": 21}]
)
async def test_odd_arguments_ask_nobody(searxng: WebServer, given: dict[str, Any]) -> None:
    with pytest.raises(ToolRetry):
        await search(**given)
    assert searxng.asked == []


async def test_where_no_search_is_set_up_a_sentence_says_so(alice: User) -> None:
    with pytest.raises(ToolFailed, match="operator sets SEARXNG_URL, or GIINT_DDGS"):
        await search()


def test_it_is_offered_where_either_is_set(alice: User, settings: Settings) -> None:
    why = standings(alice)["web_search"].withheld
    assert why == "The operator has not set SEARXNG_URL or GIINT_DDGS."
    settings.GIINT_DDGS = True
    assert standings(alice)["web_search"].withheld == ""
    settings.GIINT_DDGS, settings.SEARXNG_URL = False, "http://searxng:8080"
    assert standings(alice)["web_search"].withheld == ""


# --- ddgs -----------------------------------------------------------------------------------------


async def test_a_switch_without_its_package_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GIINT_DDGS = True
    monkeypatch.setitem(sys.modules, "ddgs", None)
    with pytest.raises(ToolFailed, match=r"requirements-ddgs.txt"):
        await search()


class Package:
    """In the place of ddgs 9.16: the same names, and what it is told to do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.does: Any = list
        package, names = types.ModuleType("ddgs"), types.ModuleType("ddgs.exceptions")
        base = type("DDGSException", (Exception,), {})
        for name, kind in {
            "DDGSException": base,
            "RatelimitException": type("RatelimitException", (base,), {}),
            "TimeoutException": type("TimeoutException", (base,), {}),
        }.items():
            setattr(names, name, kind)
        self.names: Any = names
        outer = self

        class DDGS:
            def __init__(self, timeout: int) -> None:
                assert timeout > 0

            def text(self, query: str, **more: Any) -> list[dict[str, str]]:
                outer.asked.append((query, more))
                found: list[dict[str, str]] = outer.does()
                return found

        vars(package)["DDGS"] = DDGS
        monkeypatch.setitem(sys.modules, "ddgs", package)
        monkeypatch.setitem(sys.modules, "ddgs.exceptions", names)

    def fails(self, name: str, words: str = "") -> None:
        def fail() -> None:
            raise getattr(self.names, name)(words)

        self.does = fail


@pytest.fixture
def ddgs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Package:
    settings.GIINT_DDGS = True
    return Package(monkeypatch)


async def test_public_engines_are_asked_where_the_operator_chose_so(ddgs: Package) -> None:
    ddgs.does = lambda: [{"title": "A", "href": "https://a.example/", "body": "b"}]
    found = await search(count=3, since="month")
    assert found["results"] == [{"title": "A", "url": "https://a.example/", "text": "b"}]
    assert ddgs.asked == [("bees", {"max_results": 3, "timelimit": "m"})]


async def test_what_they_fail_at_is_said(ddgs: Package) -> None:
    ddgs.fails("DDGSException", "No results found.")
    assert (await search())["results"] == []
    for name, hint in {
        "RatelimitException": "too often",
        "TimeoutException": "in time",
        "DDGSException": "could not be asked",
    }.items():
        ddgs.fails(name)
        with pytest.raises(ToolFailed, match=hint):
            await search()
    ddgs.does = lambda: [{}]
    with pytest.raises(ToolFailed, match="cannot be read"):
        await search()


async def test_a_searxng_goes_before(ddgs: Package, searxng: WebServer) -> None:
    searxng.says(FOUND)
    await search()
    assert (len(searxng.asked), ddgs.asked) == (1, [])
