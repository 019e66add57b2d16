"""What the network does to an answer under way: how it breaks, and how much of it is taken."""

from collections.abc import AsyncIterator

import aiohttp
import httpx2

from agents.providers.sse import LONGEST, TooLong

NETWORK = (httpx2.HTTPError, httpx2.StreamError, aiohttp.ClientError, OSError)
"""What is raised when a connection breaks while a body is read."""


async def whole_body(chunks: AsyncIterator[bytes], longest: int = LONGEST) -> bytes:
    """All the bytes of a body. Raises TooLong."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) > longest:
            raise TooLong(f"an answer of more than {longest} bytes")
    return bytes(held)
