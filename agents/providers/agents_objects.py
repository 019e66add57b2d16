"""Agents and sessions at the provider, one call each: sync, bounded, never repeated.

Each runs a loop of its own, as trying an account does, so none is to be called from one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import openai

from agents.providers import failures, transport
from agents.providers.agents_request import BETA, SESSIONS
from agents.providers.base import Endpoint
from agents.providers.kept_http import Account
from agents.providers.network import NETWORK
from agents.providers.sse import TooLong
from agents.providers.stateful import Kind, Object, Reply
from agents.providers.translation import Malformed
from giint.core.errors import GiintError

LONGEST = 30.0  # seconds for one
PATHS: dict[str, str] = {"agent": "/agents", "session": SESSIONS}
ABSENT = (404, 405, 501)
Ask = Callable[[Account], Awaitable[list[dict[str, Any]]]]


def create(endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
    async def ask(account: Account) -> list[dict[str, Any]]:
        return [await account.read("POST", PATHS[kind], body)]

    return _reply(endpoint, kind, ask)


def fetch(endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
    async def ask(account: Account) -> list[dict[str, Any]]:
        return [await account.read("GET", f"{PATHS[kind]}/{remote_id}")]

    return _reply(endpoint, kind, ask, absent="remote_gone")


def delete(endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
    """One that the server does not know is deleted."""

    async def ask(account: Account) -> list[dict[str, Any]]:
        await account.read("DELETE", f"{PATHS[kind]}/{remote_id}")
        return []

    gone = _reply(endpoint, kind, ask, absent="remote_gone")
    return Reply() if gone.code == "remote_gone" else gone


def inventory(endpoint: Endpoint, kind: Kind) -> Reply:
    async def ask(account: Account) -> list[dict[str, Any]]:
        return await account.rows(PATHS[kind])

    return _reply(endpoint, kind, ask, absent="remote_unlisted")


def first_page(endpoint: Endpoint, kind: Kind) -> Reply:
    """Whether the server has such objects at all."""

    async def ask(account: Account) -> list[dict[str, Any]]:
        await account.read("GET", PATHS[kind], query={"limit": "1"})
        return []

    found = _reply(endpoint, kind, ask, absent="upstream_rejected")
    if found.code == "upstream_rejected":
        return Reply(found.code, "this server has no Agents API")
    return found


def _reply(endpoint: Endpoint, kind: Kind, ask: Ask, *, absent: str = "") -> Reply:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_asked(endpoint, kind, ask, absent))
    finally:
        loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs


async def _asked(endpoint: Endpoint, kind: Kind, ask: Ask, absent: str) -> Reply:
    try:
        async with asyncio.timeout(LONGEST):
            account = await Account.of(endpoint, BETA)
            return Reply(objects=[_object(kind, row) for row in await ask(account)])
    except TimeoutError:
        detail = f"no whole answer within {LONGEST:g} s"
        return Reply("upstream_unreachable", detail, doubtful=True)
    except (openai.APIError, GiintError) as error:
        failed = failures.of_exception(error, endpoint.key)
        answered = isinstance(error, openai.APIStatusError)
        if absent and isinstance(error, openai.APIStatusError) and error.status_code in ABSENT:
            return Reply(absent)
        # Where no connection came about, nothing was done.
        broke = not answered and failed.code == "upstream_cut"
        return Reply(failed.code, failed.detail, failed.after, doubtful=broke)
    except (TooLong, Malformed) as error:
        return Reply("upstream_malformed", str(error), doubtful=True)
    except NETWORK:
        return Reply("upstream_cut", doubtful=True)
    finally:
        await transport.close()


def _object(kind: Kind, row: dict[str, Any]) -> Object:
    """Raises Malformed."""
    id_, given = row.get("id"), row.get("metadata")
    if not isinstance(id_, str):
        raise Malformed("an object without an id")
    metadata = given if isinstance(given, dict) else {}
    tags = {str(name): value for name, value in metadata.items() if isinstance(value, str)}
    return Object(kind, id_, tags, row)
