"""What people do with threads: rows and events together, the event last. Sync; async code comes by
``in_db``.
"""

from django.db import transaction

from accounts.access import account_for
from accounts.models import User
from agents.defaults import first_agent
from agents.models import Agent
from giint.access import thread_for
from giint.core import journal
from giint.core.errors import GiintError
from giint.core.events import (
    AgentUpdated,
    Happening,
    ThreadChanges,
    ThreadCreated,
    ThreadRemoved,
    ThreadUpdated,
    thread_stream,
    user_stream,
)
from giint.core.models import Stream
from giint.core.text import clean
from giint.models import OPEN, GiintThread, Participant
from transcripts.files import drop_content

TITLE = 200
Pair = tuple[str, Happening]


def make_thread(
    *, user: User, agent_id: str | None, title: str, client_id: str | None
) -> tuple[GiintThread, list[Pair]]:
    """A new thread's rows, and what the caller's transaction has to append besides
    ``thread.created``.

    Raises GiintError ``no_agent`` when the agent is not the user's or is archived.
    """
    agent, is_new = (_own_agent(user, agent_id), False) if agent_id else first_agent(user)
    thread = GiintThread.objects.create(owner=user, title=title, client_id=client_id)
    Participant.objects.create(thread=thread, agent=agent)
    own = user_stream(account_for(user).id)
    return thread, [(own, AgentUpdated(agent=agent.row()))] if is_new else []


def _own_agent(user: User, agent_id: str) -> Agent:
    agent = user.agents.filter(id=agent_id, archived=False).first()
    if agent is None:
        raise GiintError("no_agent")
    return agent


def rename(*, user: User, thread_id: str, title: str) -> GiintThread:
    """Give the thread another title (cleaned, at most 200 characters). Raises NotFound,
    ``blank``.
    """
    title = " ".join(clean(title).split())[:TITLE]
    if not title:
        raise GiintError("blank")
    return _change(user, thread_id, {"title": title})


def archive(*, user: User, thread_id: str, archived: bool) -> GiintThread:
    """Put the thread away, or bring it back. Raises NotFound."""
    return _change(user, thread_id, {"archived": archived})


@transaction.atomic
def set_agents(*, user: User, thread_id: str, agents: list[str]) -> GiintThread:
    """Choose the thread's agents in order; the first one answers. Raises NotFound, ``no_agent``."""
    thread = thread_for(user, thread_id)
    chosen = [_own_agent(user, agent_id) for agent_id in dict.fromkeys(agents)]
    if not chosen:
        raise GiintError("no_agent")
    thread.participants.all().delete()
    Participant.objects.bulk_create(
        Participant(thread=thread, agent=agent, position=place)
        for place, agent in enumerate(chosen)
    )
    _tell(user, thread, {"agents": [agent.id for agent in chosen]})
    return thread


@transaction.atomic
def remove(*, user: User, thread_id: str) -> None:
    """Delete the thread and all that belongs to it. Raises NotFound, ``thread_busy`` while an
    answer is under way.
    """
    thread = thread_for(user, thread_id)
    if thread.runs.filter(status__in=OPEN).exists():
        raise GiintError("thread_busy")
    GiintThread.objects.filter(id=thread.id).update(head=None)
    drop_content(thread.files.all())
    thread.delete()
    Stream.objects.filter(name=thread_stream(thread_id)).delete()
    journal.append(user_stream(account_for(user).id), ThreadRemoved(thread=thread_id))


@transaction.atomic
def _change(user: User, thread_id: str, changes: ThreadChanges) -> GiintThread:
    thread = thread_for(user, thread_id)
    for name, value in changes.items():
        setattr(thread, name, value)
    thread.save(update_fields=list(changes))
    _tell(user, thread, changes)
    return thread


def _tell(user: User, thread: GiintThread, changes: ThreadChanges) -> None:
    event = ThreadUpdated(thread=thread.id, changes=changes)
    # A list that left an archived thread out needs the whole row to show it again.
    is_back = changes.get("archived") is False
    listed = ThreadCreated(thread=thread.list_row()) if is_back else event
    journal.append_all(
        (thread_stream(thread.id), event), (user_stream(account_for(user).id), listed)
    )
