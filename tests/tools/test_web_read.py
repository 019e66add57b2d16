"""``web_read`` against a server that means well, and against one that does not."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
import zlib
from typing import Any

import pytest

from agents.tools import charsets, extract, pages
from agents.tools.base import ToolError, ToolFailed, ToolRetry, ToolTimeout
from agents.tools.web_read import PART, UNTRUSTED, web_read
from tests.tools.context import CONTEXT, Context
from tests.tools.webserver import Said, WebServer

HTML = {"Content-Type": "text/html; charset=utf-8"}
WORDS = "Bees make honey of what flowers give them, and keep it for the winter. " * 8
PAGE = f"""<!doctype html><html><head><title> Of
 bees </title></head><body><nav><a href="/menu">Menu</a></nav>
<main><h1>Bees</h1><p>{WORDS}<a href="/flowers?a=1#x">Flowers</a></p>
<a href="javascript:alert(1)">No</a> <a href="https://other.example/">Other</a></main>
<script>steal()</script></body></html>"""


def page(body: str | bytes = PAGE, **more: Any) -> Said:
    data = body.encode() if isinstance(body, str) else body
    return Said(data, headers=HTML | more.pop("headers", {}), **more)


async def read(url: str, **more: Any) -> dict[str, Any]:
    return await web_read(CONTEXT, url, **more)


async def test_text_title_and_links_of_a_page(public: WebServer) -> None:
    public.answer = lambda asked: page()
    found = await read(f" {public.url}/bees#top ")
    assert (found["title"], found["url"]) == ("Of bees", f"{public.url}/bees")
    assert "Bees make honey" in found["text"]
    assert "steal" not in found["text"]
    assert found["links"] == [
        {"words": "Flowers", "url": f"{public.url}/flowers?a=1"},
        {"words": "Other", "url": "https://other.example/"},
        {"words": "Menu", "url": f"{public.url}/menu"},
    ]
    (asked,) = public.asked
    assert (asked.method, asked.path) == ("GET", "/bees")
    assert "Cookie" not in asked.headers


async def test_it_is_marked_as_nobody_s_instruction(public: WebServer) -> None:
    public.answer = lambda asked: page()
    found = await read(public.url)
    assert found["untrusted"] == UNTRUSTED
    assert next(iter(found)) == "untrusted"  # before anything that a stranger wrote


async def test_a_page_without_a_main_text_is_its_words(public: WebServer) -> None:
    public.answer = lambda asked: page(
        "<html><body><ul><li><a href='/a'>One</a></ul></body></html>"
    )
    found = await read(public.url)
    assert ("One" in found["text"], len(found["links"])) == (True, 1)


async def test_plain_text_is_as_it_is(public: WebServer) -> None:
    public.answer = lambda asked: Said(b"a <b> c", headers={"Content-Type": "text/plain"})
    found = await read(public.url)
    assert (found["text"], found["links"]) == ("a <b> c", [])


async def test_a_long_page_comes_in_parts(public: WebServer) -> None:
    text = "".join(f"{n:>10}" for n in range(PART // 4))
    public.answer = lambda asked: Said(text.encode(), headers={"Content-Type": "text/plain"})
    parts = [await read(public.url, part=n) for n in (1, 2, 3)]
    assert [one["part"] for one in parts] == ["1 of 3", "2 of 3", "3 of 3"]
    assert "".join(one["text"] for one in parts) == text.strip()
    with pytest.raises(ToolRetry, match="1 to 3"):
        await read(public.url, part=4)


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (page(status=404), ToolRetry, "no page at that address"),
        (page(status=500), ToolFailed, "answered 500"),
        (page("<html><body></body></html>"), ToolFailed, "no text"),
        (page(""), ToolFailed, "cannot be read"),
        (page(headers={"Content-Encoding": "br"}), ToolFailed, "packed"),
        (page(b"not gzip", headers={"Content-Encoding": "gzip"}), ToolFailed, "asked for"),
        (page("<i>" * (extract.MOST_TAGS + 1)), ToolFailed, "tags"),
        (Said(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), ToolFailed, "pdf"),
        (Said(b"GIF89a", headers={"Content-Type": "image/gif"}), ToolFailed, "image/gif"),
        (Said(b"?", headers={}), ToolFailed, "no type"),
    ],
)
async def test_what_goes_wrong_is_said(
    public: WebServer, said: Said, kind: type[Exception], hint: str
) -> None:
    public.answer = lambda asked: said
    with pytest.raises(kind, match=hint):
        await read(public.url)


# --- size and time --------------------------------------------------------------------------------


async def test_an_honest_packed_page_is_unpacked(public: WebServer) -> None:
    packed = gzip.compress(PAGE.encode())
    public.answer = lambda asked: page(packed, headers={"Content-Encoding": "gzip"})
    assert (await read(public.url))["title"] == "Of bees"
    public.answer = lambda asked: page(packed[:-9], headers={"Content-Encoding": "gzip"})
    with pytest.raises(ToolFailed, match="broke off"):
        await read(public.url)


async def test_a_bomb_is_unpacked_to_the_limit_and_no_further(
    public: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b"<p>" + b"a" * 200_000_000)
    unpacked: list[int] = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self.inner = real(wbits=wbits)

        @property
        def eof(self) -> bool:
            return self.inner.eof

        def decompress(self, data: bytes, most: int) -> bytes:
            found = self.inner.decompress(data, most)
            unpacked.append(len(found))
            return found

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    public.answer = lambda asked: page(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ToolFailed, match="larger than"):
        await read(public.url)
    assert sum(unpacked) == pages.LARGEST + 1


async def test_what_looks_packed_and_does_not_say_so_is_not_unpacked(public: WebServer) -> None:
    bomb = gzip.compress(b"<p>secret</p>" * 1000)
    public.answer = lambda asked: page(bomb)
    try:
        found = await read(public.url)
    except ToolFailed:
        return
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize(
    "said", [page("x" * (pages.LARGEST + 1)), page(endless=True)], ids=["large", "endless"]
)
async def test_a_page_that_is_too_large_is_not_read_to_its_end(
    public: WebServer, said: Said
) -> None:
    public.answer = lambda asked: said
    with pytest.raises(ToolFailed, match="larger than"):
        await read(public.url)


async def test_a_slow_page_ends_at_the_tool_s_time(public: WebServer) -> None:
    public.answer = lambda asked: page(pause=2)
    hurried = Context()
    hurried.deadline = 0.2
    with pytest.raises(ToolTimeout, match=r"within 0.2 s"):
        await web_read(hurried, public.url)  # type: ignore[arg-type]


async def test_reading_ends_at_its_time_though_its_thread_does_not() -> None:
    let_go = threading.Event()
    try:
        with pytest.raises(ToolTimeout):
            await extract.within_time(0.05, let_go.wait)
        assert await extract.within_time(5, len, "abc") == 3  # there is another thread
    finally:
        let_go.set()


@pytest.mark.parametrize(
    "part",
    [
        "<table><tr><td>x y z</td></tr></table>",
        "<ul><li>x<li>y</ul>",
        "<div>",
        "<b><i>",
        "<p>word <a href='/q'>l</a></p>",
        "<br>",
    ],
)
def test_no_page_under_the_limits_keeps_the_parser_for_minutes(part: str) -> None:
    html = f"<html><body>{part * (extract.MOST_TAGS // (part.count('<') + 1))}</body></html>"
    begun = time.process_time()
    try:
        extract.extracted(html, "https://a.example/")
    except ToolFailed:
        return
    # Of the processor, not of the wall: with all of trafilatura's passes some take minutes.
    assert time.process_time() - begun < 30


def test_a_server_where_nobody_reads_pages_does_not_load_the_parser() -> None:
    code = (
        "import django; django.setup(); from agents.tools import registry; registry.tools();"
        "import giint.asgi, sys;"
        "print([name for name in ('trafilatura', 'lxml', 'ddgs') if name in sys.modules])"
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "giint.settings"}
    out = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


# --- what it is written in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "header", "text"),
    [
        ("Zürich".encode(), None, "Zürich"),
        ("Zürich".encode("cp1252"), None, "Zürich"),
        ("Zürich".encode("latin-1"), "iso-8859-1", "Zürich"),
        ("\ufeffZürich".encode("utf-16-le"), "utf-8", "Zürich"),
        (b"<meta charset=shift_jis>" + "東京".encode("shift_jis"), None, "東京"),
        (b"a-b9", "punycode", "a-b9"),
        (b"a", "no\x00such", "a"),
        (b"+AGE-", "utf-7", "+AGE-"),
    ],
)
def test_pages_are_decoded_as_they_say_where_that_is_sane(
    data: bytes, header: str | None, text: str
) -> None:
    assert charsets.of_page(data, header).endswith(text)


async def test_every_form_of_url_that_is_none_is_refused() -> None:
    for url in ("", "example.org", "ftp://example.org/", "http://[::1", "http://u:p@example.org/"):
        with pytest.raises(ToolError):
            await read(url)
