"""Reading what a server keeps, for taking it in: messages of a thread, items of a session, files
and vector stores. Sync, bounded to 30 s a call, never raising for what the server does.

Sources: "List messages", "List items", "Retrieve file content", "List vector store files" of
OpenAI's API reference. What a server does not give is a code in the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import quote

import httpx2
import openai
import orjson
from openai import AsyncOpenAI, AsyncStream, Omit

from agents.providers import failures, transport
from agents.providers.base import Endpoint
from agents.providers.network import NETWORK, whole_body
from agents.providers.sse import TooLong
from agents.providers.translation import Malformed, parse
from giint.core.errors import GiintError

T = TypeVar("T")
SECONDS = 30.0
PAGES = 200  # of 100 rows
BETA = {"assistants": "assistants=v2", "agents": "agents=v1"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything of a list, or why not: an empty ``code``, or one of ``giint.core.errors``."""

    code: str = ""
    detail: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file and what it is called, or why not."""

    code: str = ""
    detail: str = ""
    name: str = ""
    content: bytes = b""


def messages(endpoint: Endpoint, thread: str) -> Rows:
    """All messages of a thread, oldest first."""
    return _rows(endpoint, f"/threads/{_part(thread)}/messages", order="asc")


def items(endpoint: Endpoint, session: str) -> Rows:
    """All items of a session of the Agents API, oldest first."""
    return _rows(endpoint, f"/agents/sessions/{_part(session)}/items", order="asc")


def store_files(endpoint: Endpoint, store: str) -> Rows:
    """The files of a vector store: ``id`` of each is that of the file."""
    return _rows(endpoint, f"/vector_stores/{_part(store)}/files")


def file(endpoint: Endpoint, file: str, most: int) -> Content:
    """A file of at most ``most`` bytes. Servers give back what they made, and often not what was
    uploaded for an assistant.
    """

    async def ask(client: AsyncOpenAI) -> Content:
        path = f"/files/{_part(file)}"
        about = parse(await _body(client, endpoint, path, {}))
        name = about.get("filename")
        body = await _body(client, endpoint, f"{path}/content", {}, most)
        return Content(name=name if isinstance(name, str) else file, content=body)

    return _call(endpoint, ask, Content)


def _rows(endpoint: Endpoint, path: str, **query: str) -> Rows:
    async def ask(client: AsyncOpenAI) -> Rows:
        found: dict[str, dict[str, Any]] = {}
        after = ""
        for _ in range(PAGES):
            asked = {"limit": "100", **query} | ({"after": after} if after else {})
            page = parse(await _body(client, endpoint, path, asked))
            rows = [one for one in page.get("data") or [] if isinstance(one, dict)]
            before = len(found)
            for place, row in enumerate(rows):
                found.setdefault(str(row.get("id") or f"{before}.{place}"), row)
            last = page.get("last_id") or (rows[-1].get("id") if rows else None)
            if page.get("has_more") is not True or not last or len(found) == before:
                return Rows(rows=list(found.values()))
            after = str(last)
        raise Malformed(f"its list has more than {PAGES} pages")

    return _call(endpoint, ask, Rows)


def _call(
    endpoint: Endpoint, ask: Callable[[AsyncOpenAI], Awaitable[T]], failed: Callable[[str, str], T]
) -> T:
    """In a loop of its own, so not to be called from one."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_bounded(endpoint, ask, failed))
    finally:
        loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs


async def _bounded(
    endpoint: Endpoint, ask: Callable[[AsyncOpenAI], Awaitable[T]], failed: Callable[[str, str], T]
) -> T:
    try:
        async with asyncio.timeout(SECONDS):
            return await ask(await transport.lend(endpoint))
    except TimeoutError:
        return failed("upstream_unreachable", f"no whole answer within {SECONDS:g} s")
    except openai.NotFoundError:
        return failed("remote_gone", "")
    except (openai.APIError, GiintError) as error:
        told = failures.of_exception(error, endpoint.key)
        return failed(told.code, told.detail)
    except (TooLong, Malformed, orjson.JSONDecodeError) as error:
        return failed("upstream_malformed", str(error))
    except NETWORK:
        return failed("upstream_unreachable", "")
    finally:
        await transport.close()


async def _body(
    client: AsyncOpenAI, endpoint: Endpoint, path: str, query: dict[str, str], most: int = 0
) -> bytes:
    secret = endpoint.key.reveal()
    headers = {
        "Authorization": f"Bearer {secret}" if secret else Omit(),
        "Accept-Encoding": "identity",
    }
    if endpoint.dialect in BETA:
        headers["OpenAI-Beta"] = BETA[endpoint.dialect]
    response = await client.get(
        path,
        cast_to=httpx2.Response,
        options={"headers": headers, "params": query},
        stream=True,
        stream_cls=AsyncStream[Any],
    )
    answer = cast(httpx2.Response, response)
    try:
        async with aclosing(answer.aiter_bytes()) as chunks:
            return await (whole_body(chunks, most) if most else whole_body(chunks))
    finally:
        await answer.aclose()


def _part(remote_id: str) -> str:
    """An id as a part of an address: nothing in it leads elsewhere."""
    return quote(remote_id, safe="")
