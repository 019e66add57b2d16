"""Every fault, shortly. Long: ``make faults``; what came of that: docs/reliability.md."""

import random
import time

import pytest

from tests.faults.deploy import deploy
from tests.faults.stage import Stage
from tests.faults.table import LINES, Line
from tests.faults.tally import Tally
from tests.services import need_postgres_binaries, need_redis_server

AT_MOST = 6  # rounds until a control must have shown damage
CONTROLS = (6, 21, 27)  # the quick ones; the long version plays all of them


def _of(number: int) -> object:
    marks = [pytest.mark.slow, *([pytest.mark.service] if LINES[number].needs else [])]
    return pytest.param(LINES[number], id=f"{number}-{LINES[number].module}", marks=marks)


def _have(line: Line) -> None:
    if "postgres" in line.needs:
        need_postgres_binaries()
    if "redis" in line.needs:
        need_redis_server()


@pytest.mark.parametrize("line", [_of(number) for number in LINES])
async def test_nothing_is_lost_repeated_or_without_an_end(stage: Stage, line: Line) -> None:
    _have(line)
    tally = Tally()
    await line.play(stage, line.quick, random.Random(time.time()), tally)
    assert tally.wrong == []
    assert tally.trials >= line.quick
    assert tally.events > 0


@pytest.mark.parametrize("line", [_of(number) for number in CONTROLS])
async def test_without_its_guard_there_is_damage(stage: Stage, line: Line) -> None:
    _have(line)
    for tries in range(AT_MOST):  # damage is a matter of timing, and a busy machine is kind to it
        tally = Tally()
        await line.control(stage, random.Random(f"control {tries}"), tally)
        if line.shown(tally):
            return
    pytest.fail(f"no damage without its guard: {tally.wrong}")


@pytest.mark.slow
@pytest.mark.service
async def test_two_servers_and_two_workers_any_of_them_killed(stage: Stage) -> None:
    need_postgres_binaries()
    need_redis_server()
    tally = Tally()
    await deploy(stage, 8, random.Random(time.time()), tally)
    assert tally.wrong == []
    assert tally.faults >= 1
    assert tally.trials >= 2
