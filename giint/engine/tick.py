"""What is looked at twice a second: signs of life, halted runs, streams, rights. Sync, a few
queries for all.

Hints only make things sooner. With none of them, stop, revocation and new events work within a
second.
"""

from dataclasses import dataclass, field
from typing import Protocol

from django.db import transaction
from django.db.models.functions import Substr

from accounts.principal import Connection, lost
from giint.engine import claims, journal
from giint.engine import statements as sql
from giint.engine.hub import Awaited, Grown, noun_of
from giint.engine.run import HALTS, Halt
from giint.models import Message, Run
from transcripts.models import TranscriptEntry


class Doors(Protocol):
    """An open way in (a socket): whose it is, and how it is told that the right to it is gone."""

    @property
    def connection(self) -> Connection | None: ...

    def lose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Beat:
    """What became of this process's runs in the database."""

    known: bool
    halted: dict[str, Halt] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the streams, the people and the queue gave."""

    last_seqs: dict[str, int]
    lost: set[Connection]
    has_work: bool
    grown: dict[str, Grown]


def _beyond(message: str, awaited: Awaited) -> tuple[str, str] | None:
    text, reasoning = awaited.points
    texts = TranscriptEntry.objects if noun_of(message) == "entry" else Message.objects
    rows = texts.filter(id=message, attempt=awaited.attempt, status=Message.Status.STREAMING)
    return rows.values_list(Substr("text", text + 1), Substr("reasoning", reasoning + 1)).first()


@transaction.atomic
def beat(runner: str, held: dict[str, int]) -> Beat:
    """Renew the runner by the database's clock, and look at its runs (id → generation)."""
    known = bool(sql.SIGN_OF_LIFE.run(runner=runner))
    # Ours by their rows and not by our hands: the answer to a claim was lost, or a release failed.
    if strays := [run_id for (run_id,) in sql.RUNS_OF.all(runner=runner) if run_id not in held]:
        mine = Run.objects.filter(runner=runner, status=Run.Status.RUNNING)
        mine.filter(id__in=strays).update(runner=None)
    halted, ours = {}, set()
    for run_id, generation, status, halt, holder, may_run in sql.HELD_RUNS.all(list(held)):
        if generation != held[run_id] or status != Run.Status.RUNNING or holder != runner:
            continue
        ours.add(run_id)
        if not may_run:
            halted[run_id] = Halt("right_lost", "cancelled")
        elif halt:
            halted[run_id] = HALTS[Run.Halt(halt)]
    return Beat(known, halted, [run_id for run_id in held if run_id not in ours])


def look(
    streams: list[str],
    connections: list[Connection],
    awaited: dict[str, Awaited],
    runner: str | None = None,
) -> Seen:
    """Where the followed streams stand, who lost their rights, whether there is a run to claim,
    and how far the texts are that other processes write.
    """
    return Seen(
        grown={
            message: Grown(*found)
            for message, one in awaited.items()
            if (found := _beyond(message, one)) and any(found)
        },
        last_seqs=journal.last_seqs(streams) if streams else {},
        lost=set(lost(connections)) if connections else set(),
        has_work=claims.has_work(runner),
    )
