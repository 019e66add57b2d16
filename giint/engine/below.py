"""What a run set off beside the chat ends with it: child runs, their calls, transcripts. Sync."""

from django.utils import timezone

from giint.core.errors import FAILURES
from giint.core.events import Happening
from giint.engine import statements as sql
from giint.engine import transcripts
from giint.models import Run
from transcripts.models import ToolOutput, Transcript

Pair = tuple[str, Happening]


def end_below(run: Run, code: str) -> list[Pair]:
    """What was set off by a child run, or by a turn, ends with it, inside the caller's transaction.
    Returns the events to append.
    """
    events: list[Pair] = []
    for child in sql.OPEN_CHILDREN.all(run=run.id):
        events += end_below(child, code)
        end_child(child, Run.Status.CANCELLED, code)
    if run.parent_id is not None:  # those of a turn are its own to tell of
        running = run.tool_outputs.filter(status=ToolOutput.Status.RUNNING)
        why = FAILURES[code or "stopped"].happened
        running.update(status=ToolOutput.Status.CANCELLED, error=why, ended=timezone.now())
    ids = [id_ for (id_,) in sql.OPEN_BESIDE.all(run=run.id)]
    if not ids:
        return events
    how = Transcript.Status.CANCELLED
    return [*events, *transcripts.end_open(ids, status=how, code=code or "stopped")]


def end_child(run: Run, status: str, code: str, detail: str = "") -> None:
    """A child run is over, inside the caller's transaction."""
    sql.ABANDON_STEPS.run(run=run.id, code=code, now=timezone.now())
    run.status, run.code, run.detail = Run.Status(status), code, detail[:500]
    run.ended = timezone.now()
    run.save()
