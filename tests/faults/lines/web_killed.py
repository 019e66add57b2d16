"""kill -9 of the web server in the middle of runs: clients go on at their seq, runs go on or end
with what was said.

A trial is a conversation that was under way at the kill.
"""

import asyncio
import random
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.talks import is_under_way, moment, talks, texts, through
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 8


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await play(stage, count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """A message that was cut short is written on as if nothing had happened."""
    await play(stage, 16, chance, tally, talking=True, unguarded="takeover")


async def play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    *,
    kills: tuple[int, ...] = (1,),
    talking: bool = False,
    **more: Any,
) -> None:
    """Rounds of conversations, each with so many kills as chance chooses of ``kills``."""
    at = stage.sqlite()
    sent: list[str] = []
    with server(at, **more) as web:
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials + 1)
            begun = await talks(web, at.alice, texts(chance, number, talking=talking))
            sent += begun
            clients = list(begun.values())
            times = chance.choice(kills)
            fault = _killed(web, clients, chance, times, talking)
            hit, late = await through(clients, fault)
            tally.judge(at, clients, sent, trials=hit, faults=times, more=late)


async def _killed(
    web: Server, clients: list[Client], chance: random.Random, times: int, talking: bool
) -> int:
    """How many conversations the last kill hit."""
    await moment(clients, chance, talking=talking)
    hit = await _kill(web, clients)
    for _ in range(times - 1):
        # It has only just begun to find what the last one left behind.
        await asyncio.sleep(chance.uniform(0, 0.4))
        hit = await _kill(web, clients)
    return hit


async def _kill(web: Server, clients: list[Client]) -> int:
    await asyncio.to_thread(web.kill)
    hit = sum(map(is_under_way, clients))
    await asyncio.to_thread(web.start)
    return hit
