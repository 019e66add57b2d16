"""A page of the web, at an address that a model chose: through the guard, and bounded in time, size
and type.

Stricter than ``agents/tools/fetch.py``, whose addresses an administrator wrote: ports 80 and 443
only, and no private address, whatever ``GIINT_PRIVATE_HOSTS`` admits for model servers: a page may
have told the model where to look. Redirects are followed, each judged like the first address.
"""

import asyncio
import zlib
from dataclasses import dataclass

import aiohttp
import yarl

from agents.tools import charsets
from agents.tools.base import ToolFailed, ToolRetry, ToolTimeout
from giint.core import net
from giint.core.errors import GiintError

LARGEST = (
    2_097_152  # bytes, packed or unpacked: nearly every page; what is read of it is bounded too
)
HOPS = 5  # redirects
LONGEST = 2_000  # characters of an address
PORTS = frozenset({80, 443})
ADMITTED: tuple[str, ...] = ()  # private hosts: none
_MOVED = (301, 302, 303, 307, 308)
_HTML = ("text/html", "application/xhtml+xml")
_HEADERS = {
    "Accept": "text/html, application/xhtml+xml, text/*;q=0.5, application/json;q=0.5",
    "Accept-Encoding": "gzip",
    "User-Agent": "Mozilla/5.0 (compatible; GIINT; web_read)",
}


@dataclass(frozen=True, slots=True)
class Page:
    """Where it was found in the end, and its text: HTML, or plain."""

    url: str
    text: str
    is_html: bool


async def page(url: str, *, within: float) -> Page:
    """The page at ``url``. ``within``: seconds for all of it.

    Raises ToolRetry for an address that is none, ToolFailed and ToolTimeout; no sentence says what
    a name stands for in the operator's network.
    """
    where = _first(url)
    session = net.session(decompress=False, admitted=ADMITTED)
    try:
        async with asyncio.timeout(within), session:
            return await _followed(session, where)
    except TimeoutError:
        raise ToolTimeout(f"The page did not come within {within:g} s.") from None
    except GiintError:
        raise ToolFailed("That address may not be read: it is private or malformed.") from None
    except (aiohttp.ClientError, zlib.error, OSError, ValueError) as error:
        raise ToolFailed(f"The page could not be asked for ({type(error).__name__}).") from None


async def _followed(session: aiohttp.ClientSession, where: yarl.URL) -> Page:
    for _ in range(HOPS + 1):
        async with session.get(where, headers=_HEADERS, allow_redirects=False) as response:
            if response.status not in _MOVED:
                return await _taken(where, response)
            where = where.join(yarl.URL(response.headers.get("Location", "")))
        _judge(where)
    raise ToolFailed(f"The page leads on more than {HOPS} times.")


def _first(url: str) -> yarl.URL:
    try:
        where = yarl.URL(url.strip()[: LONGEST + 1])
        _judge(where)
    except GiintError as error:
        raise ToolRetry(f"That address may not be read: {error.detail}.") from None
    except ValueError:
        raise ToolRetry("That is not an address of a page, such as https://example.org/.") from None
    return where


def _judge(where: yarl.URL) -> None:
    """What can be judged before the call. Raises GiintError and ToolFailed."""
    text = str(where)
    if len(text) > LONGEST:
        raise ToolFailed(f"That address is longer than {LONGEST} characters.")
    if net.check_url(text, admitted=ADMITTED).port not in PORTS:
        raise ToolFailed("Pages are read at the ports 80 and 443 only.")


async def _taken(where: yarl.URL, response: aiohttp.ClientResponse) -> Page:
    if response.status in (404, 410):
        raise ToolRetry(f"There is no page at that address ({response.status}).")
    if not 200 <= response.status < 300:
        raise ToolFailed(f"The server of the page answered {response.status}.")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind in _HTML or kind == "application/json"):
        shown = kind[:60] if kind.isascii() and kind.isprintable() else "something else"
        raise ToolFailed(f"It is {shown or 'of no type'}; only pages and text are read.")
    data = await _unpacked(response)
    shown_url = str(where.with_fragment(None))
    if kind in _HTML:
        return Page(shown_url, charsets.of_page(data, response.charset), is_html=True)
    return Page(shown_url, charsets.decoded(data, response.charset), is_html=False)


async def _unpacked(response: aiohttp.ClientResponse) -> bytes:
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip"):
        raise ToolFailed("The page came packed in a way that was not asked for.")
    unpacker = zlib.decompressobj(wbits=31) if packing.endswith("gzip") else None
    data, received = bytearray(), 0
    async for chunk in response.content.iter_any():
        received += len(chunk)
        # Never more than one byte beyond the limit is unpacked, whatever was sent.
        data += unpacker.decompress(chunk, LARGEST + 1 - len(data)) if unpacker else chunk
        if max(len(data), received) > LARGEST:
            raise ToolFailed(f"The page is larger than {LARGEST} bytes.")
    if unpacker and received and not unpacker.eof:
        raise ToolFailed("The page broke off.")
    return bytes(data)
