"""Which objects of a dump can be taken in, and which belong to which: messages to their thread.

Readers of dumps have to guess: objects without ``object``, threads without ids, prompts copied by
hand. What is no object that we know is counted and told, never dropped silently.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agents.ingest.dump import Piece, parsed
from giint.core.errors import GiintError
from giint.core.text import clean, clean_json

OBJECTS = 200_000  # of one dump
NAMES = 5_000  # of files
_OBJECTS = {
    "assistant": "assistant",
    "agent": "agent",
    "prompt": "prompt",
    "thread": "thread",
    "conversation": "thread",
    "agent.session": "session",
    "thread.message": "message",
    "thread.run": "run",
    "file": "file",
    "vector_store": "vector_store",
    "list": "wrapper",
}
_IDS = {
    "asst_": "assistant",
    "pmpt_": "prompt",
    "thread_": "thread",
    "conv_": "thread",
    "run_": "run",
    "file-": "file",
    "vs_": "vector_store",
}
_LISTS = {
    "assistants": "assistant",
    "agents": "agent",
    "prompts": "prompt",
    "threads": "thread",
    "conversations": "thread",
    "sessions": "session",
    "messages": "message",
    "items": "message",
    "runs": "run",
    "files": "file",
    "vector_stores": "vector_store",
}
AGENTS = ("assistant", "agent", "prompt")
TALKS = ("thread", "session")


@dataclass(frozen=True, slots=True)
class Found:
    """Something that can be taken in. ``raw`` of a thread has its ``messages`` and ``runs``."""

    kind: str
    remote_id: str
    raw: dict[str, Any]


@dataclass(slots=True)
class Told:
    """What a reading has to tell besides what it found: names of files, what is not taken."""

    files: dict[str, str] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)


def kind_of(value: Any, key: str = "") -> str:
    """What ``value`` is, empty for what is nothing of ours. ``key``: the list it stood in."""
    if not isinstance(value, dict):
        return ""
    said = value.get("object")
    if isinstance(said, str) and said in _OBJECTS:
        return _OBJECTS[said]
    if isinstance(said, str) and "." in said:
        return ""  # vector_store.file, thread.run.step, …
    id_ = value.get("id")
    for start, kind in _IDS.items():
        if isinstance(id_, str) and id_.startswith(start):
            return kind
    if key in _LISTS:
        return _LISTS[key]
    return _by_shape(value)


def _by_shape(value: dict[str, Any]) -> str:
    has = value.keys().__contains__
    if has("role") and has("content"):
        return "message"
    if has("prompt") and isinstance(value["prompt"], dict):
        return "prompt"
    if has("messages") and not has("model"):
        return "thread"
    if has("instructions") or has("model") or has("tools"):
        return "assistant" if has("name") and not has("messages") else "prompt"
    return ""


def found_in(source: Iterable[Piece], told: Told) -> Iterator[Found]:
    """What can be taken in, agents first. Messages are kept as bytes until their thread is whole.

    Raises what reading raises, and ``dump_too_large``.
    """
    gathering = _Gathering(told)
    for number, piece in enumerate(source):
        if number >= OBJECTS:
            raise GiintError("dump_too_large", f"more than {OBJECTS:,} objects")
        if (found := gathering.took(piece)) is not None:
            yield found
    for name, one in gathering.threads.items():
        yield one.found("" if name.startswith("#") else name)


class _Gathering:
    """What has been read of a dump."""

    def __init__(self, told: Told) -> None:
        self.threads: dict[str, _Talk] = defaultdict(_Talk)
        self._told = told
        self._listed = -1  # the last group that had a list in it

    def took(self, piece: Piece) -> Found | None:
        """The object, if it can be taken in by itself."""
        value = clean_json(piece.value())
        kind = self._kind(piece, value)
        match kind:
            case "message" | "run":
                self.threads[_thread_of(value, piece)].add(kind, piece.raw)
            case "thread" | "session":
                _merge(self.threads, value, piece, kind)
            case "assistant" | "agent" | "prompt":
                return Found(kind, _id(value), value | self._messages(piece, kind))
            case "file" if len(self._told.files) < NAMES:
                self._told.files[_id(value)] = clean(str(value.get("filename") or ""))[:200]
            case "wrapper":
                pass
            case _:
                self._told.ignored[_word(value)] += 1
        return None

    def _kind(self, piece: Piece, value: Any) -> str:
        kind = kind_of(value, piece.key)
        if piece.key:
            self._listed = piece.group
        elif piece.group == self._listed:
            return _beside(value, kind, messages=f"#{piece.group}" in self.threads)
        return kind

    def _messages(self, piece: Piece, kind: str) -> dict[str, Any]:
        """The messages of a prompt, which were read before what stands beside them."""
        if kind != "prompt" or piece.key or f"#{piece.group}" not in self.threads:
            return {}
        said = self.threads.pop(f"#{piece.group}").messages
        return {"messages": clean_json([parsed(raw) for raw in said])}


def in_order(given: Any) -> list[dict[str, Any]]:
    """Messages, oldest first. Lists come newest first from the API; moments are whole seconds, so
    what is of the same one keeps its order.
    """
    rows = [one for one in given or [] if isinstance(one, dict)] if isinstance(given, list) else []
    moments = [row.get("created_at") for row in rows]
    known = [one for one in moments if isinstance(one, int | float) and one == one]
    if len(rows) < 2 or len(known) != len(rows):
        return rows
    if known[0] > known[-1]:
        rows, known = rows[::-1], known[::-1]
    return [row for _, row in sorted(zip(known, rows, strict=True), key=lambda pair: pair[0])]


def _beside(value: dict[str, Any], kind: str, *, messages: bool) -> str:
    """What the rest of an outermost object is, whose lists came before it."""
    if messages and kind in ("assistant", "prompt") and value.get("object") != "assistant":
        return "prompt"
    if messages and kind == "" and value.get("thread_id"):
        return "thread"
    return kind or "wrapper"


def _thread_of(value: dict[str, Any], piece: Piece) -> str:
    """The name of a thread: its id, or what its messages stood in."""
    given = value.get("thread_id") or value.get("session_id") or value.get("conversation_id")
    if given:
        return clean(str(given))[:120]
    return f"#{piece.group}" if piece.key else "#"


def _merge(threads: dict[str, "_Talk"], value: dict[str, Any], piece: Piece, kind: str) -> None:
    """A thread whose messages are in it, beside it, or elsewhere in the dump."""
    inner = value.get("thread") if isinstance(value.get("thread"), dict) else None
    itself = inner or value
    name = _id(itself) or clean(str(itself.get("thread_id") or f"#{piece.group}.{piece.at}"))[:120]
    talk = threads[name]
    if piece.key == "" and (beside := threads.pop(f"#{piece.group}", None)):
        talk.messages += beside.messages
        talk.runs += beside.runs
    for key in ("messages", "items", "data"):
        rows = value.get(key)
        rows = rows.get("data") if isinstance(rows, dict) else rows
        talk.given += [row for row in rows or [] if isinstance(row, dict)]
    talk.itself = {k: v for k, v in itself.items() if k not in ("messages", "items", "data")}
    talk.kind = kind


def _id(value: dict[str, Any]) -> str:
    given = value.get("id")
    return clean(given).strip()[:120] if isinstance(given, str) else ""


def _word(value: Any) -> str:
    """A word for what is not taken."""
    if not isinstance(value, dict):
        return "not an object"
    return clean(str(value.get("object") or value.get("type") or "unknown object"))[:60]


@dataclass(slots=True)
class _Talk:
    """A thread as it comes together."""

    kind: str = "thread"
    itself: dict[str, Any] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)
    runs: list[bytes] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, raw: bytes) -> None:
        (self.runs if kind == "run" else self.messages).append(raw)

    def found(self, name: str) -> Found:
        messages = [*self.given, *(parsed(raw) for raw in self.messages)]
        raw = self.itself | {
            "messages": in_order(clean_json(messages)),
            "runs": clean_json([parsed(run) for run in self.runs]),
        }
        return Found(self.kind, _id(self.itself) or name, raw)
