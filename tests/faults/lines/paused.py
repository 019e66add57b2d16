"""A process that stands still beyond its lease while another takes its runs, and then goes on: its
generation is over, and nothing of what it still has is written or told.

A trial is a run that it held. A process is taken for dead after 2 s here, after 10 in earnest.
"""

import asyncio
import random
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.talks import has_said, is_under_way, talks, through, until
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 10
DEAD = 2.0
TEXTS = ["babble 130 words every 15 ms", "babble 160 words every 12 ms"]


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Texts are written whatever has become of their message, and closing waits for nothing."""
    await _play(stage, 10, chance, tally, unguarded="persister")


async def _play(stage: Stage, count: int, chance: random.Random, tally: Tally, **more: Any) -> None:
    at = stage.sqlite()
    sent: list[str] = []
    given = more | {"FAULTS_DEAD": str(DEAD)}
    with server(at, GIINT_EMBEDDED="false", **given) as talking, server(at, **given) as holder:
        while tally.trials < count:
            texts = [chance.choice(TEXTS) for _ in range(min(AT_ONCE, count - tally.trials))]
            begun = await talks(talking, at.alice, texts)
            sent += begun
            clients = list(begun.values())
            hit, late = await through(clients, _paused(holder, server(at, **given), clients))
            tally.judge(at, clients, sent, trials=hit, faults=1, more=late)


async def _paused(holder: Server, other: Server, clients: list[Client]) -> int:
    """How many runs were held. ``other`` is there until all of them have ended."""
    await until(lambda: all(map(has_said, clients)))
    await asyncio.to_thread(holder.pause)
    hit = sum(map(is_under_way, clients))
    await asyncio.to_thread(other.start)
    await until(lambda: not any(map(is_under_way, clients)))
    holder.resume()
    await asyncio.sleep(1.2)  # two ticks, in which it would write what it still has
    await asyncio.to_thread(other.kill)
    return hit
