"""Whom a poll or a duo is about: agents of the person's, by id or by name. Sync."""

from collections.abc import Sequence

from accounts.models import User
from agents.models import Agent
from giint.core.errors import BadField
from giint.core.text import clean


def chosen(user: User, names: Sequence[str], field: str = "agents") -> list[Agent]:
    """The person's agents of those ids or names, in that order. Raises BadField for one that is
    not there, is archived, or stands there twice.
    """
    mine = list(user.agents.select_related("revision"))
    found = [_one(mine, clean(name).strip(), field) for name in names]
    if len({one.id for one in found}) < len(found):
        raise BadField(**{field: "An agent stands there twice. Ask for copies instead."})
    return found


def _one(mine: list[Agent], name: str, field: str) -> Agent:
    fitting = [one for one in mine if name in (one.id, one.name)]
    fitting = fitting or [one for one in mine if one.name.casefold() == name.casefold()]
    usable = [one for one in fitting if not one.archived]
    if not fitting:
        raise BadField(**{field: f"There is no agent {name[:80]!r} of yours."})
    if not usable:
        raise BadField(**{field: f"The agent {name[:80]!r} is archived."})
    return usable[0]
