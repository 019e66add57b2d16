"""A model call over HTTP, read raw: what the dialects that stream share.

Building the SDK's typed object for each token costs four times the whole relay, so bytes go from
the transport through our own splitter into a translation. ``Streaming.turn`` has no layer of its
own between them: each one would cost a task switch per token.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, cast

import httpx2
import openai
import orjson
from openai import AsyncStream, Omit

from agents.providers import failures, transport
from agents.providers.account import try_account
from agents.providers.base import (
    Check,
    Endpoint,
    Failed,
    Listing,
    ProviderEvent,
    Text,
    TurnRequest,
)
from agents.providers.listing import list_models
from agents.providers.network import NETWORK, whole_body
from agents.providers.sse import Event, Splitter, TooLong
from agents.providers.translation import Malformed, Translation, parse
from giint.core.errors import GiintError

Answer = httpx2.Response
FEW = 32  # events in one piece of the network; one is what a model's pace gives
GRACE = 3.0  # seconds for what follows a whole answer: its usage and a last line, sent at once


class Streaming:
    """Base of such a dialect. It says how the call is made and how what comes is translated."""

    dialect: ClassVar[str]
    stateful: ClassVar[bool] = False
    builtins: ClassVar[frozenset[str]] = frozenset()

    def answer(self, request: TurnRequest) -> AbstractAsyncContextManager[Answer]:
        """The open response to ``request``. Raises what the SDK raises, and GiintError."""
        raise NotImplementedError

    def translation(self, request: TurnRequest) -> Translation:
        """What turns this answer's events into ours."""
        raise NotImplementedError

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        translation = self.translation(request)
        try:
            async with (
                self.answer(request) as response,
                contextlib.aclosing(said(response, translation)) as events,
            ):
                async for event in events:
                    yield event
        except (openai.APIError, GiintError) as error:
            yield failures.of_exception(error, request.endpoint.key)
        except (Malformed, TooLong, *NETWORK) as error:
            for event in over(translation, error):
                yield event
        else:
            for event in over(translation):
                yield event

    async def start(self) -> None:
        await transport.start()

    async def close(self) -> None:
        await transport.close()

    def check(self, endpoint: Endpoint) -> Check:
        """Ask for the list of models. Runs a loop of its own, so not to be called from one."""
        return try_account(endpoint)

    def models(self, endpoint: Endpoint) -> Listing:
        """Read the list of models. Runs a loop of its own, as ``check`` does."""
        return list_models(endpoint)


@contextlib.asynccontextmanager
async def post(path: str, sent: dict[str, Any], endpoint: Endpoint) -> AsyncIterator[Answer]:
    """The open response, raw. Raises what the SDK raises, and what ``transport.shared`` does.

    By the client's own ``post``: its typed methods walk the types of all their parameters, at each
    call, for 3 ms. An empty key is not sent at all.
    """
    client = await transport.shared(endpoint)
    key = endpoint.key.reveal()
    headers = {
        "Authorization": f"Bearer {key}" if key else Omit(),
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
    }
    response = await client.post(
        endpoint.base_url.rstrip("/") + path,
        cast_to=httpx2.Response,
        content=encoded(sent | {"stream": True}),
        options={"headers": headers},
        stream=True,
        stream_cls=AsyncStream[Any],
    )
    answer = cast(Answer, response)
    try:
        yield answer
    finally:
        await answer.aclose()


def encoded(sent: dict[str, Any]) -> bytes:
    """The body of a call. What orjson refuses, such as a number of more than 64 bits, the slower
    encoder takes.
    """
    try:
        return orjson.dumps(sent)
    except TypeError:
        return json.dumps(sent).encode()


def taken(request: TurnRequest) -> set[str]:
    """The ids of the calls that the conversation has already."""
    calls = [item for item in request.items if item.get("type") == "function_call"]
    return {str(call["call_id"]) for call in calls}


def said(response: Answer, translation: Translation) -> AsyncGenerator[ProviderEvent]:
    """The events of the body. Raises Malformed for a page."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise Malformed("it answered with a page")
    # Servers that do not stream answer with one object.
    return (_whole if kind == "application/json" else streamed)(body_bytes(response), translation)


def body_bytes(response: Answer) -> AsyncGenerator[bytes]:
    """The body as it comes. Plain, which it is unless a server ignores what it was asked for, it
    comes from the transport alone: httpx2's two layers above it are a tenth of a token's cost.
    """
    if response.headers.get("content-encoding"):
        return response.aiter_bytes()
    return cast(AsyncGenerator[bytes], aiter(cast(httpx2.AsyncByteStream, response.stream)))


async def _whole(
    chunks: AsyncGenerator[bytes], translation: Translation
) -> AsyncGenerator[ProviderEvent]:
    async with contextlib.aclosing(chunks):
        for event in translation.whole(parse(await whole_body(chunks))):
            yield event


async def streamed(
    chunks: AsyncGenerator[bytes], translation: Translation
) -> AsyncGenerator[ProviderEvent]:
    splitter = Splitter()
    async with contextlib.aclosing(chunks):
        async for chunk in chunks:
            for event in _fed(splitter, chunk, translation):
                yield event
            if translation.ended or translation.complete:
                break
        until = asyncio.get_running_loop().time() + GRACE
        while translation.complete and not translation.ended:
            chunk = await _before(until, chunks)
            if not chunk:
                break
            for event in _fed(splitter, chunk, translation):
                yield event
    if not translation.ended:
        for event in _rest(splitter, translation):
            yield event


def _fed(splitter: Splitter, chunk: bytes, translation: Translation) -> Iterator[ProviderEvent]:
    events = splitter.feed(chunk)
    said = _said(events, translation)
    return said if len(events) <= FEW else _joined(said)


def _said(events: list[Event], translation: Translation) -> Iterator[ProviderEvent]:
    for name, data in events:
        yield from translation.feed(name, data)
        if translation.ended:
            return


def _joined(events: Iterator[ProviderEvent]) -> Iterator[ProviderEvent]:
    """A server that is faster than we are, which sends deltas by the hundred: what came at once
    goes on at once, adjacent pieces of text as one. What was said before something malformed is
    said all the same.
    """
    said: list[str] = []
    try:
        for event in events:
            if type(event) is Text:
                said.append(event.delta)
                continue
            if said:
                yield Text("".join(said))
                said = []
            yield event
    except (Malformed, TooLong):
        if said:
            yield Text("".join(said))
        raise
    if said:
        yield Text("".join(said))


async def _before(until: float, chunks: AsyncIterator[bytes]) -> bytes:
    """The next bytes, if they come in time (the loop's clock); otherwise none."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(until):
            return await anext(chunks, b"")
    return b""


def _rest(splitter: Splitter, translation: Translation) -> list[ProviderEvent]:
    """What the stream ended in, if it is an event but for its last blank line."""
    # What it was cut in is not malformed.
    with contextlib.suppress(Malformed):
        if last := splitter.end():
            return translation.feed(*last)
    return []


def over(translation: Translation, error: Exception | None = None) -> list[ProviderEvent]:
    """The stream is over. Nothing that goes wrong after a whole answer makes it less so."""
    if translation.ended:
        return []
    code, detail = "upstream_cut", ""
    if isinstance(error, Malformed | TooLong):
        code = "upstream_malformed" if isinstance(error, Malformed) else "guard_bytes"
        detail = str(error)
    again = failures.failed(code).again
    return translation.close() or [Failed(code, detail, again, None, translation.items)]
