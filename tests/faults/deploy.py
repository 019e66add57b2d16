"""``python -m tests.faults.deploy --minutes 5``: two web servers and two workers on PostgreSQL and
Redis, one of them killed every few seconds, while people talk at both servers.

Everybody's conversation is followed at the other server, too: both see the same streams. The result
is added to ``docs/reliability.jsonl``.
"""

import argparse
import asyncio
import random
import sys
import time
import uuid

from tests.faults import page, results
from tests.faults.stage import Stage, server, worker
from tests.faults.talks import text
from tests.faults.tally import Tally, settle
from tests.harness.client import Client
from tests.harness.installation import Person
from tests.harness.server import Server
from tests.harness.worker import Worker

PEOPLE = 4  # who talk at the same time
EVERY = (2.0, 5.0)  # seconds between two kills
AWAY = (0.0, 1.0)  # seconds until what was killed is started again


async def deploy(stage: Stage, seconds: float, chance: random.Random, tally: Tally) -> None:
    """Play it for so long; a trial is a conversation."""
    at = stage.postgres()
    through = {"REDIS_URL": stage.redis.url}
    webs = [server(at, **through) for _ in range(2)]
    processes: list[Server | Worker] = [
        *webs,
        *(worker(at, f"worker-{place}", **through) for place in range(2)),
    ]
    clients: list[Client] = []
    sent: list[str] = []
    try:
        for process in processes:
            await asyncio.to_thread(process.start)
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            kills = group.create_task(_kill(processes, until, chance))
            late = [
                group.create_task(_talk(webs, at.alice, until, chance, clients, sent))
                for _ in range(PEOPLE)
            ]
        wrong = [text for task in late for text in task.result()]
        tally.judge(at, clients, sent, len(sent), kills.result(), wrong)
    finally:
        for process in processes:
            process.kill()
    rows = at.rows("SELECT status, count(*) AS n FROM giint_run GROUP BY status")
    for row in rows:
        tally.note(f"runs {row['status']}", row["n"])


async def _kill(processes: list[Server | Worker], until: float, chance: random.Random) -> int:
    kills = 0
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*EVERY))
        victim = chance.choice(processes)
        await asyncio.to_thread(victim.kill)
        await asyncio.sleep(chance.uniform(*AWAY))
        await asyncio.to_thread(victim.start)
        kills += 1
    return kills


async def _talk(
    webs: list[Server],
    person: Person,
    until: float,
    chance: random.Random,
    clients: list[Client],
    sent: list[str],
) -> list[str]:
    """One conversation after another, each at one server and followed at the other."""
    late: list[str] = []
    while time.monotonic() < until:
        here, there = chance.sample(webs, 2)
        author = Client(here, person)
        id = uuid.uuid4().hex[:12]
        sent.append(id)
        await author.send(id, text(chance))
        await author.live(lambda: id in author.answers)  # noqa: B023 - awaited here
        reader = Client(there, person, *author.streams)
        clients += [author, reader]
        run = author.answers[id]["run"]
        async with asyncio.TaskGroup() as group:
            one = group.create_task(settle([author]))
            two = group.create_task(_read(reader, run))
        late += [*one.result(), *two.result()]
    return late


async def _read(reader: Client, run: str) -> list[str]:
    try:
        await reader.live(lambda: reader.reader.ended(run))
    except AssertionError as error:
        return [f"waited too long: {error}"[:1500]]
    return await settle([reader])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", default=f"{random.getrandbits(32):08x}")
    given = parser.parse_args()
    tally = Tally()
    began = time.monotonic()
    with Stage() as stage:
        asyncio.run(deploy(stage, given.minutes * 60, random.Random(given.seed), tally))
    row = results.row("deploy", tally, time.monotonic() - began, given.seed)
    results.add(row)
    page.write()
    print(row)
    sys.exit("\n".join(tally.wrong) or 0)


if __name__ == "__main__":
    main()
