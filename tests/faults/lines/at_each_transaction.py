"""kill -9 exactly before, within and after each transaction of a run: between a tool's effect and
its record, between a claim and the call, between an end and its news.

A trial is a conversation that was under way when the server ended itself. Every place has its turn;
a takeover is cut short after a first death, between a tool's result and its record.
"""

import asyncio
import contextlib
import itertools
import random
from typing import Any

from tests.faults.dies import OF_RUNS, WHENS
from tests.faults.lines.worker_killed import outcomes
from tests.faults.stage import Stage, server
from tests.faults.talks import is_under_way, talks, through, until
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 5
TEXTS = ("use slow, mark", "use mark")
UNRECORDED = ("record_call", "before")
Place = tuple[str, str]


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    places = list(itertools.product(OF_RUNS, WHENS))
    chance.shuffle(places)
    await _play(stage, count, chance, tally, places)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Every call that was cut short is made again. It ends between a result and its record."""
    more = {"FAULTS_OFF": "once", "HARNESS_MARK": "3"}
    await _play(stage, 10, chance, tally, [UNRECORDED], ("use mark",), **more)


async def _play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    places: list[Place],
    texts: tuple[str, ...] = TEXTS,
    **more: Any,
) -> None:
    at = stage.sqlite()
    sent: list[str] = []
    web = server(at, **more)
    try:
        for place in itertools.cycle(places):
            deaths = [UNRECORDED, place] if place[0] == "_take_over" else [place]
            await asyncio.to_thread(web.start, FAULTS_DIES=_nth(deaths[0], chance))
            begun = await talks(web, at.alice, [chance.choice(texts) for _ in range(AT_ONCE)])
            sent += begun
            clients = list(begun.values())
            wrong: list[str] = []
            hit, late = await through(clients, _ended(web, clients, deaths, chance, wrong))
            tally.count(f"{place[1]} {place[0].lstrip('_')}", hit)
            found = [*late, *wrong, *outcomes(at, [])]
            tally.judge(at, clients, sent, trials=hit, faults=len(deaths), more=found)
            web.kill()
            if tally.trials >= count:
                break
    finally:
        web.kill()


async def _ended(
    web: Server,
    clients: list[Client],
    deaths: list[Place],
    chance: random.Random,
    wrong: list[str],
) -> int:
    """Each death comes, and after it the server is started again. How many the last one hit."""
    hit = 0
    for place, following in itertools.zip_longest(deaths, deaths[1:]):
        if not await until(lambda: web.is_gone):
            wrong.append(f"the server did not come to its end {place}")
        hit = sum(map(is_under_way, clients))
        web.kill()
        if following is None:
            await asyncio.to_thread(web.start)
        else:  # which may come to its end before it answers
            with contextlib.suppress(RuntimeError):
                await asyncio.to_thread(web.start, FAULTS_DIES=_nth(following, chance))
    return hit


def _nth(place: Place, chance: random.Random) -> str:
    """Some places are come to only once for all conversations together."""
    name, when = place
    often = name not in {"write_texts", "_take_over"}
    return f"{name} {when} {chance.randint(1, 3) if often else 1}"
