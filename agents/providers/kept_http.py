"""Requests to servers that keep objects of ours: raw, bounded, never repeated by the SDK.

``Account`` is for whoever is in a loop; ``Objects`` makes one call about an object, sync, in a loop
of its own, as trying an account does: so none of it is to be called from one.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream, Omit
from openai._models import FinalRequestOptions

from agents.providers import failures, transport
from agents.providers.base import Endpoint
from agents.providers.network import NETWORK, whole_body
from agents.providers.sse import TooLong
from agents.providers.stateful import Kind, Object, Reply
from agents.providers.streaming import Answer, body_bytes, encoded
from agents.providers.translation import Data, Malformed, parse
from giint.core.errors import GiintError

PAGE = 100  # rows of a list: the most there are
PAGES = 200
LONGEST = 30.0  # seconds for one call about an object
ABSENT = (404, 405, 501)


@dataclass(frozen=True, slots=True)
class Account:
    """A client that was lent for one call of ours, and whose it is. ``beta``: which interface, in
    the words of the header ``OpenAI-Beta``.
    """

    client: AsyncOpenAI
    endpoint: Endpoint
    beta: str

    @classmethod
    async def of(cls, endpoint: Endpoint, beta: str) -> "Account":
        """Raises what ``transport.lend`` raises."""
        return cls(await transport.lend(endpoint), endpoint, beta)

    @contextlib.asynccontextmanager
    async def call(
        self,
        method: str,
        path: str,
        body: Data | None = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> AsyncIterator[Answer]:
        """The open response. ``key``: the Idempotency-Key. Raises what the SDK raises."""
        options = FinalRequestOptions.construct(
            method=method,
            url=path,
            headers=self._headers(key),
            content=None if body is None else encoded(body),
            params=query or {},
        )
        response = await self.client.request(
            httpx2.Response, options, stream=True, stream_cls=AsyncStream[Any]
        )
        answer = cast(Answer, response)
        try:
            yield answer
        finally:
            await answer.aclose()

    def _headers(self, key: str) -> dict[str, str | Omit]:
        secret = self.endpoint.key.reveal()
        headers: dict[str, str | Omit] = {
            "Authorization": f"Bearer {secret}" if secret else Omit(),
            "OpenAI-Beta": self.beta,
            "Accept": "text/event-stream, application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }
        return headers | ({"Idempotency-Key": key} if key else {})

    async def read(
        self,
        method: str,
        path: str,
        body: Data | None = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> Data:
        """The object that comes back; empty where nothing does. Raises Malformed, TooLong,
        NETWORK's and what the SDK raises.
        """
        async with self.call(method, path, body, query, key) as response:
            return await whole(response)

    async def upload(self, name: str, content: bytes) -> Data:
        """A new file. Raises the same as ``read``."""
        secret = self.endpoint.key.reveal()
        async with self.client.files.with_streaming_response.create(
            file=(name, content),
            purpose="assistants",
            extra_headers={"Authorization": f"Bearer {secret}" if secret else Omit()},
        ) as response:
            chunks = cast(AsyncGenerator[bytes], response.iter_bytes())
            async with contextlib.aclosing(chunks):
                return parse(await whole_body(chunks))

    async def rows(self, path: str, **query: str) -> list[Data]:
        """All rows of a list, oldest first, page by page. Raises what ``read`` raises."""
        found: dict[str, Data] = {}
        query = {"limit": str(PAGE), "order": "asc"} | query
        for _ in range(PAGES):
            page = await self.read("GET", path, query=query)
            before = len(found)
            for row in page.get("data") or []:
                found.setdefault(str(row.get("id") or f"#{len(found)}"), row)
            after = str(page.get("last_id") or next(reversed(found), ""))
            # A server that says "more" and gives the same page again does not know ``after``.
            if page.get("has_more") is not True or not after or len(found) == before:
                return list(found.values())
            query["after"] = after
        raise Malformed(f"a list of more than {PAGES} pages")


async def whole(response: Answer) -> Data:
    """The object in a response; empty where there is none. Raises what ``Account.read`` raises."""
    chunks = body_bytes(response)
    async with contextlib.aclosing(chunks):
        text = await whole_body(chunks)
    return parse(text) if text.strip() else {}


# --- one call about an object ---------------------------------------------------------------------


def object_of(kind: Kind, row: Data) -> Object:
    """The object with its tags, which are its metadata. Raises Malformed."""
    id_, given = row.get("id"), row.get("metadata")
    if not isinstance(id_, str):
        raise Malformed("an object without an id")
    metadata = given if isinstance(given, dict) else {}
    tags = {str(name): value for name, value in metadata.items() if isinstance(value, str)}
    return Object(kind, id_, tags, row)


Ask = Callable[[Account], Awaitable[list[Data]]]


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of one API. ``paths``: where each kind is; ``read``: how a row becomes one;
    ``relayed``: a gateway may stand before the server, whose 5xx and 408 say nothing of what was
    done, and whose 404 may be about a model.

    ``absent`` is what a server that answers "not there" to a call is said to mean.
    """

    beta: str
    paths: dict[str, str]
    read: Callable[[Kind, Data], Object] = object_of
    relayed: bool = False

    def create(
        self, endpoint: Endpoint, kind: Kind, body: dict[str, Any], absent: str = ""
    ) -> Reply:
        async def ask(account: Account) -> list[Data]:
            return [await account.read("POST", self.paths[kind], body)]

        return self._reply(endpoint, kind, ask, absent)

    def fetch(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        async def ask(account: Account) -> list[Data]:
            return [await account.read("GET", f"{self.paths[kind]}/{remote_id}")]

        return self._reply(endpoint, kind, ask, "remote_gone")

    def delete(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        """One that the server does not know is deleted."""

        async def ask(account: Account) -> list[Data]:
            await account.read("DELETE", f"{self.paths[kind]}/{remote_id}")
            return []

        gone = self._reply(endpoint, kind, ask, "remote_gone")
        return Reply() if gone.code == "remote_gone" else gone

    def inventory(self, endpoint: Endpoint, kind: Kind, absent: str) -> Reply:
        async def ask(account: Account) -> list[Data]:
            return await account.rows(self.paths[kind])

        return self._reply(endpoint, kind, ask, absent)

    def first_page(self, endpoint: Endpoint, kind: Kind, absent: str) -> Reply:
        """Whether the server has such objects at all."""

        async def ask(account: Account) -> list[Data]:
            await account.read("GET", self.paths[kind], query={"limit": "1"})
            return []

        return self._reply(endpoint, kind, ask, absent)

    def _reply(self, endpoint: Endpoint, kind: Kind, ask: Ask, absent: str) -> Reply:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._asked(endpoint, kind, ask, absent))
        finally:
            loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs

    async def _asked(self, endpoint: Endpoint, kind: Kind, ask: Ask, absent: str) -> Reply:
        try:
            async with asyncio.timeout(LONGEST):
                account = await Account.of(endpoint, self.beta)
                return Reply(objects=[self.read(kind, row) for row in await ask(account)])
        except TimeoutError:
            detail = f"no whole answer within {LONGEST:g} s"
            return Reply("upstream_unreachable", detail, doubtful=True)
        except (openai.APIError, GiintError) as error:
            return self._refused(error, endpoint, absent)
        except (TooLong, Malformed) as error:
            return Reply("upstream_malformed", str(error), doubtful=True)
        except NETWORK:
            return Reply("upstream_cut", doubtful=True)
        finally:
            await transport.close()

    def _refused(self, error: Exception, endpoint: Endpoint, absent: str) -> Reply:
        failed = failures.of_exception(error, endpoint.key)
        # Where no connection came about, nothing was done.
        doubtful = failed.code == "upstream_cut"
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            names_a_model = self.relayed and failed.code == "upstream_no_model"
            if status in ABSENT and absent and not names_a_model:
                return Reply(absent)
            doubtful = self.relayed and (status >= 500 or status == 408)
        return Reply(failed.code, failed.detail, failed.after, doubtful=doubtful)
