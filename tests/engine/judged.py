"""A person's cases for the judge of events (``test_judged_events.py``)."""

from collections.abc import Awaitable, Callable
from typing import Any

from accounts.models import User
from agents.providers.scripted import says, scripted
from giint import engine
from giint.core.db import read_db
from giint.core.events import thread_stream
from giint.engine import journal
from tests.engine.conftest import ended, send

Frame = dict[str, Any]
Deed = Callable[[], Awaitable[Any]]


class Judged:
    """One person's cases: each deed is surrounded by snapshots of the streams it tells of."""

    def __init__(self, user: User, own: str) -> None:
        self.user = user
        self.own = own
        self.cases: list[Frame] = []

    async def deed(self, name: str, deed: Deed, *threads: str, own: bool = True) -> Any:
        """Do it, and keep a case for each stream. Returns what the deed returned."""
        streams = [thread_stream(thread) for thread in threads] + [self.own] * own
        before = [await read_db(journal.snapshot, self.user, stream) for stream in streams]
        result = await deed()
        for stream, was in zip(streams, before, strict=True):
            after = await read_db(journal.snapshot, self.user, stream)
            self.cases.append(
                {
                    "name": f"{name} ({stream.partition(':')[0]})",
                    "before": was,
                    "frames": await self._frames(stream, was["seq"], after["seq"]),
                    "after": after,
                }
            )
        return result

    async def _frames(self, stream: str, after: int, until: int) -> list[Frame]:
        news = await read_db(journal.replay, self.user, stream, after)
        assert news is not None
        return [
            {
                "op": "event",
                "stream": item.stream,
                "seq": item.seq,
                "type": item.event.type,
                "payload": item.event.payload(),
            }
            for item in news
            if item.seq <= until
        ]

    async def answered(self, text: str, *turns: Any, **more: Any) -> engine.Started:
        """Send a message and wait until its run has ended."""
        with scripted(*turns):
            started = await send(self.user, text, **more)
            await ended(started.run)
        return started


async def a_thread(judged: Judged, *turns: Any) -> engine.Started:
    return await judged.answered("Hello", *(turns or [says("Hi", ", you.")]))
