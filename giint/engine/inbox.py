"""Console messages: posted, held for their person, and given to the thread they are for. Sync.
docs/console.md has the table of phases and policies that ``_give`` keeps.

Locks follow each other as everywhere: the run's row, the thread's, the streams.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.access import account_for
from accounts.models import User
from giint.access import thread_for
from giint.core import journal
from giint.core.errors import BadField, GiintError
from giint.core.events import HeadChanged, MessageRequeued, thread_stream, user_stream
from giint.core.text import clean, units
from giint.engine import delivery, telling
from giint.engine import statements as sql
from giint.engine.addressing import answering
from giint.engine.records import finish
from giint.engine.supervisor import supervisor
from giint.engine.takenback import Moved, expire_one, locked
from giint.engine.telling import Pair
from giint.models import ACTIVE, GiintThread, Message, Run
from giint.services import make_thread
from transcripts import news
from transcripts.access import console_for
from transcripts.models import ConsoleMessage

Source, Policy, Status = ConsoleMessage.Source, ConsoleMessage.Policy, ConsoleMessage.Status
LONGEST = 20_000  # UTF-16 units of one
DEEPEST = 3  # of those that caused one another; what is deeper waits for a person
MOST = 200  # of one person that are not over
QUEUE = 20  # runs waiting in one thread
MINUTES = 525_600  # until one expires, at most: a year
TITLE = 60
RECENT = 20  # threads among which a person's last own message is looked for


@dataclass(frozen=True, slots=True)
class Posting:
    """What is posted, and by whom: ``name`` is what the agent reads, ``author`` the person, where
    it was one; ``cause`` the run in which it was posted. Without a ``thread`` it goes to where its
    person was last. ``minutes``: after them it is not delivered any more. The same ``client_id``
    from the same source is the same one.
    """

    text: str
    source: ConsoleMessage.Source
    name: str
    author: User | None = None
    thread: str | None = None
    policy: str = Policy.INTERRUPT.value
    hold: bool = False
    minutes: float | None = None
    client_id: str | None = None
    cause: Run | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """``created`` is false when it was there already."""

    message: ConsoleMessage
    created: bool


def post(*, user: User, posting: Posting) -> Posted:
    """Post it to ``user``; nobody need be connected.

    Raises NotFound for a thread that is not theirs, GiintError ``blank, text_too_long, bad_field,
    client_id_reused, archived, no_agent, queue_full, console_full, person_gone``.
    """
    posting = _checked(posting)
    return locked(lambda: _post(user, posting))


def release(*, user: User, console: str) -> ConsoleMessage:
    """Its person lets a held one go on. Raises NotFound, ``not_held``, and what ``post`` does."""
    one = console_for(user, console)
    if not locked(lambda: _release(one.id)):
        raise GiintError("not_held")
    return console_for(user, console)


def arrived(user: User) -> bool:
    """Whether something was held until this person is there, who is now. One cheap query."""
    return any(code == "console_hold" for *_, code in sql.CONSOLE_HELD.all(user=user.pk))


def let_in(user: User, *, spoke: bool = False) -> None:
    """They are there: what was held for that goes on. ``spoke``: they wrote a message, so that what
    was held because it came too often, or from too deep, goes on too.
    """
    held = sorted(sql.CONSOLE_HELD.all(user=user.pk), key=lambda row: (row[0], row[1]))
    for _, console, code in held:
        if spoke or code == "console_hold":
            _let_go(console)


def _let_go(console: str) -> None:
    try:
        locked(lambda: _release(console))
    except GiintError as error:
        if (code := error.code) != "queue_full":  # then it waits for the next time
            locked(lambda: _fail(console, code))


# --- posting --------------------------------------------------------------------------------------


def _checked(posting: Posting) -> Posting:
    text, id_, minutes = clean(posting.text), posting.client_id, posting.minutes
    if not text.strip():
        raise GiintError("blank")
    if units(text) > LONGEST:
        raise GiintError("text_too_long", f"at most {LONGEST} characters")
    if posting.policy not in Policy.values:
        raise BadField(policy=f"This is one of {', '.join(Policy.values)}.")
    if id_ is not None and (not 0 < len(id_) <= 64 or clean(id_) != id_):
        raise BadField(id="This is a text of 1 to 64 characters.")
    if minutes is not None and not 0 < minutes <= MINUTES:
        raise BadField(expires=f"This is a number of minutes, up to {MINUTES}.")
    return replace(posting, text=text, name=clean(posting.name).strip()[:120])


def _post(user: User, posting: Posting) -> Posted:
    there = _there(user, posting)
    if there is not None:
        return Posted(there, created=False)
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        raise GiintError("person_gone")
    thread = thread_for(user, posting.thread) if posting.thread is not None else None
    if thread is not None and thread.archived:
        raise GiintError("archived")
    if len(sql.CONSOLE_OPEN.all(user=user.pk)) >= MOST:
        raise GiintError("console_full")
    depth = delivery.depth_of(posting.cause) + 1 if posting.cause else 0
    code = _held_for(user, posting, depth)
    now = timezone.now()
    one = ConsoleMessage(
        user=user,
        thread=thread,
        source=posting.source,
        author=posting.author,
        name=posting.name,
        text=posting.text,
        policy=posting.policy,
        status=Status.HELD if code else Status.PENDING,
        code=code,
        hold=posting.hold,
        client_id=posting.client_id,
        cause=posting.cause,
        depth=depth,
        expires=now + timedelta(minutes=posting.minutes) if posting.minutes else None,
    )
    one.save(force_insert=True)
    own = user_stream(account_for(user).id)
    events = telling.posted(one, own) if code else _give(user, one, own)
    if one.source != Source.SOCKET:  # what they post themselves, in their page, is no news to them
        events.append((own, news.posted(user)))
    journal.append_all(*events)
    return Posted(one, created=True)


def _there(user: User, posting: Posting) -> ConsoleMessage | None:
    if posting.client_id is None:
        return None
    mine = user.console_messages.filter(source=posting.source, client_id=posting.client_id)
    there = mine.first()
    # A tool that is repeated after a crash may word it otherwise: the first time counts.
    if there is not None and there.text != posting.text and posting.cause is None:
        raise GiintError("client_id_reused")
    return there


def _held_for(user: User, posting: Posting, depth: int) -> str:
    """Why it waits for its person, if it does."""
    if posting.hold:
        return "console_hold"
    if depth > DEEPEST:
        return "console_deep"
    minute = timezone.now() - timedelta(minutes=1)
    lately = user.console_messages.filter(source=posting.source, created__gt=minute)
    return "console_rate" if lately.count() >= settings.GIINT_CONSOLE_RATE else ""


# --- what was held --------------------------------------------------------------------------------


def _release(console: str) -> bool:
    one = ConsoleMessage.objects.select_related("user").get(id=console)
    if one.status != Status.HELD:
        return False
    if delivery.is_late(one):
        return expire_one(one.id)
    its = ConsoleMessage.objects.filter(id=one.id, status=Status.HELD)
    if not its.update(status=Status.PENDING, code=""):
        return False
    one.status, one.code = Status.PENDING, ""
    if one.thread is not None and one.thread.archived:
        raise GiintError("archived")
    journal.append_all(*_give(one.user, one, user_stream(account_for(one.user).id)))
    return True


def _fail(console: str, code: str) -> None:
    one = ConsoleMessage.objects.select_related("user").get(id=console)
    own = user_stream(account_for(one.user).id)
    if one.status == Status.HELD and (events := delivery.end(one, own, Status.FAILED, code)):
        journal.append_all(*events)


# --- given to its thread --------------------------------------------------------------------------


def _give(user: User, one: ConsoleMessage, own: str) -> list[Pair]:
    """By its policy, and by what goes on in the thread. Returns the events to append."""
    thread, is_new, events = _thread(user, one)
    runs = _open_runs(thread)
    agent = _talked_to(user, thread)
    transaction.on_commit(supervisor.wake)
    if not runs:
        events += delivery.own_run(one, own, agent=agent, lane=0, queued=False)
        events += [*telling.posted(one, own), (own, telling.in_list(thread, is_new=is_new))]
        return events
    is_first = one.policy == Policy.INTERRUPT
    steers = one.policy == Policy.STEER or (is_first and _is_elsewhere(runs[0]))
    if steers and delivery.join([one], runs[0]):
        return telling.posted(one, own)
    if len(runs) > QUEUE:
        raise GiintError("queue_full")
    lane = Run.FIRST if is_first else 0
    if is_first:
        events += _make_way(thread, runs)
    events += delivery.own_run(one, own, agent=agent, lane=lane, queued=True)
    if is_first and runs[0].status in ACTIVE:
        events += _interrupt(runs[0], own)
    return events + telling.posted(one, own)


def _thread(user: User, one: ConsoleMessage) -> tuple[GiintThread, bool, list[Pair]]:
    """Where it goes: the thread it names, the one its person last wrote in, or a new one."""
    if one.thread is not None:
        return one.thread, False, []
    thread, is_new, events = _last(user), False, list[Pair]()
    if thread is None:
        title = " ".join(one.text.split())[:TITLE]
        thread, events = make_thread(user=user, agent_id=None, title=title, client_id=None)
        is_new = True
    one.thread = thread
    one.save(update_fields=["thread", "status", "code"])
    return thread, is_new, events


def _last(user: User) -> GiintThread | None:
    recent = user.threads.filter(archived=False).order_by("-last_message_at", "id")
    threads = list(recent[:RECENT])
    spoken = Message.objects.filter(thread__in=threads, role=Message.Role.USER)
    when = dict(spoken.order_by().values_list("thread").annotate(Max("created")))
    mine = [thread for thread in threads if thread.id in when]
    return max(mine, key=lambda thread: when[thread.id], default=threads[0] if threads else None)


def _open_runs(thread: GiintThread) -> list[Run]:
    """The thread's runs that are not over, the one under way first, then as they have their turn.
    From here on neither the first of them nor the thread changes. Raises Moved.
    """
    seen = _in_order(thread)
    if seen:
        Run.objects.select_for_update().filter(id=seen[0].id).first()
    sql.NEXT_NUMBER.rows(thread=thread.id)
    runs = _in_order(thread)
    if [run.id for run in runs[:1]] != [run.id for run in seen[:1]]:
        raise Moved
    return runs


def _in_order(thread: GiintThread) -> list[Run]:
    runs = sql.RUNS_UNDER_WAY.all(thread=thread.id)
    return sorted(runs, key=lambda run: (run.status not in ACTIVE, run.lane, run.number))


def _talked_to(user: User, thread: GiintThread) -> str:
    """The agent that is being talked to there: who answered last, or the thread's first one."""
    usable = thread.runs.filter(parent=None, agent__owner=user, agent__archived=False)
    last = usable.order_by("-number").values_list("agent", flat=True).first()
    return last or answering(user, thread, None, "").id


