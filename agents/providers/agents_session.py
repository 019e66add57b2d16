"""One model call as a segment of a turn in an agent session: which session, what it is sent, how
its events are followed, and what it knows afterwards.

A stream of a session has no cursor: whoever subscribes late, or is cut off, has missed what was
said. So it is followed before anything is sent, and what a cut stream did not tell is read from the
items of the turn.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import openai

from agents.providers import agents_request as sent
from agents.providers import failures
from agents.providers.agents_events import AgentsTranslation
from agents.providers.agents_items import pending, read, settled
from agents.providers.agents_request import SESSIONS
from agents.providers.agents_usage import Meter
from agents.providers.base import Done, Failed, Item, ProviderEvent, TurnRequest
from agents.providers.kept_http import Account
from agents.providers.network import NETWORK
from agents.providers.sse import Splitter, TooLong
from agents.providers.stateful import Create, Held, Remotes, Tags
from agents.providers.streaming import Answer, body_bytes, over, streamed, taken
from agents.providers.translation import Malformed, parse
from giint.core.errors import GiintError

QUIET = {"include_obfuscation": "false"}  # no padding in the events
CANCEL = 2.0  # seconds for telling the server that nobody waits any more
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a session knows of our path, and what was counted of it. ``waits``: the turn that waits
    for results.
    """

    known: sent.Known
    waits: str
    meter: Meter

    @classmethod
    def of(cls, kept: Body) -> "Memory | None":
        """None: it is not known, because nothing was said to it or something is under way."""
        if "through" not in kept:
            return None
        known = sent.Known(kept["count"], kept["through"])
        return cls(known, kept["waits"], Meter(kept["session"], kept["turn"]))

    def row(self) -> Body:
        return {
            "count": self.known.count,
            "through": self.known.through,
            "waits": self.waits,
            "session": self.meter.session,
            "turn": self.meter.turn,
        }


