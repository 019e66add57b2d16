"""Taking a talk in: a thread of ours with its messages, in the order and with the times they have.

A long one is written in several transactions; it is on its owner's page when it is whole. Broken
off, it is made anew by whoever takes it in again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.access import account_for
from accounts.models import User
from agents.defaults import first_agent
from agents.ingest.mapping import Note
from agents.ingest.objects import Found
from agents.ingest.taking import Origin, Outcome, difference, imported, known, lock, write
from agents.models import Agent, RemoteAssistant
from giint.core import batch, ids, journal
from giint.core.errors import GiintError
from giint.core.events import AgentUpdated, Happening, ThreadCreated, user_stream
from giint.ingest.opening import name_of
from giint.ingest.talks import Said, Talk, talk_of
from giint.models import GiintThread, Message, Participant
from giint.services import remove

HALF = {"half": True}  # in the row's memory until the thread is whole
# Whose words these are: remote id → agent of ours, or why there is none.
Whose = Callable[[str], Agent]


@dataclass(frozen=True, slots=True)
class TakenThread:
    """What became of a talk. ``files``: remote ids of what was attached in it."""

    outcome: Outcome
    row: RemoteAssistant
    thread: GiintThread | None
    notes: list[Note] = field(default_factory=list)
    diff: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def take_thread(*, user: User, found: Found, origin: Origin, whose: Whose) -> TakenThread:
    """A thread of ``user`` from a thread or a session. One that was taken in before is left as it
    is: it may have gone on here.

    Raises GiintError ``limit_reached, no_agent``.
    """
    talk = talk_of(found.raw)
    if not talk.said:
        raise GiintError("blank", "nothing was said in it")
    there = _there(user, found, origin)
    if there is not None and there.thread is not None:
        diff = difference(there, found)
        outcome: Outcome = "kept" if diff else "same"
        return TakenThread(outcome, there, there.thread, talk.notes, diff, talk.files)
    agents = _agents(user, talk, whose)
    row, thread, news = _begin(user, found, origin, there, talk, agents)
    _fill(thread, talk, agents)
    _finish(user, row, thread, talk, news)
    return TakenThread("made", row, thread, talk.notes, files=talk.files)


def _there(user: User, found: Found, origin: Origin) -> RemoteAssistant | None:
    """What was taken in before, without the half of a thread that nobody finished."""
    with transaction.atomic():
        lock(user)
        row = known(user, found, origin)
        if row is not None and row.memory == HALF and row.thread is not None:
            remove(user=user, thread_id=row.thread.id)
            row.thread = None
        return row


def _agents(user: User, talk: Talk, whose: Whose) -> dict[str, Agent]:
    """Who said what: those of them that are here or can be taken in now."""
    found: dict[str, Agent] = {}
    mine = imported(user).filter(remote_id__in=talk.assistants, agent__isnull=False)
    for row in mine.order_by("made"):
        if row.agent is not None:
            found[row.remote_id] = row.agent
    for name in talk.assistants:
        if name in found:
            continue
        try:
            found[name] = whose(name)
        except GiintError as error:
            says = f"{name} is not here, so its words have no agent. {error.sentence}"
            talk.notes.append(Note("agents", "check", says))
    return found


@transaction.atomic
def _begin(
    user: User,
    found: Found,
    origin: Origin,
    row: RemoteAssistant | None,
    talk: Talk,
    agents: dict[str, Agent],
) -> tuple[RemoteAssistant, GiintThread, list[Happening]]:
    """The thread without its messages, and the row that says that it is half made."""
    lock(user)
    news: list[Happening] = []
    answering = list(dict.fromkeys(agents[name] for name in talk.assistants if name in agents))
    if not answering:
        agent, is_new = first_agent(user)
        answering = [agent]
        news += [AgentUpdated(agent=agent.row())] if is_new else []
        talk.notes.append(Note("agents", "check", f"{agent.name} goes on with it."))
    thread = GiintThread.objects.create(owner=user, title=name_of(found))
    Participant.objects.bulk_create(
        Participant(thread=thread, agent=agent, position=place)
        for place, agent in enumerate(answering)
    )
    made = write(user, found, origin, row, thread=thread, memory=dict(HALF))
    return made, thread, news


def _fill(thread: GiintThread, talk: Talk, agents: dict[str, Agent]) -> None:
    parent: str | None = None
    last = talk.created or timezone.now()
    for start in range(0, len(talk.said), batch.ROWS):
        rows: list[Message] = []
        moments: dict[str, datetime] = {}
        for number, said in enumerate(talk.said[start : start + batch.ROWS], start=start + 1):
            last = said.created or last
            message = _message(thread, number, parent, said, agents.get(said.by))
            rows.append(message)
            moments[message.id] = last
            parent = message.id
        with transaction.atomic():
            Message.objects.bulk_create(rows)
            for message in rows:  # the moment of making it is not that of saying it
                message.created = moments[message.id]
            Message.objects.bulk_update(rows, ["created"], batch_size=batch.ROWS)


def _message(
    thread: GiintThread, number: int, parent: str | None, said: Said, agent: Agent | None
) -> Message:
    return Message(
        id=ids.message_id(),
        thread=thread,
        number=number,
        parent_id=parent,
        role=said.role,
        status=Message.Status.COMPLETE if said.whole else Message.Status.PARTIAL,
        agent=agent,
        model=agent.model if agent else "",
        text=said.text,
    )


@transaction.atomic
def _finish(
    user: User,
    row: RemoteAssistant,
    thread: GiintThread,
    talk: Talk,
    news: list[Happening],
) -> None:
    head = thread.messages.order_by("-number").first()
    thread.head = head
    thread.last_number = head.number if head else 0
    thread.last_message_at = head.created if head else thread.created
    thread.created = talk.created or (thread.messages.order_by("number")[0].created)
    thread.save(update_fields=["head", "last_number", "last_message_at", "created"])
    row.memory = {}
    row.save(update_fields=["memory"])
    own = user_stream(account_for(user).id)
    events = [*news, ThreadCreated(thread=thread.list_row())]
    journal.append_all(*((own, event) for event in events))
