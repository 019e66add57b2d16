"""``python -m tests.faults [--only 8,12] [--trials 100] [--seed x]``: play the lines, one after
another, add what came of them to ``docs/reliability.jsonl``, and make ``docs/reliability.md``.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import time

from tests.faults import page, results
from tests.faults.stage import Stage
from tests.faults.table import LINES, Line
from tests.faults.tally import Tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="lines, with commas; empty: all")
    parser.add_argument("--trials", type=int, default=0, help="of each line; 0: as the table says")
    parser.add_argument("--seed", default="", help="of everything that is left to chance")
    parser.add_argument("--dry", action="store_true", help="write nothing down")
    parser.add_argument("--controls", action="store_true", help="only those; write nothing down")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)  # what was started is ended, too
    seed = given.seed or f"{random.getrandbits(32):08x}"
    numbers = [int(word) for word in given.only.split(",") if word] or list(LINES)
    is_well = True
    for number in numbers:
        with Stage() as stage:
            row = asyncio.run(_line(stage, number, given.trials, seed, given.controls))
        is_well = results.is_well(row) and is_well
        if not given.dry and not given.controls:
            results.add(row)
            page.write()
    sys.exit(0 if is_well else 1)


async def _line(
    stage: Stage, number: int, trials: int, seed: str, only_control: bool
) -> results.Row:
    line = LINES[number]
    print(f"{number:>3}  {line.title}", flush=True)
    began = time.monotonic()
    tally, control = Tally(), Tally()
    if not only_control:
        await line.play(stage, trials or line.trials, _chance(seed, number), tally)
    seconds = time.monotonic() - began
    await line.control(stage, _chance(seed, number), control)
    _say(line, tally, control, seconds)
    shown = results.control(control.trials, line.shown(control))
    return results.row(number, tally, seconds, seed, shown)


def _leave(*_: object) -> None:
    sys.exit(1)


def _chance(seed: str, number: int) -> random.Random:
    return random.Random(f"{seed} {number}")


def _say(line: Line, tally: Tally, control: Tally, seconds: float) -> None:
    print(
        f"     {tally.trials} trials, {tally.faults} faults, {tally.events} events, "
        f"{tally.lost} lost, {tally.repeated} repeated, {tally.unended} without an end, "
        f"{seconds:.0f} s; control: {line.shown(control)} of {control.trials} damaged"
    )
    print(f"     {tally.notes}")
    for text in tally.wrong[:20]:
        print(f"     ! {text}")
    if os.environ.get("FAULTS_SHOW"):
        for text in control.wrong[:5]:
            print(f"     (control) {text[:300]}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