def _is_elsewhere(run: Run) -> bool:
    """Whether a queued run answers anew what was said before: what comes before it would be on
    another branch than its answer, and not be seen. So it is told in that run.
    """
    return run.status == Run.Status.QUEUED and run.cause == "again"


def _make_way(thread: GiintThread, runs: list[Run]) -> list[Pair]:
    """A message that has its place, and that nobody has begun to answer, waits again: it follows
    what goes before it now. Returns the events to append.
    """
    queued = [run.message_id for run in runs if run.status == Run.Status.QUEUED]
    placed = Message.objects.filter(id__in=queued, status=Message.Status.COMPLETE).first()
    if placed is None:
        return []
    stream, before = thread_stream(thread.id), placed.parent_id
    Message.objects.filter(id=placed.id).update(status=Message.Status.QUEUED, parent=None)
    GiintThread.objects.filter(id=thread.id).update(head=before)
    return [(stream, HeadChanged(head=before)), (stream, MessageRequeued(message=placed.id))]


def _interrupt(run: Run, own: str) -> list[Pair]:
    """The thread's run gives way: its task is told, or, where it waits for a person, it ends here.
    Returns the events to append.
    """
    if run.status == Run.Status.RUNNING:
        Run.objects.filter(id=run.id, halt=Run.Halt.NONE).update(halt=Run.Halt.INTERRUPT)
        transaction.on_commit(supervisor.nudge)
        return []
    Run.objects.filter(id=run.id).update(status=Run.Status.INTERRUPTED)
    return finish(run, own, status=Run.Status.INTERRUPTED, code="interrupted")
