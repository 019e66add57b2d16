"""A transcript as Markdown and as JSON, for its owner to take away."""

import json
from typing import Any

from giint.core.times import iso
from transcripts.models import Transcript, TranscriptEntry


def as_json(transcript: Transcript, entries: list[TranscriptEntry]) -> str:
    """All of it: the rows as the API gives them."""
    whole: dict[str, Any] = {
        "transcript": transcript.row(),
        "entries": [entry.row() for entry in entries],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def as_markdown(transcript: Transcript, entries: list[TranscriptEntry]) -> str:
    """To read: title, where it belongs, and every entry with whose it is."""
    head = [
        f"# {_line(transcript.title)}",
        f"{transcript.tool}, {iso(transcript.opened)}, {transcript.status}. "
        f"Thread {transcript.thread_id}, message {transcript.message_id}.",
    ]
    parts = [*head, *(_entry(entry) for entry in entries)]
    if transcript.result:
        shown = json.dumps(transcript.result, ensure_ascii=False, indent=2)
        parts.append(f"## Result\n\n```json\n{shown}\n```")
    return "\n\n".join(parts) + "\n"


def _entry(entry: TranscriptEntry) -> str:
    facts = [_line(entry.name), entry.model, f"chose {_line(entry.choice)}" * bool(entry.choice)]
    head = "## " + ", ".join(fact for fact in facts if fact)
    why = f"*{entry.row()['sentence']}*" if entry.code else ""
    return "\n\n".join(part for part in (head, entry.text, why) if part)


def _line(text: str) -> str:
    return " ".join(text.split())
