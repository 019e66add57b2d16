"""Who answers a message: the agent asked for, the one that it names with ``@``, or the thread's
first. And who could, when that one cannot.
"""

from collections.abc import Iterable

from accounts.models import User
from agents.models import Agent
from giint.core.errors import GiintError
from giint.engine import statements as sql
from giint.models import GiintThread, Run

# A run that ends with one of these may go better with another agent.
OFFERING = {"no_agent", "no_model", "model_gone", "upstream_no_model"}
_LETTERS = "_-"  # with letters and digits: what goes on a name


def answering(user: User, thread: GiintThread, agent: str | None, text: str) -> Agent:
    """The agent of this turn. Raises GiintError ``no_agent``."""
    if agent is not None:
        return _only(sql.USABLE_AGENT.all(owner=user.pk, agent=agent))
    if text.startswith("@"):
        usable = user.agents.filter(archived=False).only("id", "name")
        named = addressed(text, _in_order(usable, thread.agent_ids()))
        if named is not None:
            return named
    return _only(sql.THREADS_AGENTS.all(owner=user.pk, thread=thread.id))


def addressed(text: str, agents: Iterable[Agent]) -> Agent | None:
    """The agent that ``text`` begins with the name of, after an ``@``: the longest such name, then
    the first of ``agents``. Capitals do not count. Pure.
    """
    if not text.startswith("@"):
        return None
    said = text[1:].casefold()
    fitting = [one for one in agents if _begins(said, one.name.casefold())]
    return max(fitting, key=lambda one: len(one.name), default=None)


def next_agent(run: Run) -> str | None:
    """The thread's agent after the one of ``run`` that is not archived, once around."""
    places = list(run.thread.participants.select_related("agent"))
    ids = [place.agent_id for place in places]
    turn = ids.index(run.agent_id) + 1 if run.agent_id in ids else 0
    others = [p for p in places[turn:] + places[:turn] if p.agent_id != run.agent_id]
    return next((str(p.agent_id) for p in others if not p.agent.archived), None)


def _in_order(agents: Iterable[Agent], order: list[str]) -> list[Agent]:
    """The thread's agents as they stand in it, then the others."""
    places = {id_: place for place, id_ in enumerate(order)}
    return sorted(agents, key=lambda one: places.get(one.id, len(places)))


def _begins(said: str, name: str) -> bool:
    rest = said[len(name) :]
    return said.startswith(name) and not (rest and (rest[0].isalnum() or rest[0] in _LETTERS))


def _only(agents: Iterable[Agent]) -> Agent:
    agent = next(iter(agents), None)
    if agent is None:
        raise GiintError("no_agent")
    return agent
