"""Close is not stop: a socket that closes ends nothing, stop ends the turn within a second (as many
times longer as the machine has more to do than it has cores).

A trial is a conversation whose socket was closed, or whose turn was stopped, in its middle. What
was said before a stop is kept.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any

from tests.faults.stage import Stage, server
from tests.faults.talks import has_said, talks
from tests.faults.tally import Tally, settle
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.patience import promised

AT_ONCE = 10
TEXT = "babble 250 words every 10 ms"
SOON = 1.0  # seconds from the frame that stops to the event that tells of the end


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """A turn ends with the socket that asked for it. All of them close."""
    await _play(stage, 10, chance, tally, stops=0, FAULTS_OFF="outlives")


async def _play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    stops: int = 1,
    **more: Any,
) -> None:
    """``stops``: of two conversations so many are stopped, and the others closed."""
    at = stage.sqlite()
    sent: list[str] = []
    with server(at, **more) as web:
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials)
            begun = await talks(web, at.alice, [TEXT] * number)
            sent += begun
            closed = {id: place % 2 >= stops for place, id in enumerate(begun)}
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(_halted(client, id, closed[id], chance.random()))
                    for id, client in begun.items()
                ]
            done = [task.result() for task in tasks]
            clients = [client for client, _, _ in done]
            wrong = [text for _, text, _ in done if text]
            tally.note("seconds from stop to its end", max(took for _, _, took in done))
            wrong += await settle(clients)
            wrong += _statuses(at, closed)
            tally.judge(at, clients, sent, trials=number, faults=number, more=wrong)


async def _halted(
    client: Client, id: str, closes: bool, chance: float
) -> tuple[Client, str, float]:
    """Close or stop somewhere in the text. Who reads on, what was wrong, seconds that it took."""
    await client.live(lambda: has_said(client, int(20 + 400 * chance)))
    if closes:
        await client.close()
        await asyncio.sleep(0.2 + chance)
        reader = Client(client.server, client.person, *client.streams)
        await reader.live(lambda: reader.reader.ended(client.answers[id]["run"]))
        return reader, "", 0.0
    began = time.monotonic()
    await client.tell({"op": "stop", "thread": client.answers[id]["thread"], "id": f"stop-{id}"})
    await client.live(client.all_ended)
    took = time.monotonic() - began
    soon = promised(SOON)
    return client, f"{id} was stopped after {took:.2f} s" if took > soon else "", round(took, 2)


def _statuses(at: Installation, closed: dict[str, bool]) -> Iterator[str]:
    rows = at.rows(
        "SELECT r.client_id, r.status, length(m.text) AS n FROM giint_run r "
        "JOIN giint_message m ON m.run_id = r.id"
    )
    for row in rows:
        if row["client_id"] not in closed:
            continue
        expected = "completed" if closed[row["client_id"]] else "cancelled"
        if row["status"] != expected:
            yield f"{row['client_id']} ended {row['status']}, not {expected}"
        elif not row["n"]:
            yield f"{row['client_id']} kept nothing of its text"
