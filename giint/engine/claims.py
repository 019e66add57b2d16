"""Who works on a run: claiming, taking over, fencing, releasing. Sync. docs/invariants/run.md.

A run names its ``runner`` and ``generation``. Everything is claimed by a conditional update and
goes on only if one row changed; whoever holds a run fences each of its writes by the same
condition.
"""

import os
import socket
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.access import stream_of
from giint.core import journal
from giint.core.errors import FAILURES
from giint.core.events import (
    Happening,
    HeadChanged,
    MessagePlaced,
    MessageRestarted,
    RunChanged,
    thread_stream,
)
from giint.engine import statements as sql
from giint.engine import takenback
from giint.engine.fence import Claim, held_by
from giint.engine.outputs import end_running, end_unknown
from giint.engine.records import finish
from giint.models import Message, Run, Runner, Step

FORGOTTEN = timedelta(days=1)
AT_ONCE = sql.AT_ONCE
ATTEMPTS = 3  # a model call that was cut short by our own end is asked again twice
Pair = tuple[str, Happening]


def register(kind: str) -> str:
    """Make this process a runner; returns its id."""
    # A runner of this host and process number is an earlier life of ours: containers always get
    # number 1.
    mine = {"host": socket.gethostname()[:120], "pid": os.getpid()}
    with transaction.atomic():
        Runner.objects.filter(Q(**mine) | Q(seen__lt=Now() - FORGOTTEN)).delete()
        runner = Runner.objects.create(kind=kind, seen=Now(), **mine)
    return runner.id


def unregister(runner: str) -> None:
    """The process ends: its runs are free at once."""
    Runner.objects.filter(id=runner).delete()


def claim(runner: str, slots: int, only: str = "", *, everything: bool = True) -> list[Claim]:
    """Take up to ``slots`` runs: first those whose runner is gone (if ``everything`` is wanted),
    then queued ones, the oldest of each thread. ``only``: of this thread.
    """
    if slots <= 0:
        return []
    abandoned = _abandoned(runner) if everything else []
    left = [run for run in abandoned if only in ("", run.thread_id)]
    old = [_take_over(run, runner) for run in left[:slots]]
    queued = [run for run in sql.STARTABLE.all() if only in ("", run.thread_id)]
    new = [_take_up(run, runner) for run in queued[: slots - len(old)]]
    return [claim for claim in (*old, *new) if claim is not None]


def has_work(runner: str | None) -> bool:
    """Whether a claim by ``runner`` might find something; cheap, for the tick."""
    return sql.CAN_START.first() is not None or bool(_abandoned(runner))


def is_served() -> bool:
    """Whether somebody takes up what is queued: a worker, or a web server that runs turns itself.
    A command that runs the turns of one thread does not count.
    """
    kinds = ["worker", "web"] if settings.GIINT_EMBEDDED else ["worker"]
    seen = Runner.objects.filter(kind__in=kinds, seen__gt=Now() - sql.DEAD)
    here = socket.gethostname()[:120]
    return any(one.host != here or _lives(one) for one in seen)


def release(held: Claim) -> None:
    """Let go of a run that is not finished: the next process claims it at once."""
    held_by(held).update(runner=None)


# --- queued runs ----------------------------------------------------------------------------------


def _take_up(run: Run, runner: str) -> Claim | None:
    if takenback.too_late(run):
        return None
    try:
        with transaction.atomic():
            taken = sql.TAKE_UP.rows(run=run.id, runner=runner)
            if not taken:
                return None
            claim = _claim_of(taken[0], runner)
            status = RunChanged(run=taken[0].row())
            journal.append_all(*place(claim.stream, run), (claim.stream, status))
    except IntegrityError:  # another run of this thread was a moment sooner
        return None
    return claim


