"""The SDK's way to the network: one transport per event loop, behind ``giint.core.net``.

Making a client reads certificates and imports some hundred modules (30–200 ms), so it is done in a
thread. Every call borrows it with its own key and address (``lend``); nothing of a call stays: no
key, no cookie. Redirects are not followed and proxies of the environment are not used, because both
would lead around the guard. Read timeouts are the engine's: it knows what is silence and what is a
tool at work.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai._vendor.httpx_aiohttp import AiohttpTransport

from agents.providers import calls
from agents.providers.base import Endpoint
from giint.core import net
from giint.core.errors import GiintError

CONNECT = 10.0  # seconds to reach a server; 30 to get a connection at all
IDLE = (
    15.0  # seconds an unused connection is kept: below the 20 s and more after which servers close
)
LONGEST_ERROR = 65_536  # bytes read of the body of an error
# What the SDK takes from the operator's environment (organisation, extra headers) is not for users'
# servers.
_HEADERS = {b"authorization", b"accept", b"accept-encoding", b"content-type", b"content-length"}
_HEADERS |= {b"host", b"user-agent", b"openai-beta", b"idempotency-key"}


@dataclass(slots=True)
class _Place:
    """What belongs to one event loop."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    client: AsyncOpenAI | None = None


_places: dict[asyncio.AbstractEventLoop, _Place] = {}


async def start() -> None:
    """Make this loop's client, off the loop. The first call would do it too, and pay for it."""
    await _client()


async def close() -> None:
    """End this loop's connections. The next call makes a new client."""
    place = _places.pop(asyncio.get_running_loop(), None)
    if place and place.client:
        await place.client.close()


async def lend(endpoint: Endpoint) -> AsyncOpenAI:
    """A client for one call to ``endpoint``, which brings its key and address.

    Raises what ``shared`` raises.
    """
    client = await shared(endpoint)
    # An empty key would make the SDK look for one in the environment.
    key = endpoint.key.reveal() or "-"
    return client.with_options(api_key=key, base_url=endpoint.base_url.rstrip("/"))


async def shared(endpoint: Endpoint) -> AsyncOpenAI:
    """The client of this loop, which has no key and no address: each call names both itself. A
    copy with its own, as ``lend`` makes one, costs half a millisecond of a turn.

    Raises GiintError ``address_refused``, and ``upstream_refused_key`` for a key that no header
    can carry.
    """
    net.check_known(endpoint.base_url)
    key = endpoint.key.reveal()
    if not (key.isascii() and key.isprintable()):
        raise GiintError("upstream_refused_key", "it holds characters that no key has")
    return await _client()


async def _client() -> AsyncOpenAI:
    place = _places.get(asyncio.get_running_loop())
    if place is None:
        for loop in [loop for loop in _places if loop.is_closed()]:
            del _places[loop]
        place = _places[asyncio.get_running_loop()] = _Place()
    if place.client is None:
        async with place.lock:
            if place.client is None:
                place.client = await asyncio.to_thread(_make)
    return place.client


def _make() -> AsyncOpenAI:
    tls = httpx2.create_ssl_context(trust_env=False)
    client = AsyncOpenAI(
        api_key="-",
        base_url="http://unset.invalid",  # every call brings its own
        max_retries=0,  # the engine decides who asks again, and when
        timeout=httpx2.Timeout(None, connect=CONNECT, pool=30.0),
        http_client=DefaultAioHttpClient(
            transport=_Transport(client=lambda: net.session(tls=tls, keepalive=IDLE)),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        ),
    )
    client.models.with_streaming_response  # noqa: B018 (imports here what it needs, off the loop)
    return client


class _Transport(AiohttpTransport):
    """The SDK's aiohttp transport, with fewer headers and bounded bodies of errors."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()  # a form is put together only now
        whole = request.headers
        request.headers = httpx2.Headers([one for one in whole.raw if one[0].lower() in _HEADERS])
        try:
            with calls.logged(request.method, request.url.path) as call:
                response = await super().handle_async_request(request)
                call.status = response.status_code
        finally:  # the SDK still reads its own headers there when the answer is there
            request.headers = whole
        if response.status_code >= 300 and isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response


class _Bounded(httpx2.AsyncByteStream):
    """The first bytes of a body: a server cannot fill our memory with its error."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LONGEST_ERROR
        async for chunk in self._stream:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()
