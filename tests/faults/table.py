"""Which faults there are: number → what it is, and the module that plays it.

The numbers are those of the list that the project keeps of faults to survive; from 30 on they are
the harness's own. Those of the model server are in ``test_upstream_faults.py``.
"""

import importlib
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.stage import Stage
from tests.faults.tally import Tally

Play = Callable[[Stage, int, random.Random, Tally], Awaitable[None]]
Control = Callable[[Stage, random.Random, Tally], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Line:
    """A fault. ``shows``: what the checker says of its control, as a pattern. ``trials``: how many
    ``make faults`` makes of it, unless told otherwise; ``quick``: in the suite.
    """

    title: str
    module: str
    shows: str
    needs: tuple[str, ...] = ()  # services
    trials: int = 100
    quick: int = 4

    @property
    def play(self) -> Play:
        found: Play = self._module().trials
        return found

    @property
    def control(self) -> Control:
        found: Control = self._module().control
        return found

    @property
    def without(self) -> str:
        """What the control does without, in words."""
        return " ".join((self.control.__doc__ or "").split())

    def shown(self, control: Tally) -> int:
        """How many of the control's trials show the damage it is there for, and not just any."""
        found = sum(1 for text in control.wrong if re.search(self.shows, text))
        return min(found, control.trials)

    def _module(self) -> Any:
        return importlib.import_module(f"tests.faults.lines.{self.module}")


_MIXED = "differs where it overlaps"
LINES: dict[int, Line] = {
    1: Line("kill -9 of the web server in the middle of runs", "web_killed", _MIXED, quick=2),
    2: Line(
        "kill -9 of a worker before, in and after a tool call",
        "worker_killed",
        r"^call_\w+ took effect 2 times",
        needs=("postgres",),
    ),
    3: Line("kill -9 during recovery from a kill", "recovery_killed", _MIXED, quick=2),
    4: Line("socket lost at every frame of a run", "dropped", "^gap:|other text", quick=12),
    5: Line("page reloaded in the middle of a run", "reloaded", "^hole:|has not the length"),
    6: Line("two tabs send at once", "two_tabs", "^two at once"),
    7: Line("a client that never reads", "never_reads", "never let go"),
    8: Line(
        "Redis killed, restarted, flushed, paused, cut off",
        "redis_away",
        "stands at",
        needs=("postgres", "redis"),
    ),
    12: Line(
        "PostgreSQL restarted, its connections cut and stalled",
        "postgres_restarted",
        "0 messages, 0 runs",
        needs=("postgres",),
    ),
    13: Line("eight writers on SQLite", "sqlite_writers", "database is locked", quick=1),
    21: Line(
        "the same message five times at once", "same_id", "sent by nobody", needs=("postgres",)
    ),
    22: Line("a holder paused beyond its lease", "paused", "the row is not the text"),
    23: Line("a worker's clock an hour wrong", "skewed", "was taken away", needs=("postgres",)),
    25: Line(
        "crash in each window of wake and sleep; creates unanswered, deletes failing",
        "remote_objects",
        "is left at the provider",
        trials=500,
        quick=4,
    ),
    26: Line(
        "console message in each phase, by each policy, and kill -9",
        "console_posted",
        "is there [2-9] times",
        trials=300,
        quick=30,
    ),
    27: Line("close against stop", "stopped", "ended cancelled, not completed"),
    28: Line("SIGTERM, as a deployment sends it", "deployed", _MIXED),
    30: Line(
        "kill -9 before, within and after each transaction of a run",
        "at_each_transaction",
        r"^call_\w+ took effect 2 times",
        trials=120,
    ),
}
