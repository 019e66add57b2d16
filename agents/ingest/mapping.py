"""What an object from elsewhere says, in our words: pure, without a look at what we have.

Sources: the objects ``assistant`` (v1 and v2), ``agent`` and ``prompt`` of OpenAI's API reference,
and prompts as people copy them from the dashboard.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.fields import LONGEST
from giint.core.text import clean

Did = Literal["kept", "changed", "not_taken", "check", "refused"]
# Names of the provider's tools that changed over time → ours.
BUILTIN_NAMES = {
    "retrieval": "file_search",
    "web_search_preview": "web_search",
    "web_search_preview_2025_03_11": "web_search",
    "web_search_2025_08_26": "web_search",
}
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
# What is not configuration: it says when and by whom, or is spoken of elsewhere.
_SILENT = {
    *("id", "object", "created_at", "updated_at", "metadata", "name", "description"),
    *("instructions", "model", "tools", "tool_resources", "file_ids", "messages", "prompt"),
    *("temperature", "top_p", "response_format", "reasoning_effort", "reasoning", "text"),
    *("max_output_tokens", "tool_choice", "parallel_tool_calls", "truncation", "service_tier"),
    *("variables", "version", "is_default", "title", "max_tokens", "max_completion_tokens"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """What became of a part. ``did``: ``kept`` as it was, ``changed``, ``not_taken``, ``check``
    (somebody has to look), ``refused`` (it cannot be taken in like this).
    """

    about: str
    did: Did
    says: str

    def row(self) -> dict[str, str]:
        return {"about": self.about, "did": self.did, "says": self.says}


@dataclass(frozen=True, slots=True)
class Wish:
    """A tool as the original has it. ``kind``: ``function`` or the type of a built-in."""

    kind: str
    name: str
    raw: dict[str, Any]
    stores: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """An agent as the original asks for it. ``files`` and ``stores``: ids at its server."""

    name: str = ""
    description: str = ""
    instructions: str = ""
    model: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, about: str, did: Did, says: str) -> None:
        self.notes.append(Note(about, did, says))


def draft_of(kind: str, remote_id: str, raw: dict[str, Any]) -> Draft:
    """What ``raw``, an object of ``agents.ingest.objects.AGENTS``, asks for."""
    inner = raw.get("prompt")
    said = {**raw, **inner} if isinstance(inner, dict) else raw
    draft = Draft()
    _texts(draft, said, kind, remote_id)
    _instructions(draft, said)
    _parameters(draft, said)
    _resources(draft, said)
    _tools(draft, said)
    _rest(draft, said)
    return draft


def _texts(draft: Draft, said: dict[str, Any], kind: str, remote_id: str) -> None:
    name = _text(said.get("name")) or _text(said.get("title"))
    if not name:
        name = f"{kind.title()} {remote_id}".strip()
        draft.note("name", "changed", f"It has no name; here it is “{name[:80]}”.")
    for field_, text in (("name", name), ("description", _text(said.get("description")))):
        longest = LONGEST[field_]
        if len(text) > longest:
            draft.note(
                field_,
                "changed",
                f"Cut to {longest} characters; the original is kept with the import.",
            )
        setattr(draft, field_, text[:longest].strip())
    draft.model = _text(said.get("model"))[: LONGEST["model"]]
    if not draft.model:
        draft.note("model", "check", "It names no model: the one of your account answers.")


def _instructions(draft: Draft, said: dict[str, Any]) -> None:
    given = said.get("instructions")
    parts = [clean(given)] if isinstance(given, str) and given.strip() else []
    others = 0
    for message in said.get("messages") or []:
        role = message.get("role") if isinstance(message, dict) else None
        if role in ("system", "developer"):
            parts.append(content_text(message.get("content")))
        else:
            others += 1
    draft.instructions = "\n\n".join(part for part in parts if part)
    if others:
        draft.note(
            "messages",
            "not_taken",
            f"{others} example messages of the prompt stay with the original: an agent has "
            "instructions alone.",
        )
    if not draft.instructions:
        draft.note("instructions", "check", "It has no instructions.")
    elif len(draft.instructions) > LONGEST["instructions"]:
        draft.note(
            "instructions",
            "refused",
            f"They have {len(draft.instructions):,} characters; an agent takes "
            f"{LONGEST['instructions']:,}. Shorten them here before you confirm.",
        )
    if names := sorted(set(_VARIABLE.findall(draft.instructions))):
        draft.note(
            "variables",
            "check",
            f"{', '.join(names[:10])}: an agent's own instructions have no variables, the braces "
            "stay as text. A template fills them.",
        )


def content_text(content: Any) -> str:
    """The text of a message's content, whichever way it is written."""
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, dict):
        content = [content]
    texts = []
    for part in content if isinstance(content, list) else []:
        if isinstance(part, str):
            texts.append(part)
            continue
        text = part.get("text", part.get("refusal")) if isinstance(part, dict) else None
        text = text.get("value") if isinstance(text, dict) else text
        if isinstance(text, str):
            texts.append(text)
    return clean("\n\n".join(texts))