def place(stream: str, run: Run) -> list[Pair]:
    """The queued message's turn has come: it follows whatever is the head now. Inside the
    transaction that takes its run out of the queue; returns the events to append.
    """
    ((status, head),) = sql.WHERE_IT_GOES.all(run=run.id)
    if status == Message.Status.QUEUED:
        sql.PLACE.run(message=run.message_id, parent=head)
        sql.MOVE_HEAD.run(thread=run.thread_id, head=run.message_id)
        return [(stream, MessagePlaced(message=run.message_id, parent=head))]
    if head != run.message_id:  # an answer once more: back to its question
        sql.MOVE_HEAD.run(thread=run.thread_id, head=run.message_id)
        return [(stream, HeadChanged(head=run.message_id))]
    return []


# --- runs whose runner is gone --------------------------------------------------------------------


def _abandoned(mine: str | None) -> list[Run]:
    """Running runs that nobody has: released, their runner not seen, or a process of this host that
    is gone. Never those of ``mine``: who asks is alive, however long the database was away.
    """
    here = socket.gethostname()[:120]
    others = sql.HELD_HERE.all(mine=mine or "", host=here, pid=os.getpid())
    return [*sql.RELEASED.all(mine=mine or ""), *(run for run in others if not _lives(run.runner))]


def _lives(runner: Runner | None) -> bool:
    """Whether the process of a runner of this host still exists; saves ten seconds after a
    crash.
    """
    if runner is None:
        return False
    try:
        os.kill(runner.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _take_over(run: Run, runner: str) -> Claim | None:
    with transaction.atomic():
        changed = Run.objects.filter(
            id=run.id, generation=run.generation, status=Run.Status.RUNNING
        ).update(runner=runner, generation=F("generation") + 1)
        if not changed:
            return None
        claim = _claim_of(Run.objects.get(id=run.id), runner)
        events, may_go_on = _abandon_call(claim)
        if may_go_on:
            if events:
                journal.append_all(*events)
            return claim
        ended = Run.objects.get(id=run.id)
        halted = Run.Halt(ended.halt)
        status, code = {
            Run.Halt.STOP: (Run.Status.CANCELLED, "stopped"),
            Run.Halt.INTERRUPT: (Run.Status.INTERRUPTED, "interrupted"),
            Run.Halt.NONE: (Run.Status.FAILED, "attempts"),
        }[halted]
        events = [*_anew(claim), *end_unknown(ended)]
        journal.append_all(*events, *finish(ended, claim.own, status=status, code=code))
        return None


def _anew(claim: Claim) -> list[Pair]:
    """Readers may have had more of the message than its row has when its process died. It ends with
    what the row has, so they drop what they had: its end is another attempt, and brings the text.
    """
    message = sql.STREAMING.first(run=claim.run)
    if message is None:
        return []
    attempt = message.attempt + 1
    Message.objects.filter(id=message.id).update(attempt=attempt)
    return [(claim.stream, MessageRestarted(message=message.id, attempt=attempt))]


def _abandon_call(claim: Claim) -> tuple[list[Pair], bool]:
    """Set the model call that was under way aside, for its message's next attempt.

    The partial text moves to the abandoned step; readers are told to drop what they had. False: the
    run may not be asked again, because somebody halted it or it has been tried often enough; then
    its text stays.
    """
    run = Run.objects.get(id=claim.run)
    message = run.messages.filter(status=Message.Status.STREAMING).first()
    if run.halt or (message and message.attempt >= ATTEMPTS):
        return [], False
    if message is None:
        return [], True
    Step.objects.filter(run=run, state=Step.State.OPEN, kind=Step.Kind.MODEL).update(
        state=Step.State.ABANDONED, partial=message.text, ended=Now()
    )
    attempt = message.attempt + 1
    Message.objects.filter(id=message.id).update(attempt=attempt, text="", reasoning="")
    # What the provider ran was part of that call; it is asked anew.
    events = end_running(message.tool_outputs.all(), FAILURES["upstream_cut"].happened)
    return [*events, (claim.stream, MessageRestarted(message=message.id, attempt=attempt))], True


def _claim_of(run: Run, runner: str) -> Claim:
    owner = sql.OWNER.get(thread=run.thread_id).owner
    return Claim(
        run=run.id,
        thread=run.thread_id,
        runner=runner,
        generation=run.generation,
        stream=thread_stream(run.thread_id),
        own=stream_of(owner),
    )
