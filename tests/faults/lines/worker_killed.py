"""kill -9 of a worker before, in and after a tool call: recorded results are used again, safe calls
are made again, others are of unknown outcome.

A trial is a conversation that was under way at the kill; the notes say in which phase it was.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

from tests.faults.stage import Stage, server, worker
from tests.faults.talks import has_begun, is_under_way, talks, through, until
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.installation import Installation, Row
from tests.harness.worker import Worker

AT_ONCE = 6
TEXTS = ("use mark", "use slow", "use mark, slow", "use slow, mark, calculate")
PHASES = ("before", "in", "after")
Of = Callable[[Iterable[bool]], bool]  # how many conversations have to be in the phase
CALLS = "SELECT id, call_id, tool, status, result FROM transcripts_tooloutput"


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Every call that was cut short is made again. All of them are in one, and it takes longer."""
    more = {"FAULTS_OFF": "once", "HARNESS_MARK": "4"}
    await _play(stage, 12, chance, tally, texts=("use mark",), phases=("in",), of=all, **more)


async def _play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    *,
    texts: tuple[str, ...] = TEXTS,
    phases: tuple[str, ...] = PHASES,
    of: Of = any,
    **more: str,
) -> None:
    at = stage.postgres()
    sent: list[str] = []
    # A mark takes 0.1 s; a dead process of this host is known at once.
    with server(at, GIINT_EMBEDDED="false") as web, worker(at, **more) as hands:
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials + 1)
            begun = await talks(web, at.alice, [chance.choice(texts) for _ in range(number)])
            sent += begun
            clients = list(begun.values())
            before: list[Row] = []
            phase = chance.choice(phases)
            fault = _killed(at, hands, clients, _come(clients, phase, of), tally, before)
            hit, late = await through(clients, fault)
            wrong = [*late, *outcomes(at, before)]
            tally.judge(at, clients, sent, trials=hit, faults=1, more=wrong)


async def _killed(
    at: Installation,
    hands: Worker,
    clients: list[Client],
    moment: Coroutine[Any, Any, bool],
    tally: Tally,
    before: list[Row],
) -> int:
    """Kill the worker then; leave the calls of then in ``before``."""
    await moment
    await asyncio.to_thread(hands.kill)
    hit = [client for client in clients if is_under_way(client)]
    before += await asyncio.to_thread(at.rows, CALLS)
    for name, number in Counter(map(_phase, hit)).items():
        tally.count(f"hit {name} a call", number)
    await asyncio.to_thread(hands.start)
    return len(hit)


async def _come(clients: list[Client], phase: str, of: Of) -> bool:
    return await until(lambda: of(_phase(client) == phase for client in clients), 10)


def _phase(client: Client) -> str:
    calls = client.reader.calls.values()
    if "running" in calls:
        return "in"
    if calls:
        return "after"
    return "before" if has_begun(client) else "queued, before"


def outcomes(at: Installation, before: list[Row]) -> Iterator[str]:
    """What is wrong with the calls: changed since they were recorded, or not what the tool
    allows.
    """
    now = {row["id"]: row for row in at.rows(CALLS)}
    effects = Counter(at.effects())
    for row in before:
        if row["status"] != "running" and now[row["id"]] != row:
            yield f"call {row['id']} was recorded as {row} and is {now[row['id']]}"
    for row in now.values():
        if row["tool"] == "slow" and row["status"] != "done":
            yield f"call {row['id']} of a safe tool is {row['status']}"
        if row["tool"] == "mark" and row["status"] not in {"done", "unknown"}:
            yield f"call {row['id']} of mark is {row['status']}"
        if row["tool"] == "mark" and row["status"] == "done" and effects[row["call_id"]] != 1:
            yield f"call {row['id']} is done and took effect {effects[row['call_id']]} times"
