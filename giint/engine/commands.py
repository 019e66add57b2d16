"""What the engine can be told: start, stop, interrupt, dequeue. Sync; they write rows and, on
commit, wake somebody.

``start`` never makes a task; only the supervisor does, in whichever process claims the run.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.access import stream_of
from accounts.models import User
from agents.models import Agent
from giint.access import message_for, next_number_for, thread_for
from giint.core import journal
from giint.core.errors import GiintError
from giint.core.events import (
    Happening,
    HeadChanged,
    MessageRemoved,
    RunChanged,
    thread_stream,
)
from giint.core.prepared import insert
from giint.core.text import clean, units
from giint.engine import delivery, inbox, slash
from giint.engine import statements as sql
from giint.engine.addressing import answering
from giint.engine.claims import place
from giint.engine.records import finish
from giint.engine.supervisor import supervisor
from giint.engine.telling import in_list, message_created
from giint.models import ACTIVE, GiintThread, Message, Run
from giint.services import make_thread

TEXT = 200_000  # UTF-16 units of one message
QUEUE = 20  # messages waiting in one thread
TITLE = 60
Pair = tuple[str, Happening]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be answered. ``after``: the message it follows (a branch); ``again``: a message to
    answer anew; ``plan``: the tool call that answers it (``slash.call``), instead of a model.
    """

    client_id: str
    text: str = ""
    thread: str | None = None
    agent: str | None = None
    after: str | None = None
    branches: bool = False
    again: str | None = None
    plan: slash.Plan | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The rows that a message set off. ``created`` is false when they were there already."""

    thread: str
    message: str
    run: str
    created: bool


def start(*, user: User, asked: Asked) -> Started:
    """Write a message and the run that answers it; the same ``client_id`` gives the same run.

    Raises NotFound and GiintError ``blank, text_too_long, bad_field, client_id_reused, archived,
    thread_busy, queue_full, no_agent``.
    """
    asked = _checked(asked)
    inbox.let_in(user, spoke=True)
    try:
        with transaction.atomic():
            return _start(user, asked)
    except (
        IntegrityError
    ):  # the same message a moment sooner, on another connection: it is there now
        with transaction.atomic():
            return _start(user, asked)


def _checked(asked: Asked) -> Asked:
    text = clean(asked.text)
    if not 0 < len(asked.client_id) <= 64 or clean(asked.client_id) != asked.client_id:
        raise GiintError("bad_field", "id")
    if asked.again is None and not text.strip():
        raise GiintError("blank")
    if units(text) > TEXT:
        raise GiintError("text_too_long", f"at most {TEXT} characters")
    return Asked(
        client_id=asked.client_id,
        text="" if asked.again else text,
        thread=asked.thread,
        agent=asked.agent,
        after=asked.after,
        branches=asked.branches,
        again=asked.again,
        plan=asked.plan,
    )


def _start(user: User, asked: Asked) -> Started:
    own = stream_of(user)
    extra: list[Pair] = []
    thread: GiintThread | None = None
    is_new = False
    if asked.thread is None:
        thread = GiintThread.objects.filter(owner=user, client_id=asked.client_id).first()
        is_new = thread is None
        if thread is None:
            title = " ".join(asked.text.split())[:TITLE]
            thread, extra = make_thread(
                user=user, agent_id=asked.agent, title=title, client_id=asked.client_id
            )
    thread = next_number_for(user, thread.id if thread else asked.thread)
    there = sql.SENT_BEFORE.first(thread=thread.id, client_id=asked.client_id)
    if there is not None:
        return _same(there, asked)
    return _write(user, own, thread, asked, is_new=is_new, extra=extra)


def _same(there: Run, asked: Asked) -> Started:
    same = there.message_id == asked.again if asked.again else there.message.text == asked.text
    if not same:
        raise GiintError("client_id_reused")
    return Started(there.thread_id, there.message_id, there.id, created=False)


def _write(
    user: User, own: str, thread: GiintThread, asked: Asked, *, is_new: bool, extra: list[Pair]
) -> Started:
    if thread.archived:
        raise GiintError("archived")
    waiting = len(sql.OPEN_RUNS.all(thread=thread.id))
    if waiting and (asked.branches or asked.again):
        raise GiintError("thread_busy")
    if waiting > QUEUE:
        raise GiintError("queue_full")
    stream = thread_stream(thread.id)
    message, events = _message(user, thread, asked, stream, queued=bool(waiting))
    agent = answering(user, thread, asked.agent, message.text)
    run = Run(
        thread=thread,
        message=message,
        agent=agent,
        plan=_plan(user, agent, asked, message),
        number=thread.last_number,
        client_id=asked.client_id,
        cause="again" if asked.again else "send",
    )
    insert(run)
    events.append((stream, RunChanged(run=run.row())))
    journal.append_all(*extra, *events, (own, in_list(thread, is_new=is_new)))
    transaction.on_commit(supervisor.wake)
    return Started(thread.id, message.id, run.id, created=True)


def _plan(user: User, agent: Agent, asked: Asked, message: Message) -> slash.Plan | None:
    """The tool call that answers the message, if one does: the same when it is answered anew."""
    if asked.again:
        before = message.answers.exclude(plan=None).order_by("number").last()
        return before.plan if before else None
    return asked.plan or slash.planned(user, agent, message.text)


def _message(
    user: User, thread: GiintThread, asked: Asked, stream: str, *, queued: bool
) -> tuple[Message, list[Pair]]:
    """The message that is answered, and what becomes visible with it."""
    if asked.again:
        message = message_for(user, asked.again)
        if message.thread_id != thread.id or message.role == Message.Role.ASSISTANT:
            raise GiintError("bad_field", "again")
        sql.MOVE_HEAD.run(thread=thread.id, head=message.id)
        return message, [(stream, HeadChanged(head=message.id))]
    parent = _parent(thread, asked)
    message = Message(
        thread=thread,
        number=thread.last_number,
        parent_id=None if queued else parent,
        role=Message.Role.USER,
        status=Message.Status.QUEUED if queued else Message.Status.COMPLETE,
        client_id=asked.client_id,
        text=asked.text,
    )
    insert(message)
    if not queued:
        sql.MOVE_HEAD.run(thread=thread.id, head=message.id)
    return message, [(stream, message_created(message, head=not queued))]


def _parent(thread: GiintThread, asked: Asked) -> str | None:
    if not asked.branches:
        return thread.head_id
    if asked.after is not None and not thread.messages.filter(id=asked.after).exists():
        raise GiintError("bad_field", "parent")
    return asked.after


# --- halting --------------------------------------------------------------------------------------


def stop(*, user: User, thread: str) -> bool:
    """End the thread's turn: what was said is kept, what is queued behind it goes on.

    Returns whether there was one. Raises NotFound.
    """
    return _halt(user, thread, Run.Halt.STOP)


def interrupt(*, user: User, thread: str) -> bool:
    """The same for the sake of something newer: the turn ends ``interrupted``. Raises NotFound."""
    return _halt(user, thread, Run.Halt.INTERRUPT)


@transaction.atomic
def _halt(user: User, thread_id: str, halt: Run.Halt) -> bool:
    thread = thread_for(user, thread_id)
    run = (
        thread.runs.filter(status__in=ACTIVE, parent=None).first()
        or thread.runs.filter(status=Run.Status.QUEUED, parent=None)
        .order_by("lane", "number")
        .first()
    )
    if run is None:
        return False
    changed = Run.objects.filter(id=run.id, status=run.status)
    if run.status == Run.Status.RUNNING:
        # A person who stops comes before a message that interrupts, and may wait for a tool.
        others = {Run.Halt.NONE, Run.Halt.INTERRUPT} - {halt}
        is_done = bool(changed.filter(halt__in=others).update(halt=halt))
        transaction.on_commit(supervisor.nudge)
        return is_done or run.halt != Run.Halt.NONE
    status, code = {
        Run.Halt.STOP: (Run.Status.CANCELLED, "stopped"),
        Run.Halt.INTERRUPT: (Run.Status.INTERRUPTED, "interrupted"),
    }[halt]
    if not changed.update(status=status):
        return False
    run.refresh_from_db(fields=["inbox"])  # somebody may have posted something before we had it
    own = stream_of(user)
    # Its message has had its turn, even if nobody began to answer it: it waits for nothing more.
    placed = place(thread_stream(thread.id), run)
    journal.append_all(*placed, *finish(run, own, status=status, code=code))
    transaction.on_commit(supervisor.wake)
    return True


@transaction.atomic
def dequeue(*, user: User, message: str) -> None:
    """Take back a message that is still waiting. Raises NotFound, ``not_queued``."""
    queued = message_for(user, message)
    run = queued.answers.select_for_update().filter(status=Run.Status.QUEUED).first()
    if queued.status != Message.Status.QUEUED or run is None:
        raise GiintError("not_queued")
    own = stream_of(user)
    events = delivery.taken_back(run, own)
    # The run goes first and on condition: whoever claims it at this moment has won.
    if not Run.objects.filter(id=run.id, status=Run.Status.QUEUED).delete()[0]:
        raise GiintError("not_queued")
    queued.delete()
    journal.append_all(*events, (thread_stream(queued.thread_id), MessageRemoved(message=message)))
