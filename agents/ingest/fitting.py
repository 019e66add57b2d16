"""How an original fits here: which of our tools run what it asks for, what the answering account
takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from agents import parameters
from agents.catalogue.access import models_for
from agents.catalogue.facts import refuse_choice
from agents.fields import TOOLS
from agents.ingest.mapping import Draft, Note, Wish
from agents.models import Tool
from agents.providers import provider_for
from agents.tools.offered import Standing, standings
from giint.core.errors import BadField, GiintError

# What a review may change before it is confirmed: fields of the agent.
FIELDS = ("name", "description", "instructions", "model", "tools", "parameters")


@dataclass(slots=True)
class Fit:
    """The agent that it becomes, and everything there is to say about that."""

    fields: dict[str, Any]
    notes: list[Note] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return any(note.did == "refused" for note in self.notes)


def fit(user: User, draft: Draft, dialect: str) -> Fit:
    """The agent that ``user`` gets of ``draft``. ``dialect``: of the account that will answer,
    empty where there is none yet.
    """
    notes = list(draft.notes)
    fields: dict[str, Any] = {
        "name": draft.name,
        "description": draft.description,
        "instructions": draft.instructions,
        "model": draft.model,
    }
    fields["tools"] = _tools(user, draft, dialect, notes)
    fields["parameters"] = _parameters(draft.parameters, dialect, notes)
    if note := _model(user, draft.model):
        notes.append(note)
    return Fit(fields, notes)


def changed(found: Fit, changes: Mapping[str, Any]) -> Fit:
    """``found`` with what the person wants otherwise: what was refused and is changed is not
    refused any more.
    """
    own = {name: value for name, value in changes.items() if name in FIELDS}
    notes = [note for note in found.notes if note.about not in own]
    notes += [Note(name, "changed", "Changed by you.") for name in own]
    return Fit(found.fields | own, notes)


def _parameters(given: Mapping[str, Any], dialect: str, notes: list[Note]) -> dict[str, Any]:
    """Each by itself: one that cannot be kept costs none of the others."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        try:
            kept |= parameters.checked({name: value})
        except ValueError as error:
            notes.append(Note(name, "not_taken", str(error)))
            continue
        try:
            parameters.checked({name: value}, dialect or None)
        except ValueError as error:
            notes.append(Note(name, "check", f"Kept, but not sent for now. {error}"))
    return kept


def _model(user: User, model: str) -> Note | None:
    if not model:
        return None
    try:
        refuse_choice(user, model)
    except BadField as error:
        return Note("model", "check", error.fields["model"])
    known = models_for(user)
    if known.exists() and not known.filter(Q(is_listed=True), model_id=model).exists():
        return Note(
            "model",
            "check",
            f"“{model}” is in no list of your accounts. Choose another one before you use it.",
        )
    return None


# --- tools ----------------------------------------------------------------------------------------


def _tools(user: User, draft: Draft, dialect: str, notes: list[Note]) -> list[str]:
    if not draft.wishes:
        return []
    ours = standings(user)
    takes = _builtins(dialect)
    names: list[str] = []
    for wish in draft.wishes:
        name, note = _matched(wish, ours, takes, dialect)
        notes.append(note)
        if name:
            names.append(name)
    names = list(dict.fromkeys(names))
    if len(names) > TOOLS:
        left = ", ".join(names[TOOLS:])
        notes.append(Note("tools", "not_taken", f"An agent has at most {TOOLS}; left out: {left}."))
    return names[:TOOLS]


def _matched(
    wish: Wish, ours: Mapping[str, Standing], takes: frozenset[str], dialect: str
) -> tuple[str, Note]:
    about = f"tools.{wish.name}"
    if wish.kind == "function":
        return _function(wish, ours.get(wish.name), about)
    candidates = [one for one in ours.values() if _runs(one, wish)]
    usable = [one for one in candidates if not one.withheld]
    if not usable:
        why = candidates[0].withheld if candidates else ""
        return "", Note(about, "check", _nobody(wish, why))
    chosen = usable[0].name
    if dialect and wish.kind not in takes:
        label = settings.GIINT_PROVIDERS.get(dialect, (dialect, ""))[0]
        return "", Note(
            about,
            "check",
            f"Unsupported by {label}, which answers for you: left out for now. Your tool {chosen} "
            "runs it where the account has it.",
        )
    same = "as it is" if chosen == wish.name else f"as your tool {chosen}"
    return chosen, Note(about, "kept", f"{wish.kind}, {same}.")


def _function(wish: Wish, found: Standing | None, about: str) -> tuple[str, Note]:
    if found is not None and found.tool is not None and not found.withheld:
        return found.name, Note(about, "kept", f"Your tool {found.name} answers its calls.")
    why = found.withheld if found else "There is no tool of that name here."
    return "", Note(
        about,
        "check",
        f"{why} Its definition stays with the original, unbound: nothing here answers its calls. "
        "An administrator can make it as an HTTP function.",
    )


def _runs(one: Standing, wish: Wish) -> bool:
    """Whether this tool of ours is what the original has."""
    row = one.row
    if row is None or row.kind not in (Tool.Kind.BUILTIN, Tool.Kind.MCP):
        return False
    if str(row.options.get("type") or row.kind) != wish.kind:
        return False
    if wish.kind == "mcp":
        return bool(row.options.get("server_url") == server_of(wish.raw))
    if wish.kind == "file_search" and wish.stores:
        return set(wish.stores) <= set(row.options.get("vector_store_ids") or [])
    return True


def server_of(tool: Mapping[str, Any]) -> str:
    """The address of an MCP server, as Responses or as Agents write it."""
    transport = tool.get("transport")
    inner = transport if isinstance(transport, Mapping) else {}
    return str(tool.get("server_url") or inner.get("server_url") or inner.get("url") or "")


def _nobody(wish: Wish, why: str) -> str:
    if why:
        return f"{why} It stays with the original and is not used."
    where = ""
    if wish.stores:
        where = f" over {', '.join(wish.stores[:5])}"
    return (
        f"There is no built-in tool {wish.kind}{where} here that you may use. It stays with the "
        "original; an administrator can make one."
    )


def _builtins(dialect: str) -> frozenset[str]:
    try:
        return provider_for(dialect).builtins if dialect else frozenset()
    except GiintError:
        return frozenset()
