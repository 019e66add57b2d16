"""Eight processes write to one SQLite at once: every transaction is there, and none is told that
the database is locked.

A trial is a round in which each of them makes 25 transactions that read, then write.
"""

import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE, Process

from tests.faults.stage import Stage, variables
from tests.faults.tally import Tally
from tests.harness.installation import ROOT, Installation

WRITERS = 8
EACH = 25


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Django's own defaults for SQLite."""
    await _play(stage, 5, tally, FAULTS_SQLITE="plain")


async def _play(stage: Stage, count: int, tally: Tally, **more: str) -> None:
    at = stage.sqlite()
    writers = [await _writer(at, number, **more) for number in range(WRITERS)]
    done = 0
    try:
        for place in range(count):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_write(one)) for one in writers]
            failed = [f"round {place}: {text}" for task in tasks for text in task.result()]
            done += WRITERS * EACH - len(failed)
            (row,) = at.rows("SELECT sum(last_seq) AS n FROM journal_stream")
            if row["n"] != done:
                failed.append(f"round {place}: {done} were committed, {row['n']} are there")
            tally.judge(at, [], [], trials=1, faults=1, more=failed)
    finally:
        for one in writers:
            one.kill()
            await one.wait()


async def _writer(at: Installation, number: int, **more: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.writer", str(number)),
        cwd=ROOT,
        env=at.environment(**variables(**more)),
        stdin=PIPE,
        stdout=PIPE,
    )


async def _write(writer: Process) -> list[str]:
    """One round of one writer; how its transactions failed."""
    if writer.stdin is None or writer.stdout is None:
        return ["a writer without pipes"]
    writer.stdin.write(f"{EACH}\n".encode())
    line = await writer.stdout.readline()
    failed: list[str] = json.loads(line)
    return failed
