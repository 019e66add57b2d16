"""A page reloaded in the middle of a run: a reader who knows nothing is given the whole text.

A trial is a reader that begins with nothing while the run is under way.
"""

import asyncio
import random
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.talks import is_under_way, until
from tests.faults.tally import Tally, settle
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 20
SECONDS = 1.6  # of a run
TEXTS = ["babble 200 words every 10 ms", "use slow, mark, slow"]


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Who comes into the middle is given what is said from now on."""
    await _play(stage, 10, chance, tally, FAULTS_OFF="catch_up")


async def _play(stage: Stage, count: int, chance: random.Random, tally: Tally, **more: Any) -> None:
    at = stage.sqlite()
    sent: list[str] = []
    with server(at, **more) as web:
        while tally.trials < count:
            author = Client(web, at.alice)
            sent.append(f"{len(sent)}")
            await author.send(sent[-1], TEXTS[len(sent) % 2])
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(settle([author]))
                await until(lambda author=author, id=sent[-1]: id in author.answers)  # type: ignore[misc]
                loads = [
                    group.create_task(_load(web, author, chance.uniform(0, SECONDS)))
                    for _ in range(min(AT_ONCE, count - tally.trials))
                ]
            readers = [reader for task in loads if (reader := task.result())]
            late = [*reading.result(), *await settle(readers)]
            tally.judge(at, [author, *readers], sent, len(readers), len(readers), late)


async def _load(web: Server, author: Client, after: float) -> Client | None:
    """A reader that begins after so many seconds; None, if all was over by then."""
    await asyncio.sleep(after)
    if not is_under_way(author):
        return None
    reader = Client(web, author.person, *author.streams)
    await reader.live(lambda: bool(reader.reader.places) and _is_over(reader))
    return reader


def _is_over(reader: Client) -> bool:
    return bool(reader.reader.runs) and all(map(reader.reader.ended, reader.reader.runs))
