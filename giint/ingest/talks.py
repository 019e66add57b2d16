"""What was said elsewhere, as messages of ours: pure. Threads of the Assistants API, sessions of
the Agents API, and messages as people saved them.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from agents.ingest.mapping import Note, content_text
from agents.ingest.objects import in_order

Role = Literal["user", "assistant", "system"]
ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message. ``by``: the remote id of the assistant that said it; ``files``: remote ids."""

    role: Role
    text: str
    created: datetime | None
    by: str = ""
    whole: bool = True
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class Talk:
    """A thread, oldest message first."""

    said: list[Said] = field(default_factory=list)
    created: datetime | None = None
    notes: list[Note] = field(default_factory=list)

    @property
    def assistants(self) -> list[str]:
        """Who said something in it, in the order of their first words."""
        return list(dict.fromkeys(one.by for one in self.said if one.by))

    @property
    def files(self) -> list[str]:
        return list(dict.fromkeys(file for one in self.said for file in one.files))


def talk_of(raw: dict[str, Any]) -> Talk:
    """The talk in ``raw``: a thread or a session with its ``messages``."""
    talk = Talk(created=_moment(raw.get("created_at")))
    passed: Counter[str] = Counter()
    by = _runs(raw) | {"": _agent(raw)}
    for row in in_order(raw.get("messages")):
        kind = row.get("type")
        role = ROLES.get(str(row.get("role")))
        if role is None or (isinstance(kind, str) and kind != "message"):
            passed[str(kind or row.get("role") or "message without a role")[:40]] += 1
            continue
        talk.said.append(_said(row, role, by, passed))
    for word, count in passed.most_common(10):
        says = f"{count} × {word} stay with the original: only what was said is a message here."
        talk.notes.append(Note("messages", "not_taken", says))
    if runs := raw.get("runs"):
        says = f"{len(runs)} runs stay with the original."
        talk.notes.append(Note("runs", "kept", says))
    return talk


def _said(row: dict[str, Any], role: Role, by: dict[str, str], passed: Counter[str]) -> Said:
    content = row.get("content")
    files = [*_attached(row)]
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict):
            files += _in_part(part, passed)
    text = content_text(content)
    if not text.strip():
        text = f"[{', '.join(files) or 'empty message'}]"
    who = row.get("assistant_id") or by.get(str(row.get("run_id"))) or by.get("")
    return Said(
        role,
        text,
        _moment(row.get("created_at")),
        str(who or "") if role == "assistant" else "",
        row.get("status") in (None, "completed"),
        tuple(dict.fromkeys(files)),
    )


def _in_part(part: dict[str, Any], passed: Counter[str]) -> list[str]:
    """Ids of files in a part of a message; what cannot be shown is counted."""
    found = []
    for name in ("image_file", "file", "input_file"):
        inner = part.get(name)
        if isinstance(inner, dict) and isinstance(inner.get("file_id"), str):
            found.append(inner["file_id"])
    if part.get("type") in ("image_url", "input_image"):
        passed["image by its address"] += 1
    text = part.get("text")
    notes = text.get("annotations") if isinstance(text, dict) else part.get("annotations")
    for note in notes if isinstance(notes, list) else []:
        passed["citation"] += 1
        path = note.get("file_path") if isinstance(note, dict) else None
        if isinstance(path, dict) and isinstance(path.get("file_id"), str):
            found.append(path["file_id"])
    return found


def _attached(row: dict[str, Any]) -> list[str]:
    given = row.get("attachments")
    named = [one.get("file_id") for one in given or [] if isinstance(one, dict)]
    ids = row.get("file_ids")
    named += ids if isinstance(ids, list) else []
    return [one for one in named if isinstance(one, str)]


def _runs(raw: dict[str, Any]) -> dict[str, str]:
    """Id of a run → of its assistant."""
    runs = raw.get("runs")
    return {
        str(run.get("id")): str(run["assistant_id"])
        for run in (runs if isinstance(runs, list) else [])
        if isinstance(run, dict) and run.get("assistant_id")
    }


def _agent(raw: dict[str, Any]) -> str:
    """Who answers in a session."""
    agent = raw.get("agent")
    return str(agent.get("id") or "") if isinstance(agent, dict) else str(raw.get("agent_id") or "")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**32:
        return None
    return datetime.fromtimestamp(value, UTC)
