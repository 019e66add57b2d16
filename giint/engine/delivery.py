"""Console messages within the transactions of a run: taken into its next model call, delivered with
its step, and what becomes of them when it ends. Sync. docs/console.md, docs/invariants/console.md.

A run whose ``inbox`` is not set has none of them, and none of this costs it a query.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from giint.core import journal
from giint.core.events import RunChanged, thread_stream
from giint.core.prepared import insert
from giint.engine import statements as sql
from giint.engine import telling
from giint.engine.fence import Claim, fence
from giint.engine.telling import Pair
from giint.models import GiintThread, Message, Run
from transcripts.models import ConsoleMessage

if TYPE_CHECKING:
    from django.db.models import QuerySet

Status = ConsoleMessage.Status


@transaction.atomic
def take(claim: Claim) -> None:
    """What waits for this run's next model call gets its place in the thread, and so in the prompt
    that is made now. The call's own transaction delivers it. Raises Fenced.
    """
    run = fence(claim)
    events: list[Pair] = []
    for one in _untaken(run):
        if is_late(one):
            events += end(one, claim.own, Status.EXPIRED, "console_expired")
            continue
        (thread,) = sql.NEXT_NUMBER.rows(thread=run.thread_id)
        message = _message(thread, one, queued=False)
        one.message = message
        one.save(update_fields=["message"])
        events.append((claim.stream, telling.message_created(message, head=True)))
    if events:
        journal.append_all(*events)


def delivered(claim: Claim, run: Run, step: str) -> list[Pair]:
    """The step whose input has them is being written, in the caller's transaction. Returns the
    events to append.
    """
    if not run.inbox:
        return []
    now, events = timezone.now(), list[Pair]()
    placed = {"message__status": Message.Status.COMPLETE}
    for one in _of(run).filter(status=Status.PENDING, **placed):
        changes = {"status": Status.DELIVERED, "delivered": now, "step_id": step}
        if _move(one, Status.PENDING, **changes):
            events += telling.delivered(one, claim.own)
    return events


def over(run: Run, own: str) -> list[Pair]:
    """The run has ended, in the caller's transaction. What it was given is answered, or failed with
    it; what it never got has its own run next. Returns the events to append.
    """
    if not run.inbox:
        return []
    events: list[Pair] = []
    for one in _of(run).filter(status=Status.DELIVERED):
        if run.status == Run.Status.COMPLETED:
            events += _answered(one, own)
        else:
            events += end(one, own, Status.FAILED, run.code)
    for one in _of(run).filter(status=Status.PENDING).exclude(message=None):
        events += _undelivered(run, one, own)
    return events + rehome(run, own)


def taken_back(run: Run, own: str) -> list[Pair]:
    """The person takes the message back that a queued run is for, in the caller's transaction: so
    ends the console message it came from. Returns the events to append.
    """
    if not run.inbox:
        return []
    events = list[Pair]()
    for one in _of(run).filter(status=Status.PENDING, message=run.message_id):
        events += end(one, own, Status.CANCELLED, "console_cancelled")
    return events + rehome(run, own)


def rehome(run: Run, own: str) -> list[Pair]:
    """What waited for this run's next model call, which does not come, has its own run next, or
    joins the one that is next anyway. Returns the events to append.
    """
    left = _untaken(run)
    if not left:
        return []
    thread = GiintThread.objects.get(id=run.thread_id)
    if thread.archived or run.code == "right_lost":
        code = "archived" if thread.archived else run.code
        return [pair for one in left for pair in end(one, own, Status.CANCELLED, code)]
    following = _next(run)
    if following is not None and following.lane == Run.FIRST and join(left, following):
        return [pair for one in left for pair in telling.posted(one, own)]
    first, *others = left
    events = own_run(first, own, agent=run.agent_id, lane=Run.FIRST, queued=True)
    if others:
        join(others, Run.objects.get(id=first.run_id))
    return events + [pair for one in left for pair in telling.posted(one, own)]


def own_run(
    one: ConsoleMessage, own: str, *, agent: str | None, lane: int, queued: bool
) -> list[Pair]:
    """A run of its own: its message, and the turn that answers it. Returns the events to append,
    without that of the console message itself.
    """
    (thread,) = sql.NEXT_NUMBER.rows(thread=one.thread_id)
    message = _message(thread, one, queued=queued)
    run = Run(
        thread=thread,
        message=message,
        agent_id=agent,
        number=thread.last_number,
        lane=lane,
        cause=Run.CONSOLE,
        inbox=True,
    )
    insert(run)
    one.message, one.run = message, run
    one.save(update_fields=["message", "run"])
    stream = thread_stream(thread.id)
    created = telling.message_created(message, head=not queued)
    return [(stream, created), (stream, RunChanged(run=run.row()))]


def join(messages: Iterable[ConsoleMessage], run: Run) -> bool:
    """They are input of that run's next model call. False if it has ended meanwhile."""
    if not Run.objects.filter(id=run.id, status=run.status).update(inbox=True):
        return False
    for one in messages:
        one.run = run
        one.save(update_fields=["run"])
    return True


