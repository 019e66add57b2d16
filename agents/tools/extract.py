"""What a page says: title, main text and links. By trafilatura, which is imported with the first
page: it takes 28 MiB that a server where nobody reads pages does not need.

The page is hostile. It comes as text, never as bytes (trafilatura unpacks what looks packed), is
searched in one pass (``fast``: without it a megabyte of tables took a minute), and is read in
threads of its own: one that hangs holds up other pages, and nothing else.
"""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urldefrag, urljoin

from agents.tools.base import ToolFailed, ToolTimeout

T = TypeVar("T")
WORKERS = 2  # a page of the largest kind takes 200 MiB while it is read
MOST_TAGS = 100_000  # and with it seconds: about 3 s at worst
LINKS = 50
LONGEST = 300  # characters of a title, or of a link's words
LONGEST_URL = 1_000


@dataclass(frozen=True, slots=True)
class Extract:
    """``links``: (words, absolute address), in the page's order, each address once."""

    title: str
    text: str
    links: list[tuple[str, str]]


async def within_time(seconds: float, fn: Callable[..., T], *args: Any) -> T:
    """``fn(*args)`` in a thread that is let go of when its time is over. Raises ToolTimeout.

    Not by ``in_thread``, which waits for its thread: no row is in the hands of this one.
    """
    work = asyncio.get_running_loop().run_in_executor(_pool(), fn, *args)
    try:
        return await asyncio.wait_for(work, seconds)
    except TimeoutError:
        raise ToolTimeout(f"It was not done within {seconds:.1f} s.") from None


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="pages")


def extracted(html: str, url: str) -> Extract:
    """Sync; takes seconds for a large page. Raises ToolFailed."""
    if html.count("<") > MOST_TAGS:
        raise ToolFailed(f"The page has more than {MOST_TAGS} tags.")
    import trafilatura
    from lxml import html as parser

    try:
        tree = parser.fromstring(html.encode(), parser=parser.HTMLParser(encoding="utf-8"))
        text = _text(trafilatura, html, tree)
    except Exception as error:  # the boundary to what a page can do to a parser
        raise ToolFailed(f"The page cannot be read ({type(error).__name__}).") from error
    return Extract(_title(tree), text, _links(tree, url))


def _text(trafilatura: Any, html: str, tree: Any) -> str:
    """The main text; of a page that has none, such as a list of links, all of it."""
    document = trafilatura.bare_extraction(html, fast=True, include_comments=False)
    main = (document.text or "").strip() if document else ""
    return main or trafilatura.html2txt(tree).strip()


def _title(tree: Any) -> str:
    found = tree.find(".//title")
    words = found if found is not None else tree.find(".//h1")
    return " ".join(words.text_content().split())[:LONGEST] if words is not None else ""


def _links(tree: Any, url: str) -> list[tuple[str, str]]:
    """What the page refers to on the web, the part that most is about first: its main element."""
    found: dict[str, str] = {}
    for where in (*tree.iterfind(".//main"), *tree.iterfind(".//article"), tree):
        for link in where.iter("a"):
            words = " ".join(link.text_content().split())[:LONGEST]
            address = _absolute(url, link.get("href") or "")
            if words and address:
                found.setdefault(address, words)
    return [(words, address) for address, words in found.items()][:LINKS]


def _absolute(url: str, reference: str) -> str:
    try:
        address = urldefrag(urljoin(url, reference.strip())).url
    except ValueError:
        return ""
    is_web = address.startswith(("http://", "https://")) and address != url
    return address if is_web and len(address) <= LONGEST_URL else ""
