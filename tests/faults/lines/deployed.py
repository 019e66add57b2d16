"""SIGTERM, as a deployment sends it, while the next server starts: runs are drained or handed over.

A trial is a conversation that was under way at the SIGTERM; the notes say what became of them.
"""

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.talks import is_under_way, moment, talks, texts, through
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 8
DRAINS = ("0", "0.5", "5")  # seconds that runs may go on


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, chance, tally, DRAINS)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """What was handed over is written on as if nothing had happened."""
    await _play(stage, 16, chance, tally, ("0",), talking=True, unguarded="takeover")


async def _play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    drains: tuple[str, ...],
    *,
    talking: bool = False,
    **more: Any,
) -> None:
    at = stage.sqlite()
    sent: list[str] = []
    old = server(at, GIINT_DRAIN=chance.choice(drains), **more)
    await asyncio.to_thread(old.start)
    try:
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials + 1)
            begun = await talks(old, at.alice, texts(chance, number, talking=talking))
            sent += begun
            clients = list(begun.values())
            new = server(at, GIINT_DRAIN=chance.choice(drains), **more)
            when = moment(clients, chance, talking=talking)
            hit, late = await through(clients, _deployed(old, new, clients, when, tally))
            old = new
            tally.judge(at, clients, sent, trials=hit, faults=1, more=late)
    finally:
        old.kill()
    rows = at.rows("SELECT attempt FROM giint_message WHERE role = 'assistant'")
    tally.note("answers that were handed over", sum(row["attempt"] > 1 for row in rows))


async def _deployed(
    old: Server,
    new: Server,
    clients: list[Client],
    when: Coroutine[Any, Any, None],
    tally: Tally,
) -> int:
    await when
    hit = sum(map(is_under_way, clients))
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(new.start))
        group.create_task(asyncio.to_thread(old.stop))
        for client in clients:
            client.server = new
    tally.note("seconds that a server took to end", round(time.monotonic() - began, 1))
    return hit
