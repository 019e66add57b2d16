"""PostgreSQL restarted immediately, and connections to it cut or stalled, while runs are under way:
what was not committed is rolled back and tried again, and no run is left half done.

A trial is a conversation that was under way at the fault.
"""

import asyncio
import random

from tests.faults.proxy import Proxy
from tests.faults.services import Postgres
from tests.faults.stage import Stage, server, worker
from tests.faults.talks import is_under_way, moment, talks, texts, through
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.installation import Installation

AT_ONCE = 6
HOWS = ("restarted", "restarted", "away", "cut", "stalled")


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, stage.cluster, count, chance, tally, HOWS)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """A database that says "committed" before it has written it down."""
    cluster = stage.postgres_cluster("forgetful", synchronous_commit="off")
    await _play(stage, cluster, 12, chance, tally, ("restarted",), within=20, forgetful=True)


async def _play(
    stage: Stage,
    cluster: Postgres,
    count: int,
    chance: random.Random,
    tally: Tally,
    hows: tuple[str, ...],
    within: float = 90.0,
    *,
    forgetful: bool = False,
) -> None:
    at = stage.postgres(cluster)
    sent: list[str] = []
    async with Proxy.to(cluster.port) as proxy:
        url = at.url.replace(f":{cluster.port}/", f":{proxy.port}/")
        with server(at, DATABASE_URL=url) as web, worker(at, DATABASE_URL=url):
            turn = 0
            while tally.trials < count:
                how = hows[turn % len(hows)]
                turn += 1
                if forgetful:
                    cluster.hold_back()
                number = min(AT_ONCE, count - tally.trials + 1)
                begun = await talks(web, at.alice, texts(chance, number))
                sent += begun
                clients = list(begun.values())
                fault = _broken(cluster, proxy, clients, chance, how)
                hit, late = await through(clients, fault, within)
                tally.count(how, hit)
                tally.judge(at, clients, sent, trials=hit, faults=1, more=[*late, *_failed(at)])
            log = web.log.read_text()
            tally.note("lines of the web server's log", log.count("\n"))


async def _broken(
    cluster: Postgres, proxy: Proxy, clients: list[Client], chance: random.Random, how: str
) -> int:
    await moment(clients, chance, within=10)
    hit = sum(map(is_under_way, clients))
    match how:
        case "restarted":
            await asyncio.to_thread(cluster.restart)
        case "away":
            await asyncio.to_thread(cluster.restart, chance.uniform(0.5, 3.0))
        case "cut":
            proxy.cut()
        case "stalled":
            proxy.stall()
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            proxy.heal()
    return hit


def _failed(at: Installation) -> list[str]:
    """A database that was away for a moment is no reason to fail."""
    rows = at.rows("SELECT id, status, code FROM giint_run WHERE code NOT IN ('', 'attempts')")
    return [f"run {row['id']} ended {row['status']}: {row['code']}" for row in rows]
