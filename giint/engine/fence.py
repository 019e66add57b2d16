"""The fence: what a process may still write of a run it once claimed. docs/invariants/run.md."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import F, QuerySet

from giint.core.prepared import Given, Update
from giint.models import Run


class Fenced(Exception):
    """The run is no longer ours: another process has it, or it has ended."""


class Halted(Exception):
    """Somebody halted the run, and here is the place where it gives way."""

    def __init__(self, halt: Run.Halt) -> None:
        super().__init__(halt)
        self.halt = halt


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this process holds, and the streams that hear of it."""

    run: str
    thread: str
    runner: str
    generation: int
    stream: str
    own: str


def fence(held: Claim, **changes: Any) -> Run:
    """Go on only while the run is ours; the run, as it now is. Raises Fenced. Call it first in a
    transaction: it locks the run's row.
    """
    runs = _fence(*sorted(changes)).rows(
        run=held.run, held_generation=held.generation, held_runner=held.runner, **changes
    )
    if not runs:
        raise Fenced
    return runs[0]


@cache
def _fence(*names: str) -> Update[Run]:
    changes: dict[str, Any] = {name: Given(name) for name in names}
    return Update(
        lambda: Run.objects.filter(
            id=Given("run"),
            generation=Given("held_generation"),
            runner=Given("held_runner"),
            status=Run.Status.RUNNING,
        ),
        **(changes or {"generation": F("generation")}),
    )


def held_by(held: Claim) -> QuerySet[Run]:
    return Run.objects.filter(
        id=held.run, generation=held.generation, runner=held.runner, status=Run.Status.RUNNING
    )
