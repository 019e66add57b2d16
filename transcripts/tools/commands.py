"""``/poll`` and ``/duo`` in the composer: a line of words to the arguments of a tool.

/poll [@Agent …] [x3] question [| choice | choice …]
/duo [@Agent …] ["Role: in words" …] [6] task
"""

import re
from typing import Any

from accounts.models import User
from agents.models import Agent
from giint.core.errors import BadField
from transcripts.tools import duo, x_poll

_COPIES = re.compile(r"x(\d{1,3})(?=\s)", re.IGNORECASE)
_ROUNDS = re.compile(r"(\d{1,3})(?:\s+rounds?:?)?(?=\s)", re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "”": "”"}


def poll(user: User, asker: Agent | None, text: str) -> dict[str, Any]:
    """Arguments of ``x_poll``. Sync. Raises BadField."""
    agents, rest = _agents(user, text)
    copies, rest = _number(_COPIES, rest, 1)
    question, *choices = [part.strip() for part in rest.split("|")]
    given = {"question": question, "agents": agents, "copies": copies, "choices": choices}
    return check_poll(user, asker, given)


def duet(user: User, asker: Agent | None, text: str) -> dict[str, Any]:
    """Arguments of ``duo``. Sync. Raises BadField."""
    agents, rest = _agents(user, text)
    roles, rest = _roles(rest)
    more, rest = _agents(user, rest)
    rounds, task = _number(_ROUNDS, rest, duo.USUAL)
    given = {"task": task, "agents": agents + more, "roles": roles, "rounds": rounds}
    return check_duo(user, asker, given)


def check_poll(user: User, asker: Agent | None, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are, if a poll can be made of them. Sync. Raises BadField."""
    wanted = {"agents": None, "copies": 1, "models": None, "choices": None} | given
    x_poll.planned(user, asker, **wanted)
    return {name: value for name, value in wanted.items() if value not in (None, [])}


def check_duo(user: User, asker: Agent | None, given: dict[str, Any]) -> dict[str, Any]:
    """The same for a duo."""
    wanted = {"agents": None, "roles": None, "rounds": duo.USUAL} | given
    duo.planned(user, asker, **wanted)
    return {name: value for name, value in wanted.items() if value not in (None, [])}


def _agents(user: User, text: str) -> tuple[list[str], str]:
    """The agents that ``text`` names at its beginning, each with an ``@``, and what follows."""
    mine = sorted(user.agents.filter(archived=False), key=lambda one: -len(one.name))
    found: list[str] = []
    text = text.strip()
    while text.startswith("@"):
        said = text[1:].casefold()
        one = next((a for a in mine if _begins(said, a.name.casefold())), None)
        if one is None:
            raise BadField(agents=f"There is no agent {text.split()[0][:80]!r} of yours.")
        found.append(one.id)
        text = text[1 + len(one.name) :].lstrip(" ,")
    return found, text


def _roles(text: str) -> tuple[list[str], str]:
    """The roles at the beginning of ``text``, each in quotation marks, and what follows. One has a
    name and a colon: words in quotation marks without them begin the task.
    """
    found: list[str] = []
    while closing := _QUOTES.get(text[:1], ""):
        role = re.match(rf"[^{closing}]*", text[1:])
        said = role[0] if role else ""
        name, colon, _ = said.partition(":")
        if not colon or "\n" in name or len(name) > duo.NAME:
            break
        if len(text) == len(said) + 1:
            raise BadField(roles=f"The role {said[:40]!r} has no closing quotation mark.")
        found.append(said.strip())
        text = text[len(said) + 2 :].lstrip(" ,\n")
    return found, text


def _begins(said: str, name: str) -> bool:
    rest = said[len(name) :]
    return said.startswith(name) and not (rest and rest[0].isalnum())


def _number(form: re.Pattern[str], text: str, usual: int) -> tuple[int, str]:
    found = form.match(text)
    return (int(found[1]), text[found.end() :].strip()) if found else (usual, text)
