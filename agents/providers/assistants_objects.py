"""Assistants, threads, files and vector stores at the provider, one call each: sync, bounded, never
repeated.

Each runs a loop of its own, as trying an account does, so none is to be called from one.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import openai

from agents.providers import failures, transport
from agents.providers.assistants_request import BETA
from agents.providers.base import Endpoint
from agents.providers.kept_http import Account
from agents.providers.network import NETWORK
from agents.providers.sse import TooLong
from agents.providers.stateful import Kind, Object, Reply, Tags
from agents.providers.translation import Malformed
from giint.core.errors import GiintError

LONGEST = 30.0  # seconds for one
PATHS: dict[str, str] = {
    "assistant": "/assistants",
    "thread": "/threads",
    "file": "/files",
    "vector_store": "/vector_stores",
}
ABSENT = (404, 405, 501)
# Of these OpenAI's own server has nothing any more; files and vector stores are still there.
ENDED = ("assistant", "thread")
Ask = Callable[[Account], Awaitable[list[dict[str, Any]]]]
_TAGGED = re.compile(r"giint\(([^()]*)\)")


def create(endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
    async def ask(account: Account) -> list[dict[str, Any]]:
        return [await account.read("POST", PATHS[kind], body)]

    return _reply(endpoint, kind, ask, absent="assistants_gone" if kind in ENDED else "")


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
    """Threads cannot be listed."""
    if kind == "thread":
        return Reply("remote_unlisted", "threads")

    async def ask(account: Account) -> list[dict[str, Any]]:
        return await account.rows(PATHS[kind])

    return _reply(endpoint, kind, ask, absent="assistants_gone" if kind in ENDED else "")


def first_page(endpoint: Endpoint) -> Reply:
    """Whether the server has assistants at all."""

    async def ask(account: Account) -> list[dict[str, Any]]:
        await account.read("GET", PATHS["assistant"], query={"limit": "1"})
        return []

    return _reply(endpoint, "assistant", ask, absent="assistants_gone")


def tagged(name: str, tags: Tags) -> str:
    """A file has no metadata: its name says whose it is, and keeps its ending."""
    return f"giint({','.join(f'{key}={value}' for key, value in tags.items())}){name}"


def _reply(endpoint: Endpoint, kind: Kind, ask: Ask, *, absent: str) -> Reply:
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
        return Reply("upstream_unreachable", f"no whole answer within {LONGEST:g} s", doubtful=True)
    except (openai.APIError, GiintError) as error:
        return _refused(error, endpoint, absent)
    except (TooLong, Malformed) as error:
        return Reply("upstream_malformed", str(error), doubtful=True)
    except NETWORK:
        return Reply("upstream_cut", doubtful=True)
    finally:
        await transport.close()


def _refused(error: Exception, endpoint: Endpoint, absent: str) -> Reply:
    failed = failures.of_exception(error, endpoint.key)
    if isinstance(error, openai.APIStatusError):
        names_a_model = failed.code == "upstream_no_model"
        if error.status_code in ABSENT and absent and not names_a_model:
            return Reply(absent)
        # A gateway that gives up waiting says 5xx about what was done.
        doubtful = error.status_code >= 500 or error.status_code == 408
        return Reply(failed.code, failed.detail, failed.after, doubtful=doubtful)
    # Where no connection came about, nothing was done.
    return Reply(failed.code, failed.detail, failed.after, doubtful=failed.code == "upstream_cut")


def _object(kind: Kind, row: dict[str, Any]) -> Object:
    """Raises Malformed."""
    id_, given = row.get("id"), row.get("metadata")
    if not isinstance(id_, str):
        raise Malformed("an object without an id")
    if found := _TAGGED.match(str(row.get("filename") or "")):
        given = dict(part.split("=", 1) for part in found[1].split(",") if "=" in part)
    metadata = given if isinstance(given, dict) else {}
    tags = {str(name): value for name, value in metadata.items() if isinstance(value, str)}
    return Object(kind, id_, tags, row)
