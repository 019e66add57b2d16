"""kill -9 while the last kill is being recovered from: the next recovery completes it.

A trial is a conversation that was still under way at the last kill. The third cut ends a model call
for good, with what was said.
"""

import random

from tests.faults.lines.web_killed import play
from tests.faults.stage import Stage
from tests.faults.tally import Tally


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await play(stage, count, chance, tally, kills=(2, 2, 3))


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """As for one kill: what was cut short is written on."""
    await play(stage, 16, chance, tally, kills=(2,), talking=True, unguarded="takeover")