def end(one: ConsoleMessage, own: str, status: Status, code: str) -> list[Pair]:
    """It comes to nothing, in the caller's transaction: none of these events if it has ended or was
    given to an agent meanwhile.
    """
    if not _move(one, Status(one.status), status=status, code=code):
        return []
    return telling.ended(one, own)


def is_late(one: ConsoleMessage) -> bool:
    """Whether its time is over."""
    return one.expires is not None and one.expires <= timezone.now()


def depth_of(run: Run) -> int:
    """How many console messages led to this turn, one after the other."""
    depths = ConsoleMessage.objects.filter(run=run).values_list("depth", flat=True)
    return max(depths, default=0)


# --- rows -----------------------------------------------------------------------------------------


def _of(run: Run) -> "QuerySet[ConsoleMessage]":
    return ConsoleMessage.objects.filter(run=run).order_by("created", "id")


def _untaken(run: Run) -> list[ConsoleMessage]:
    return list(_of(run).filter(status=Status.PENDING, message=None))


def _message(thread: GiintThread, one: ConsoleMessage, *, queued: bool) -> Message:
    message = Message(
        thread=thread,
        number=thread.last_number,
        parent_id=None if queued else thread.head_id,
        role=Message.Role.CONSOLE,
        status=Message.Status.QUEUED if queued else Message.Status.COMPLETE,
        text=one.text,
    )
    insert(message)
    if not queued:
        sql.MOVE_HEAD.run(thread=thread.id, head=message.id)
    return message


def _answered(one: ConsoleMessage, own: str) -> list[Pair]:
    done = {"status": Status.ANSWERED, "answered": timezone.now()}
    return telling.ended(one, own) if _move(one, Status.DELIVERED, **done) else []


def _undelivered(run: Run, one: ConsoleMessage, own: str) -> list[Pair]:
    """It had its place, and no model call came. One that a newer message cut off is in the input of
    the next call all the same: it is delivered with that.
    """
    if run.status == Run.Status.INTERRUPTED:
        following = _next(run)
        if following is not None and join([one], following):
            return telling.posted(one, own)
    was_taken_back = run.status == Run.Status.CANCELLED
    status = Status.CANCELLED if was_taken_back else Status.FAILED
    return end(one, own, status, run.code)


def _next(run: Run) -> Run | None:
    queued = Run.objects.filter(thread=run.thread_id, parent=None, status=Run.Status.QUEUED)
    return queued.exclude(id=run.id).order_by("lane", "number").first()


def _move(one: ConsoleMessage, was: Status, **changes: Any) -> bool:
    """One row changed, or somebody was sooner."""
    if not ConsoleMessage.objects.filter(id=one.id, status=was).update(**changes):
        return False
    for name, value in changes.items():
        setattr(one, name, value)
    return True
