"""Commands in the composer: a message such as ``/poll …`` is answered by a tool instead of a model
call. The table is ``GIINT_COMMANDS`` in settings.
"""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from agents.models import Agent
from giint.core.errors import GiintError

Plan = dict[str, str]
Reader = Callable[[User, Agent | None, str], dict[str, Any]]


def planned(user: User, agent: Agent, text: str) -> Plan | None:
    """The tool call that ``text`` asks for, or None: it is for the model. Sync.

    Raises ``bad_command`` with the reason.
    """
    if not text.startswith("/"):
        return None
    name, _, rest = text[1:].partition(" ")
    row = settings.GIINT_COMMANDS.get(name.strip().lower())
    if row is None:
        return None
    _, _, tool, path = row
    read: Reader = import_string(path)
    try:
        return call(tool, read(user, agent, rest.strip()))
    except GiintError as error:
        fields = getattr(error, "fields", {})
        raise GiintError("bad_command", " ".join(fields.values()) or error.sentence) from error


def call(tool: str, arguments: dict[str, Any]) -> Plan:
    """A tool call as a run keeps it."""
    return {"tool": tool, "arguments": json.dumps(arguments, ensure_ascii=False)}
