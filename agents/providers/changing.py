"""Changing an assistant or an agent in its place, for a person who says so. No turn ever does: what
a turn needs is made anew. docs/manager.md.

Sources: "Modify assistant" of OpenAI's specification of 2026-08-21; ``AgentUpdateParams`` of openai
3.52. Both take a POST of the fields that change to the object's own address.
"""

import asyncio
from contextlib import aclosing
from typing import Any, cast
from urllib.parse import quote

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream, Omit

from agents.providers import failures, transport
from agents.providers.base import Endpoint
from agents.providers.network import NETWORK, whole_body
from agents.providers.sse import TooLong
from agents.providers.stateful import Kind, Object, Reply
from agents.providers.streaming import encoded
from agents.providers.translation import Malformed, parse
from giint.core.errors import GiintError

SECONDS = 30.0
# Kind → its address, and the version of the API.
WHERE = {
    "assistant": ("/assistants", "assistants=v2"),
    "agent": ("/agents", "agents=v1"),
}


def change(endpoint: Endpoint, kind: Kind, remote_id: str, body: dict[str, Any]) -> Reply:
    """Set the fields of ``body`` on one that is there; what it is then is the reply's object. Code
    ``remote_gone`` where the server does not know it.

    Sync, bounded to 30 s, never repeated, raises nothing for what the server does. It runs a loop
    of its own, so it is not to be called from one.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_bounded(endpoint, kind, remote_id, body))
    finally:
        loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs


async def _bounded(endpoint: Endpoint, kind: Kind, remote_id: str, body: dict[str, Any]) -> Reply:
    try:
        async with asyncio.timeout(SECONDS):
            client = await transport.lend(endpoint)
            raw = parse(await _post(client, endpoint, kind, remote_id, body))
    except TimeoutError:
        late = f"no whole answer within {SECONDS:g} s"
        return Reply("upstream_unreachable", late, doubtful=True)
    except openai.NotFoundError:
        return Reply("remote_gone")
    except (openai.APIError, GiintError) as error:
        told = failures.of_exception(error, endpoint.key)
        heard = isinstance(error, openai.APIStatusError | GiintError)
        return Reply(told.code, told.detail, told.after, doubtful=not heard)
    except (TooLong, Malformed) as error:
        return Reply("upstream_malformed", str(error), doubtful=True)
    except NETWORK:
        return Reply("upstream_unreachable", doubtful=True)
    finally:
        await transport.close()
    pairs = raw.get("metadata")
    tags = {str(name): str(value) for name, value in pairs.items()} if pairs else {}
    return Reply(objects=[Object(kind, str(raw.get("id") or remote_id), tags, raw)])


async def _post(
    client: AsyncOpenAI, endpoint: Endpoint, kind: Kind, remote_id: str, body: dict[str, Any]
) -> bytes:
    secret = endpoint.key.reveal()
    path, version = WHERE[kind]
    response = await client.post(
        f"{path}/{quote(remote_id, safe='')}",
        cast_to=httpx2.Response,
        content=encoded(body),
        options={
            "headers": {
                "Authorization": f"Bearer {secret}" if secret else Omit(),
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "OpenAI-Beta": version,
            }
        },
        stream=True,
        stream_cls=AsyncStream[Any],
    )
    answer = cast(httpx2.Response, response)
    try:
        async with aclosing(answer.aiter_bytes()) as chunks:
            return await whole_body(chunks)
    finally:
        await answer.aclose()
