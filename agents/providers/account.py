"""Trying an account: asks its server for the list of models. The same in all dialects over HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, cast

import openai
from openai import Omit

from agents.providers import failures, transport
from agents.providers.base import Check, Endpoint
from agents.providers.network import NETWORK, whole_body
from agents.providers.sse import TooLong
from agents.providers.translation import Malformed, parse
from giint.core.errors import GiintError
from giint.core.text import clean

CHECK = 15.0  # seconds for trying an account


def try_account(endpoint: Endpoint) -> Check:
    """What trying ``endpoint`` gave. Sync; runs a loop of its own, so not to be called from one."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_check(endpoint))
    finally:
        loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs


async def _check(endpoint: Endpoint) -> Check:
    try:
        async with asyncio.timeout(CHECK):
            return await _models(endpoint)
    except TimeoutError:
        return Check("upstream_unreachable", f"no whole answer within {CHECK:.0f} s")
    finally:
        await transport.close()


async def _models(endpoint: Endpoint) -> Check:
    key = endpoint.key.reveal()
    try:
        client = await transport.lend(endpoint)
        async with client.models.with_streaming_response.list(
            extra_headers={"Authorization": f"Bearer {key}" if key else Omit()}
        ) as response:
            chunks = cast(AsyncGenerator[bytes], response.iter_bytes())
            async with contextlib.aclosing(chunks):
                listed = parse(await whole_body(chunks))
    except openai.APIStatusError as error:
        failed = failures.of_exception(error, endpoint.key)
        if error.status_code in (404, 405, 501):
            return Check(detail="The server answers, but has no list of models.")
        return Check(failed.code, failed.detail)
    except (openai.APIError, GiintError) as error:
        failed = failures.of_exception(error, endpoint.key)
        return Check(failed.code, failed.detail)
    except (TooLong, Malformed) as error:
        return Check("upstream_malformed", str(error))
    except NETWORK:
        return Check("upstream_unreachable")
    rows = listed.get("data")
    return Check(models=_ids(rows if isinstance(rows, list) else []))


def _ids(rows: list[Any]) -> list[str]:
    """At most 1,000 ids, sorted; what is no id is left out."""
    ids = {row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
    return sorted(clean(id) for id in ids if 0 < len(id) <= 120)[:1000]
