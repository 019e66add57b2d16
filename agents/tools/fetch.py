"""One HTTP request of a tool: through the guard, and bounded in time, size and type.

Redirects are not followed: a header with a secret would go along, and the place they lead to is
nobody's choice here. Compressed answers are not taken: they unpack before their size is known.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import yarl

from agents.tools import charsets
from agents.tools.base import ToolFailed, ToolTimeout
from giint.core import net
from giint.core.errors import GiintError

LARGEST = 1_048_576  # bytes of an answer
_TYPES = ("application/json", "text/")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: its status, its media type in lower case, its body as text."""

    status: int
    type: str
    text: str


async def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    within: float = 30.0,
    admitted: net.Listed = None,
) -> Answer:
    """Ask ``url``, which is sent as it is written. ``body`` goes as JSON unless it is None.

    ``within``: seconds for all of it; ``admitted``: as in ``net.session``. Raises ToolTimeout, and
    ToolFailed with a sentence that names neither the URL nor a header: both may hold secrets.
    """
    sent = {"Accept": "application/json, text/*;q=0.5", **(headers or {})}
    sent["Accept-Encoding"] = "identity"
    try:
        session = net.session(decompress=False, admitted=admitted)
        async with asyncio.timeout(within), session:
            request = session.request(
                method,
                yarl.URL(url, encoded=True),
                headers=sent,
                json=body,
                allow_redirects=False,
            )
            async with request as response:
                return await _answer(response)
    except TimeoutError:
        raise ToolTimeout(f"The server did not answer within {within:g} s.") from None
    except GiintError as error:
        raise ToolFailed(f"The server may not be called: {error.detail}.") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ToolFailed(f"The server could not be asked ({type(error).__name__}).") from None


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    if 300 <= response.status < 400:
        raise ToolFailed(f"The server redirects ({response.status}); that is not followed.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ToolFailed("The server sent a compressed answer; such are not taken.")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    data = await _bounded(response)
    if data and not (kind.startswith(_TYPES) or kind.endswith("+json")):
        shown = kind[:60] if kind.isascii() and kind.isprintable() else "something else"
        raise ToolFailed(
            f"The server sent {shown or 'no media type'}; only JSON and text are taken."
        )
    return Answer(response.status, kind, charsets.decoded(data, response.charset))


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    if (response.content_length or 0) > LARGEST:
        raise ToolFailed(f"The answer is larger than {LARGEST} bytes.")
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > LARGEST:
            raise ToolFailed(f"The answer is larger than {LARGEST} bytes.")
    return bytes(data)
