"""What a server of the Assistants API keeps: assistants, threads with their messages and runs,
files and vector stores.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.modelserver import assistantsobjects as made
from tests.modelserver.assistantsobjects import Row

ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")
ENDED = ("completed", "failed", "cancelled", "expired", "incomplete")


class Refusal(Exception):
    """An answer other than the object: its status and its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(slots=True)
class Working:
    """A run as far as it has come. ``items``: its calls and what they gave, for the model."""

    row: Row
    steps: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        return self.row["status"] in ACTIVE

    @property
    def wanted(self) -> list[Row]:
        """The function calls it waits for."""
        action = self.row["required_action"]
        return list(action["submit_tool_outputs"]["tool_calls"]) if action else []

    def take(self, other: "Working") -> None:
        """Be as ``other`` is."""
        self.row, self.steps = other.row, other.steps
        self.messages, self.items = other.messages, other.items


class Store:
    """By kind and id. ``slow_cancels``: so often a cancelled run still says ``cancelling``."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = {
            kind: {} for kind in ("assistant", "thread", "file", "vector_store")
        }
        self.timelines: dict[str, list[Row | Working]] = {}  # of each thread, oldest first
        self.contents: dict[str, bytes] = {}
        self.members: dict[str, list[str]] = {}  # vector store → files
        self.slow_cancels = 1
        self.streams = True
        self.goes_on = True  # a run whose stream was cut goes on to its end

    def add(self, kind: str, row: Row) -> Row:
        self.rows[kind][row["id"]] = row
        return row

    def find(self, kind: str, id: str) -> Row:
        """Raises Refusal 404."""
        try:
            return self.rows[kind][id]
        except KeyError:
            raise Refusal(404, f"No {kind.replace('_', ' ')} found with id '{id}'.") from None

    def remove(self, kind: str, id: str) -> None:
        self.find(kind, id)
        del self.rows[kind][id]
        self.timelines.pop(id, None)

    def ids(self, kind: str) -> set[str]:
        return set(self.rows[kind])

    # --- threads ----------------------------------------------------------------------------------

    def say(self, thread: str, asked: Row) -> Row:
        """Add a message. Raises Refusal."""
        self.find("thread", thread)
        _check_message(asked)
        content = asked["content"]
        parts = [made.text(content)] if isinstance(content, str) else [_part(p) for p in content]
        files = asked.get("attachments") or []
        for one in files:
            self.find("file", one["file_id"])
        message = made.message(thread, asked["role"], parts, attachments=files)
        message["metadata"] = asked.get("metadata") or {}
        self.timelines.setdefault(thread, []).append(message)
        return message

    def messages(self, thread: str) -> list[Row]:
        self.find("thread", thread)
        rows: list[Row] = []
        for one in self.timelines.get(thread, []):
            rows += one.messages if isinstance(one, Working) else [one]
        return rows

    def items(self, thread: str) -> list[Row]:
        """The conversation as the model is told it."""
        items: list[Row] = []
        for one in self.timelines.get(thread, []):
            if isinstance(one, Working):
                items += one.items
            else:
                items.append({"role": one["role"], "content": _text(one)})
        return items

    # --- runs -------------------------------------------------------------------------------------

    def runs(self, thread: str) -> list[Working]:
        self.find("thread", thread)
        return [one for one in self.timelines.get(thread, []) if isinstance(one, Working)]

    def all_runs(self) -> list[Working]:
        return [run for thread in self.rows["thread"] for run in self.runs(thread)]

    def run(self, thread: str, id: str) -> Working:
        found = [run for run in self.runs(thread) if run.row["id"] == id]
        if not found:
            raise Refusal(404, f"No run found with id '{id}'.")
        return found[0]

    def check_start(self, thread: str, asked: Row) -> None:
        """Raises Refusal where ``start`` would."""
        for run in self.runs(thread):
            if run.is_active:
                sentence = f"Thread {thread} already has an active run {run.row['id']}."
                raise Refusal(400, sentence)
        self.find("assistant", str(asked.get("assistant_id")))
        for message in asked.get("additional_messages") or []:
            _check_message(message)

    def start(self, thread: str, asked: Row) -> Working:
        """Begin a run, with what else is to be said before it. Raises Refusal."""
        self.check_start(thread, asked)
        by = self.find("assistant", asked["assistant_id"])
        for message in asked.get("additional_messages") or []:
            self.say(thread, message)
        run = Working(made.run(thread, asked, by))
        self.timelines.setdefault(thread, []).append(run)
        return run

    def cancel(self, thread: str, id: str) -> Row:
        run = self.run(thread, id)
        if not run.is_active:
            raise Refusal(400, f"Cannot cancel run with status '{run.row['status']}'.")
        run.row |= {"status": "cancelling" if self.slow_cancels else "cancelled"}
        run.row |= {"required_action": None, "cancelled_at": made.now()}
        return run.row

    def look(self, thread: str, id: str) -> Row:
        """A run as it is read: one that is being cancelled comes to its end by it."""
        run = self.run(thread, id)
        if run.row["status"] == "cancelling":
            self.slow_cancels -= 1
            if self.slow_cancels <= 0:
                run.row["status"] = "cancelled"
        return run.row

    def expire(self) -> None:
        """The ten minutes of every active run are over."""
        for run in self.all_runs():
            if run.is_active:
                run.row |= {"status": "expired", "required_action": None}


def _check_message(asked: Row) -> None:
    if asked.get("role") not in ("user", "assistant"):
        raise Refusal(400, f"Invalid value: '{asked.get('role')}'. Supported: user, assistant.")
    if not asked.get("content"):
        raise Refusal(400, "Message content must be non-empty.")
    if odd := asked.keys() - {"role", "content", "attachments", "metadata"}:
        raise Refusal(400, f"Unknown parameter: '{min(odd)}'.")


def _part(part: Row) -> Row:
    return made.text(part["text"]) if part.get("type") == "text" else part


def _text(message: Row) -> str:
    parts: list[Any] = [part.get("text") for part in message["content"]]
    return "".join(part["value"] for part in parts if part)
