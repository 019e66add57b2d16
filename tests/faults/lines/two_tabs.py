"""Two tabs send into one thread at once, at one process or at two: the same order in both, one run
at a time.

A trial is such a pair of messages.
"""

import asyncio
import json
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.tally import Tally, settle
from tests.harness.checker import EVENTS
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.reader import TERMINAL
from tests.harness.server import Server

AT_ONCE = 10  # threads


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage.sqlite(), count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Every message is begun to be answered when it comes."""
    at = stage.sqlite()
    with closing(sqlite3.connect(at.folder / "giint.sqlite3")) as database:
        database.execute("DROP INDEX one_active_run_per_thread")
    await _play(at, 10, chance, tally, FAULTS_OFF="one_active")


async def _play(
    at: Installation, count: int, chance: random.Random, tally: Tally, **more: Any
) -> None:
    sent: list[str] = []
    with server(at, **more) as here, server(at, **more) as there:
        while tally.trials < count:
            pairs = min(AT_ONCE, count - tally.trials)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(_pair(here, chance.choice([here, there]), chance, sent))
                    for _ in range(pairs)
                ]
            clients = [client for task in tasks for client in task.result()[0]]
            wrong = [text for task in tasks for text in task.result()[1]]
            wrong += [*_two_at_once(at), *_branches(at)]
            tally.judge(at, clients, sent, trials=pairs, faults=pairs, more=wrong)


async def _pair(
    here: Server, there: Server, chance: random.Random, sent: list[str]
) -> tuple[list[Client], list[str]]:
    """A thread, and two tabs of it that send at the same moment."""
    person = here.installation.alice
    one = Client(here, person)
    name = f"{len(sent)}"
    ids = [f"{name}-{word}" for word in ("open", "one", "two")]
    sent += ids
    await one.send(ids[0], "Hello")
    await one.live(one.all_ended)
    thread = one.answers[ids[0]]["thread"]
    two = Client(there, person, f"thread:{thread}")
    await two.open()
    await two.live(lambda: bool(two.reader.places))
    async with asyncio.TaskGroup() as group:
        for tab, id in ((one, ids[1]), (two, ids[2])):
            text = f"babble {chance.randint(10, 60)} words every {chance.randint(1, 6)} ms"
            group.create_task(tab.send(id, text, thread))
    async with asyncio.TaskGroup() as group:  # nobody leaves before both are there
        for tab in (one, two):
            group.create_task(tab.live(lambda: ids[1] in one.answers and ids[2] in two.answers))
    return [one, two], await settle([one, two])


def _two_at_once(at: Installation) -> Iterator[str]:
    """Runs of one thread that were running at the same time, as its journal tells."""
    running: dict[str, set[str]] = defaultdict(set)
    for row in at.rows(EVENTS):
        if row["type"] != "run.status":
            continue
        run = json.loads(row["payload"])["run"]
        if run["status"] in TERMINAL:
            running[row["stream"]].discard(run["id"])
        elif run["status"] == "running":
            running[row["stream"]].add(run["id"])
            if len(running[row["stream"]]) > 1:
                yield f"two at once in {row['stream']}: {sorted(running[row['stream']])}"


def _branches(at: Installation) -> Iterator[str]:
    """Messages that follow the same one: two tabs that saw another order would leave them."""
    rows = at.rows(
        "SELECT parent_id, count(*) AS n FROM giint_message WHERE parent_id IS NOT NULL "
        "GROUP BY parent_id HAVING count(*) > 1"
    )
    yield from (f"{row['n']} messages follow {row['parent_id']}" for row in rows)
