"""Requests to servers that keep objects of ours: raw, bounded, never repeated by the SDK."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import httpx2
from openai import AsyncOpenAI, AsyncStream, Omit
from openai._models import FinalRequestOptions

from agents.providers import transport
from agents.providers.base import Endpoint
from agents.providers.network import whole_body
from agents.providers.streaming import Answer, body_bytes, encoded
from agents.providers.translation import Data, Malformed, parse

PAGE = 100  # rows of a list: the most there are
PAGES = 200


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
