"""A transcript as a tool writes it: whole entries, and entries that grow token by token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agents.models import Agent
from agents.tools.base import Entry, Heard, Reply
from giint.core.db import read_db
from giint.core.ids import entry_id
from giint.core.text import Cleaner, clean
from giint.engine import transcripts as rows
from giint.engine.fence import Fenced
from giint.engine.hub import Hub, LiveMessage
from giint.engine.lasting import AWAY, lasting
from giint.engine.transcripts import Ended, Heading
from giint.engine.work import Child
from transcripts.models import Transcript, TranscriptEntry

if TYPE_CHECKING:
    from giint.engine.context import CallContext

LOOK = 0.5  # seconds between two looks at what its reader asks of it
Hold = Transcript.Hold


class Line:
    """An entry that is being written."""

    def __init__(self, hub: Hub, live: LiveMessage) -> None:
        self._hub = hub
        self._live = live
        self._cleaner = Cleaner()

    def add(self, text: str) -> None:
        """More of it: live at once, kept with the tick. From the loop."""
        if piece := self._cleaner.feed(text):
            self._hub.add(self._live, piece)

    def end(self) -> str:
        """All of it."""
        if rest := self._cleaner.end():
            self._hub.add(self._live, rest)
        return self._live.text.whole()


class Side:
    """A ``SideTranscript`` (agents/tools/base.py). It closes with its call, at the latest."""

    def __init__(self, context: "CallContext", id: str) -> None:
        self.id = id
        self._context = context
        self._said = 0
        self._asked: set[Child] = set()  # who is answering into it
        self._watch: asyncio.Task[None] | None = None
        self._heard = 0  # the last entry of a person's that was heard

    async def say(self, name: str, text: str, *, key: str = "", agent: Agent | None = None) -> None:
        """An entry that is whole. Without a ``key`` it is known by its place among the calls of
        ``say`` and ``line``, which a tool that is repeated makes again in the same order.
        """
        heading = self._heading(name, key, agent)
        await self._context.write(rows.say, self.id, heading, Ended(clean(text)))

    @asynccontextmanager
    async def line(
        self, name: str, *, key: str = "", agent: Agent | None = None
    ) -> AsyncIterator[Line]:
        """An entry that grows by ``add``. One that is cut short is begun again by the next attempt
        at the call; one that is whole is left as it is.
        """
        context, heading = self._context, self._heading(name, key, agent)
        there = await lasting(read_db, rows.entry_of, self.id, heading.key)
        is_final = there is not None and there.status != TranscriptEntry.Status.STREAMING
        attempt = there.attempt + 1 if there else 1
        live = self._live(there.id if there else entry_id(), attempt)
        if is_final:
            yield Line(Hub(), live)
            return
        context.work.hub.open(live)
        context.lives.add(live)
        await context.write(rows.open_entry, live.id, self.id, heading, attempt)
        line = Line(context.work.hub, live)
        yield line
        ended = Ended(line.end())
        try:
            await context.persister.close(live, rows.close_entry, context.claim, live.id, ended)
        except (Fenced, *AWAY) as error:
            context.fatal = error
            raise
        context.lives.discard(live)

    async def choose(self, reply: Reply, choice: str) -> None:
        """Note what an answer chose."""
        await self._context.write(rows.choose, reply.entry, choice)

    async def entries(self) -> list[Entry]:
        """What is in it by now, in order."""
        return await lasting(read_db, rows.entries, self.id)

    async def heard(self) -> Heard:
        """What its reader said since the last time, and whether they stopped it. While they pause
        it, this waits, and the call's time stands still.
        """
        hold, said = await self._look()
        if hold == Hold.PAUSED:
            async with self._context.standing_still():
                while hold == Hold.PAUSED:
                    await asyncio.sleep(LOOK)
                    hold, said = await self._look()
        if said:
            self._heard = said[-1][0]
        return Heard(hold == Hold.STOPPED, [text for _, text in said])

    async def _look(self) -> tuple[str, list[tuple[int, str]]]:
        return await lasting(read_db, rows.hold_of, self.id, self._heard)

    # --- who answers into it ----------------------------------------------------------------------

    def attend(self, child: Child) -> None:
        """Somebody answers into it: whom its reader can stop."""
        self._asked.add(child)
        if self._watch is None:
            self._watch = asyncio.ensure_future(self._watching())

    def leave(self, child: Child) -> None:
        self._asked.discard(child)
        if not self._asked and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            hold, _ = await self._look()
            if hold == Hold.STOPPED:
                for child in tuple(self._asked):
                    child.halt("stopped")

    async def close(self, result: dict[str, Any] | None = None) -> None:
        """Nothing more comes. ``result``: what came of it, in JSON."""
        done = Transcript.Status.DONE
        await self._context.write(rows.close_transcript, self.id, status=done, result=result or {})

    def _heading(self, name: str, key: str, agent: Agent | None) -> Heading:
        self._said += 1
        return Heading(key or f"say {self._said}", name, agent=agent.id if agent else None)

    def _live(self, id: str, attempt: int) -> LiveMessage:
        claim = self._context.claim
        return LiveMessage(
            id=id,
            stream=claim.stream,
            run=claim.run,
            attempt=attempt,
            generation=claim.generation,
        )