def _parameters(draft: Draft, said: dict[str, Any]) -> None:
    plain = ("temperature", "top_p", "parallel_tool_calls", "truncation", "service_tier")
    found = {name: said.get(name) for name in plain}
    found["max_output_tokens"] = next(
        (
            said[n]
            for n in ("max_output_tokens", "max_completion_tokens", "max_tokens")
            if said.get(n)
        ),
        None,
    )
    reasoning = _object(said.get("reasoning"))
    found["reasoning_effort"] = said.get("reasoning_effort") or reasoning.get("effort")
    found["reasoning_summary"] = reasoning.get("summary")
    text = _object(said.get("text"))
    found["verbosity"] = text.get("verbosity")
    found["response_format"] = _format(said.get("response_format") or text.get("format"))
    choice = said.get("tool_choice")
    if isinstance(choice, dict):
        draft.note("tool_choice", "not_taken", "A choice of one tool is not set here.")
        choice = None
    found["tool_choice"] = choice
    draft.parameters = {name: value for name, value in found.items() if value is not None}


def _format(given: Any) -> Any:
    """Assistants say ``auto``, and put a schema one level down."""
    if given in (None, "auto", "text") or given == {"type": "text"}:
        return None
    schema = given.get("json_schema") if isinstance(given, dict) else None
    if isinstance(schema, dict):
        kept = {name: value for name, value in schema.items() if value is not None}
        return {"type": "json_schema", **kept}
    if isinstance(given, dict) and given.get("type") == "json_schema":
        kept = {name: value for name, value in given.items() if value is not None}
        return {"name": "answer", **kept}
    return given


def _resources(draft: Draft, said: dict[str, Any]) -> None:
    resources = _object(said.get("tool_resources"))
    code = _object(resources.get("code_interpreter"))
    search = _object(resources.get("file_search"))
    draft.files += _ids(said.get("file_ids"))
    draft.files += _ids(code.get("file_ids"))
    draft.stores += _ids(search.get("vector_store_ids"))
    for tool in said.get("tools") or []:
        if isinstance(tool, dict):
            draft.stores += _ids(tool.get("vector_store_ids"))
            draft.files += _ids(_object(tool.get("container")).get("file_ids"))
    draft.files = list(dict.fromkeys(draft.files))
    draft.stores = list(dict.fromkeys(draft.stores))


def _tools(draft: Draft, said: dict[str, Any]) -> None:
    given = said.get("tools")
    for tool in given if isinstance(given, list) else []:
        if isinstance(tool, str):
            tool = {"type": tool}
        if not isinstance(tool, dict) or not isinstance(tool.get("type"), str):
            draft.note("tools", "not_taken", "One of its tools is nothing that can be read.")
            continue
        kind = BUILTIN_NAMES.get(tool["type"], str(tool["type"]))
        name = _text(_function(tool).get("name")) if kind == "function" else ""
        stores = tuple(draft.stores) if kind == "file_search" else ()
        draft.wishes.append(Wish(kind, clean(name or kind)[:64], tool, stores))


def _function(tool: dict[str, Any]) -> dict[str, Any]:
    """A function is written inside ``function`` or flat."""
    inner = tool.get("function")
    return inner if isinstance(inner, dict) else tool


def _rest(draft: Draft, said: dict[str, Any]) -> None:
    if said.get("metadata"):
        count = len(said["metadata"])
        draft.note("metadata", "kept", f"{count} entries stay with the original.")
    for name in sorted(set(said) - _SILENT):
        if said[name] not in (None, [], {}, "", False):
            draft.note(
                name[:60], "not_taken", "There is nothing like it here; it stays with the original."
            )


def _ids(given: Any) -> list[str]:
    return [one for one in given or [] if isinstance(one, str)] if isinstance(given, list) else []


def _object(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _text(given: Any) -> str:
    return " ".join(clean(given).split()) if isinstance(given, str) else ""
