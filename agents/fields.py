"""What may stand in the fields of agents and of templates' revisions, judged in one place."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from agents import limits, parameters
from agents.models import Agent, TemplateRevision, Tool
from agents.tools.offered import UNKNOWN, refusals, usable
from giint.core.errors import BadField
from giint.core.text import clean

# Field → its longest text, in characters. Instructions are sent with every model call.
LONGEST = {
    "name": 80,
    "description": 300,
    "instructions": 65_536,
    "model": 120,
    "linked_assistant": 120,
    "note": 200,
}
TOOLS = 64  # of one agent
CONTENT = ("instructions", "model", "tools", "parameters", "limits")


def put(
    row: Agent | TemplateRevision, given: Mapping[str, Any], dialect: str | None = None
) -> None:
    """Set the fields that are given (None is not) on an unsaved ``row``. ``dialect``: of the
    account that will answer, where it is known. Raises BadField with all that are wrong.
    """
    wrong: dict[str, str] = {}
    for field, value in given.items():
        if value is None:
            continue
        try:
            checked = _tools(value, row) if field == "tools" else _checked(field, value, dialect)
            setattr(row, field, checked)
        except ValueError as error:
            wrong[field] = str(error)
    if wrong:
        raise BadField(**wrong)


def checked_text(field: str, value: str) -> str:
    """The text as it is kept. Raises ValueError with a sentence."""
    text = clean(value) if field == "instructions" else clean(value).strip()
    if len(text) > LONGEST[field]:
        raise ValueError(f"This is longer than {LONGEST[field]} characters.")
    return text


def _checked(field: str, value: Any, dialect: str | None) -> Any:
    match field:
        case "parameters":
            return parameters.checked(value, dialect)
        case "limits":
            return limits.checked(value)
        case "name" if not clean(value).strip():
            raise ValueError("An agent needs a name.")
    return checked_text(field, value)


def known_tools() -> list[str]:
    """Names of all tools: of code, then those that were made in the admin."""
    made = Tool.objects.filter(enabled=True).values_list("name", flat=True)
    return list(dict.fromkeys([*settings.GIINT_TOOLS, *made]))


def _tools(names: Any, row: Agent | TemplateRevision) -> list[str]:
    """A person chooses among those that they may use; what their agent has already, it keeps."""
    chosen = [clean(str(name)) for name in dict.fromkeys(names)]
    if len(chosen) > TOOLS:
        raise ValueError(f"At most {TOOLS} tools.")
    new = [name for name in chosen if name not in row.tools]
    if not new:
        return chosen
    if isinstance(row, Agent):
        known = [one.name for one in usable(row.owner)]
        refused = refusals(row.owner, new)
    else:
        known = known_tools()
        refused = {name: UNKNOWN for name in new if name not in known}
    if unknown := [name for name, why in refused.items() if why == UNKNOWN]:
        shown = ", ".join(name[:64] for name in unknown[:5])
        raise ValueError(f"There is no tool named {shown}. There are: {', '.join(known)}.")
    if refused:
        raise ValueError(" ".join(f"{name}: {why}" for name, why in refused.items()))
    return chosen
