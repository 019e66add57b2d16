"""What a server lists at ``/v1/models``, page by page: the same in all dialects over HTTP.

Source: "List models" of OpenAI's API reference (``id, created, owned_by, shutdown_date``). It comes
whole there; other servers page it (``has_more``, ``last_id``, ``?after=``), answer with a bare
array or with ``data: null`` for nothing, and tell more of a model than OpenAI does.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Any, cast

import openai
import orjson
from openai import AsyncOpenAI, Omit

from agents.providers import failures, transport
from agents.providers.base import Endpoint, Listed, Listing
from agents.providers.network import NETWORK, whole_body
from agents.providers.sse import TooLong
from agents.providers.translation import Malformed
from giint.core.errors import GiintError
from giint.core.secrets import Secret
from giint.core.text import clean

LISTING = 30.0  # seconds for a whole list, all its pages
PAGES = 200
MODELS = 20_000  # the largest list in use has some 5,000
ID = 120  # characters: as many as an agent's model may have
LARGEST = 2**31 - 1  # what a column of tokens holds
_WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")
_OUTPUTS = ("max_output", "max_output_tokens", "max_completion_tokens")


def list_models(endpoint: Endpoint) -> Listing:
    """All models of an account. Sync, bounded to 30 s, never raises for what the server does.

    It runs a loop of its own, so it is not to be called from one. A list that is not whole is a
    failure: what it lacks would be taken for gone.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_bounded(endpoint))
    finally:
        loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs


async def _bounded(endpoint: Endpoint) -> Listing:
    try:
        async with asyncio.timeout(LISTING):
            return await _listing(endpoint)
    except TimeoutError:
        return Listing("upstream_unreachable", f"no whole list within {LISTING:g} s")
    finally:
        await transport.close()


async def _listing(endpoint: Endpoint) -> Listing:
    try:
        client = await transport.lend(endpoint)
        return Listing(models=list((await _all_pages(client, endpoint.key)).values()))
    except (openai.APIError, GiintError) as error:
        failed = failures.of_exception(error, endpoint.key)
        if isinstance(error, openai.APIStatusError) and error.status_code in (404, 405, 501):
            return Listing("upstream_rejected", "it has no list of models at this address")
        return Listing(failed.code, failed.detail, failed.after)
    except (TooLong, Malformed) as error:
        return Listing("upstream_malformed", str(error))
    except NETWORK:
        return Listing("upstream_unreachable")


async def _all_pages(client: AsyncOpenAI, key: Secret) -> dict[str, Listed]:
    """Id → model; of one that is listed twice, the first. Raises Malformed, TooLong, what the SDK
    raises.
    """
    found: dict[str, Listed] = {}
    after = ""
    for _ in range(PAGES):
        rows, has_more, last = rows_of(await _page(client, key, after))
        before = len(found)
        for row in rows:
            if model := listed(row):
                found.setdefault(model.id, model)
        if len(found) > MODELS:
            raise Malformed(f"it lists more than {MODELS:,} models")
        # A server that says "more" and gives the same page again does not know ``after``.
        if not has_more or not last or len(found) == before:
            return found
        after = last
    raise Malformed(f"its list of models has more than {PAGES} pages")


async def _page(client: AsyncOpenAI, key: Secret, after: str) -> bytes:
    secret = key.reveal()
    async with client.models.with_streaming_response.list(
        extra_headers={"Authorization": f"Bearer {secret}" if secret else Omit()},
        extra_query={"after": after} if after else None,
    ) as response:
        chunks = cast(AsyncGenerator[bytes], response.iter_bytes())
        async with aclosing(chunks):
            body = await whole_body(chunks)
    # A server that echoes the key must not bring it into the catalogue, which others may read.
    return body.replace(secret.encode(), b"...") if len(secret) >= 6 else body


def rows_of(body: bytes) -> tuple[list[Any], bool, str]:
    """The rows of one page, whether more follow, and after which id. Raises Malformed."""
    answer = _parsed(body)
    if isinstance(answer, list):
        return answer, False, ""
    rows = answer.get("data", ...) if isinstance(answer, dict) else ...
    if rows is None:
        rows = []
    if not isinstance(rows, list):
        raise Malformed("it sent no list of models")
    last = answer.get("last_id") or (rows[-1].get("id") if _has_id(rows[-1:]) else "")
    return rows, answer.get("has_more") is True, last if isinstance(last, str) else ""


def _parsed(body: bytes) -> Any:
    if body.lstrip()[:1] == b"<":
        raise Malformed("it answered with a page")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body)  # takes half a surrogate pair, which orjson refuses
        except (ValueError, RecursionError):
            raise Malformed("its list of models is not JSON") from None


def _has_id(rows: list[Any]) -> bool:
    return bool(rows) and isinstance(rows[0], dict)


def listed(row: Any) -> Listed | None:
    """One row as we keep it; None for what is no model."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        return None
    id_ = clean(row["id"]).strip()
    if not 0 < len(id_) <= ID or not id_.isprintable():
        return None
    name = _text(row.get("name") or row.get("display_name"), 120)
    provider = row.get("top_provider")
    outputs = [row, provider] if isinstance(provider, dict) else [row]
    return Listed(
        id=id_,
        owned_by=_text(row.get("owned_by") or row.get("organization"), 120),
        released=_moment(row.get("created")),
        shutdown_date=_day(row.get("shutdown_date")),
        name="" if name == id_ else name,
        description=_text(row.get("description"), 4000),
        context_window=_count(row.get(name) for name in _WINDOWS),
        max_output=_count(one.get(name) for one in outputs for name in _OUTPUTS),
    )


def _text(value: Any, longest: int) -> str:
    return clean(value).strip()[:longest] if isinstance(value, str) else ""


def _count(values: Any) -> int | None:
    """The first that is a whole number of tokens."""
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST:
            return value
    return None


def _moment(value: Any) -> datetime | None:
    """Servers that do not know it send 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**32:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _day(value: Any) -> date | None:
    if not isinstance(value, str):
        moment = _moment(value)
        return moment.date() if moment else None
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None