class Segment:
    """One call. ``turn`` may be used once."""

    def __init__(self, request: TurnRequest, remotes: Remotes) -> None:
        self._request = request
        self._remotes = remotes
        self._translation = AgentsTranslation(request.endpoint.key, taken(request))
        self._held: Held | None = None
        self._sent = False
        self._gone = False
        self._last: ProviderEvent | None = None
        self._chunks: AsyncGenerator[bytes] | None = None
        self._account: Account

    async def turn(self) -> AsyncGenerator[ProviderEvent]:
        error: Exception | None = None
        try:
            async with (
                self._opened() as chunks,
                contextlib.aclosing(self._followed(chunks)) as events,
            ):
                async for event in events:
                    self._last = event
                    yield event
        except (openai.APIError, GiintError) as refused:
            yield failures.of_exception(refused, self._request.endpoint.key)
            return
        except (Malformed, TooLong, *NETWORK) as broken:
            error = broken
        for event in over(self._translation, error):
            yield event

    async def _followed(self, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[ProviderEvent]:
        """What the stream tells, and, where it breaks off, what the items of the turn tell."""
        translation = self._translation
        with contextlib.suppress(*NETWORK):
            async with contextlib.aclosing(streamed(chunks, translation)) as events:
                async for event in events:
                    yield event
                    while translation.approvals:
                        await self._send([sent.approved(translation.approvals.pop())])
        if not translation.ended and translation.turn:
            for event in await self._caught_up():
                yield event

    # --- the way in -------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[AsyncGenerator[bytes]]:
        """The session's stream, with our input on its way."""
        endpoint = self._request.endpoint
        self._account = await Account.of(endpoint, sent.BETA)
        async with contextlib.AsyncExitStack() as stack:
            try:
                chunks = await self._entered(stack)
            except BaseException:
                self._gone = True
                raise
            try:
                yield chunks
            finally:
                await self._left()

    async def _entered(self, stack: contextlib.AsyncExitStack) -> AsyncGenerator[bytes]:
        agent = await self._agent()
        for _ in range(3):
            made = sent.session(self._request, agent.remote_id)
            try:
                held = await self._remotes.hold(
                    "session", sent.digest(made), self._create_session(stack, made)
                )
            except openai.NotFoundError:
                if agent.fresh:
                    raise
                await self._remotes.discard(agent)  # somebody deleted it there
                agent = await self._agent()
                continue
            self._held = held
            self._translation.session = held.remote_id
            if held.fresh and self._chunks is not None:
                self._translation.meter = Meter(session={})
                return self._chunks
            events = await self._input(held)
            if events is not None:
                return await self._said(stack, held, events)
            await self._remotes.discard(held)
        raise GiintError("upstream_failed", "no session could be had")

    async def _agent(self) -> Held:
        body = sent.agent(self._request)

        async def create(tags: Tags) -> str:
            row = await self._account.read("POST", "/agents", body | {"metadata": tags})
            return _id(row)

        return await self._remotes.hold("agent", sent.digest(body), create)

    def _create_session(self, stack: contextlib.AsyncExitStack, made: Body) -> Create:
        """A session without a place for commands must be given its input when it is made: its
        stream is the answer to that.
        """

        async def create(tags: Tags) -> str:
            body = made | {
                "metadata": tags,
                "input": sent.messages(self._request.items),
                "stream": True,
                "stream_options": {"include_obfuscation": False},
            }
            # The ledger goes on with this when nobody waits for it any more.
            async with contextlib.AsyncExitStack() as beside:
                response = await beside.enter_async_context(
                    self._account.call("POST", SESSIONS, body)
                )
                self._sent = True
                id_, self._chunks = await _first(response)
                if not self._gone:
                    stack.push_async_callback(beside.pop_all().aclose)
            return id_

        return create

    async def _input(self, held: Held) -> list[Body] | None:
        """What a session that is there is sent; None where another one is needed."""
        try:
            session = await self._account.read("GET", f"{SESSIONS}/{held.remote_id}")
        except openai.NotFoundError:
            return None
        items, memory = self._request.items, Memory.of(held.memory)
        rest = memory.known.rest(items) if memory else None
        match session.get("status"):
            case "idle" if rest and memory and not memory.waits:
                self._translation.meter = Meter(memory.meter.session)
                return [sent.message_event(rest)]
            case "requires_action":
                if rest is None and self._request.continues.startswith(f"{held.remote_id}/"):
                    rest = sent.since_calls(items)  # the process that knew better is gone
                return self._results(session, rest, memory)
        return None

    def _results(
        self, session: Body, rest: list[Item] | None, memory: Memory | None
    ) -> list[Body] | None:
        turn, calls = pending(session)
        events = sent.result_events(rest, calls, turn) if rest and calls else None
        if events is not None:
            self._translation.go_on(turn, calls, memory.meter if memory else None)
        return events

    async def _said(
        self, stack: contextlib.AsyncExitStack, held: Held, events: list[Body]
    ) -> AsyncGenerator[bytes]:
        if held.memory:  # from here on, until the end is seen, it is not known what it knows
            await self._remotes.remember(held, {})
        path = f"{SESSIONS}/{held.remote_id}/events"
        response = await stack.enter_async_context(self._account.call("GET", path, query=QUIET))
        await self._send(events)
        return body_bytes(response)

    async def _send(self, events: list[Body]) -> None:
        """Input is sent once more where no answer came: its key makes it the same one."""
        path, key = f"{SESSIONS}/{self._translation.session}/events", uuid4().hex
        self._sent = True
        try:
            await self._account.read("POST", path, {"events": events}, key=key)
        except (openai.APIConnectionError, *NETWORK):
            await self._account.read("POST", path, {"events": events}, key=key)

    # --- the way out ------------------------------------------------------------------------------

    async def _caught_up(self) -> list[ProviderEvent]:
        translation = self._translation
        try:
            session = await settled(self._account, translation.session)
            inside = sent.has_subagents(self._request)
            told = await read(
                self._account, session, translation.turn, translation.answered, inside=inside
            )
        except (openai.APIError, Malformed, TooLong, *NETWORK):
            return []
        return translation.caught_up(told)

    async def _left(self) -> None:
        """Nobody follows any more: what the session knows is kept, or what it does is ended."""
        match self._last:
            case Done(items) if self._held is not None:
                known = sent.known([*self._request.items, *items])
                waits = self._translation.turn if self._translation.pending else ""
                memory = Memory(known, waits, self._translation.meter)
                await self._remotes.remember(self._held, memory.row())
            case Failed() if self._held is not None and self._translation.ended:
                await self._remotes.discard(self._held)
            case _ if self._sent and self._translation.session:
                await self._cancel()

    async def _cancel(self) -> None:
        with contextlib.suppress(openai.APIError, TimeoutError, Malformed, TooLong, *NETWORK):
            async with asyncio.timeout(CANCEL):
                await self._send([sent.CANCEL])


async def _first(response: Answer) -> tuple[str, AsyncGenerator[bytes]]:
    """The id of the session that a stream begins with, and the whole of it. Raises Malformed."""
    kind = response.headers.get("content-type", "")
    if not kind.startswith("text/event-stream"):
        raise Malformed("it answered without a stream")
    splitter, read, chunks = Splitter(), list[bytes](), body_bytes(response)
    async for chunk in chunks:
        read.append(chunk)
        for _, data in splitter.feed(chunk):
            session = parse(data).get("session")
            if isinstance(session, dict):
                return _id(session), _again(read, chunks)
    raise GiintError("upstream_cut")


async def _again(read: list[bytes], chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with contextlib.aclosing(chunks):
        for chunk in read:
            yield chunk
        async for chunk in chunks:
            yield chunk


def _id(row: Body) -> str:
    id_ = row.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= 100 or not id_.isprintable() or "/" in id_:
        raise Malformed("an object without an id")
    return id_
