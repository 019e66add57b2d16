"""Text to rows: the only writer of the text of streaming messages and entries of transcripts.
docs/invariants/journal.md, rule 7.

With the tick, all texts that grew are written in one transaction, and only forward: the attempt
must be ours, the message still streaming, the run's generation ours. A closing transaction first
lets a batch that holds its message land, so that no older text follows it (without this order 100
of 100 finished messages were truncated).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

from giint.core.db import in_db
from giint.core.prepared import Update
from giint.engine import statements as sql
from giint.engine.hub import Hub, LiveMessage, noun_of
from giint.engine.lasting import lasting

P = ParamSpec("P")
T = TypeVar("T")
BATCH = 500
WRITERS: dict[str, Update[Any]] = {"message": sql.WRITE_TEXT, "entry": sql.WRITE_ENTRY}


@dataclass(frozen=True, slots=True)
class Written:
    """A text on its way to its row, with what must still hold there."""

    message: str
    attempt: int
    run: str
    generation: int
    text: str
    reasoning: str


class Persister:
    """See the module. One per process, on the event loop."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._batch: set[str] = set()
        self._landed = asyncio.Event()
        self._landed.set()

    async def flush(self) -> None:
        """Write every text that grew since the last time. One batch at a time."""
        await self._landed.wait()
        grown = list(self._hub.grown)[:BATCH]
        if not grown:
            return
        self._hub.grown.difference_update(grown)
        self._batch = {message.id for message in grown}
        self._landed.clear()
        try:
            await in_db(write_texts, [_written(message) for message in grown])
        except BaseException:
            self._hub.grown.update(m for m in grown if self._hub.live.get(m.id) is m)
            raise
        finally:
            self._batch = set()
            self._landed.set()

    async def close(
        self, live: LiveMessage, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the closing transaction ``fn`` after everything older of ``live`` has landed."""
        self._hub.grown.discard(live)
        while live.id in self._batch:
            await self._landed.wait()
        try:
            return await lasting(in_db, fn, *args, **kwargs)
        finally:
            self._hub.close(live)


def _written(live: LiveMessage) -> Written:
    return Written(
        live.id,
        live.attempt,
        live.run,
        live.generation or 0,
        live.text.whole(),
        live.reasoning.whole(),
    )


@transaction.atomic
def write_texts(batch: list[Written]) -> int:
    """Write the texts whose conditions still hold; returns how many did."""
    return sum(
        WRITERS[noun_of(item.message)].run(
            message=item.message,
            attempt=item.attempt,
            generation=item.generation,
            text=item.text,
            reasoning=item.reasoning,
        )
        for item in batch
    )
