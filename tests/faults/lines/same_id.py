"""The same message five times at once, on five sockets of two servers: one run, one call upstream.

A trial is such a message.
"""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.tally import Tally, settle
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.server import Server

AT_ONCE = 5
TIMES = 5


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """A message's own id means nothing."""
    await _play(stage, 5, tally, FAULTS_OFF="same_again")


async def _play(stage: Stage, count: int, tally: Tally, **more: Any) -> None:
    at = stage.postgres()
    sent: list[str] = []
    with server(at, **more) as one, server(at, **more) as two:
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_five(one, two, sent)) for _ in range(number)]
            clients = [client for task in tasks for client in task.result()[0]]
            wrong = [text for task in tasks for text in task.result()[1]]
            wrong += _upstream(at, sent)
            tally.judge(at, clients, sent, trials=number, faults=number, more=wrong)


async def _five(one: Server, two: Server, sent: list[str]) -> tuple[list[Client], list[str]]:
    person = one.installation.alice
    tabs = [Client(web, person) for web in (one, two, one, two, one)]
    id = uuid.uuid4().hex
    sent.append(id)
    for tab in tabs:
        await tab.open()
    async with asyncio.TaskGroup() as group:
        for tab in tabs:
            group.create_task(tab.send(id, f"babble 40 words every 5 ms, {id}"))
    late = await settle(tabs)
    return tabs, [*late, *_answers(id, tabs)]


def _answers(id: str, tabs: list[Client]) -> Iterator[str]:
    answers = [tab.answers.get(id, {}) for tab in tabs]
    if sum(answer.get("created", False) for answer in answers) != 1:
        yield f"{id} was created by {answers}"
    if len({(answer.get("thread"), answer.get("run")) for answer in answers}) != 1:
        yield f"{id} was answered with {answers}"


def _upstream(at: Installation, sent: list[str]) -> Iterator[str]:
    """How often the model was asked."""
    asked = (at.folder / "calls.txt").read_text().splitlines()
    calls = Counter(line.rpartition(" ")[2] for line in asked)
    yield from (f"{id}: upstream was called {calls[id]} times" for id in sent if calls[id] != 1)
