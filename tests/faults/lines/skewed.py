"""A worker whose clock is an hour wrong: order is by seq, leases are by the database's clock, so
nobody is taken for dead.

A trial is a conversation while two workers are at it, of which one has the wrong time.
"""

import random
from collections.abc import Iterator

from tests.faults.stage import Stage, server, worker
from tests.faults.talks import moment, talks, texts, through
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.worker import Worker

AT_ONCE = 10
HOUR = 3600


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count // 2, chance, tally, HOUR)
    await _play(stage, count, chance, tally, -HOUR)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Leases by the clock of whoever looks. The right worker has all of the runs when the wrong one
    looks.
    """
    more = {"FAULTS_OFF": "database_clock", "GIINT_RUN_SLOTS": str(AT_ONCE)}
    await _play(stage, 10, chance, tally, HOUR, late=True, **more)


async def _play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    skew: int,
    *,
    late: bool = False,
    **more: str,
) -> None:
    """``late``: the wrong worker stands still until all of them are being answered."""
    at = stage.postgres()
    sent: list[str] = []
    half = {"GIINT_RUN_SLOTS": str(AT_ONCE // 2)} | more  # so that both have some
    with (
        server(at, GIINT_EMBEDDED="false") as web,
        worker(at, "right", **half),
        worker(at, "wrong", FAULTS_SKEW=str(skew), **half) as wrong,
    ):
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials)
            if late:
                wrong.pause()
            begun = await talks(web, at.alice, texts(chance, number, talking=late))
            sent += begun
            clients = list(begun.values())
            hit, waited = await through(clients, _at_it(wrong, clients, chance, late))
            wrongs = [*waited, *_taken(at)]
            tally.judge(at, clients, sent, trials=hit, faults=hit, more=wrongs)


async def _at_it(wrong: Worker, clients: list[Client], chance: random.Random, late: bool) -> int:
    if late:
        await moment(clients, chance, talking=True)
        wrong.resume()
    return len(clients)


def _taken(at: Installation) -> Iterator[str]:
    rows = at.rows("SELECT id, generation FROM giint_run WHERE generation <> 1")
    yield from (f"run {row['id']} was taken away {row['generation'] - 1} times" for row in rows)
