"""Dumps of realistic shape: what people saved of the hosted Assistants API before it ended."""

import io
import json
from typing import Any

CREATED = 1_718_000_000


def assistant(id_: str = "asst_support0001", **fields: Any) -> dict[str, Any]:
    """As ``GET /v1/assistants/<id>`` answered."""
    return {
        "id": id_,
        "object": "assistant",
        "created_at": CREATED,
        "name": "Support reply",
        "description": "Answers support mail",
        "model": "gpt-4o",
        "instructions": "You answer support mail.\n\nBe brief and kind.",
        "tools": [],
        "tool_resources": {},
        "metadata": {"team": "support"},
        "temperature": 0.2,
        "top_p": 1.0,
        "response_format": "auto",
        "reasoning_effort": None,
    } | fields


def message(number: int, role: str, text: str, **fields: Any) -> dict[str, Any]:
    """As a message of ``GET /v1/threads/<id>/messages``."""
    return {
        "id": f"msg_{number:04}",
        "object": "thread.message",
        "created_at": CREATED + number,
        "thread_id": "thread_orders01",
        "assistant_id": "asst_support0001" if role == "assistant" else None,
        "run_id": "run_0001" if role == "assistant" else None,
        "role": role,
        "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
        "attachments": [],
        "metadata": {},
        "status": "completed",
    } | fields


def thread(id_: str = "thread_orders01", **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "object": "thread",
        "created_at": CREATED,
        "metadata": {},
        "tool_resources": {},
    } | fields


def listed(*rows: Any) -> dict[str, Any]:
    """A page of a list."""
    ids = [row["id"] for row in rows]
    return {
        "object": "list",
        "data": list(rows),
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": False,
    }


# A hosted prompt, as people copied it out of the dashboard.
PROMPT = {
    "id": "pmpt_68a1c0ffee",
    "name": "Refund policy",
    "version": "7",
    "model": "gpt-5-mini",
    "messages": [
        {"role": "developer", "content": [{"type": "input_text", "text": "Quote {{policy}}."}]},
        {"role": "user", "content": "Can I send it back?"},
    ],
    "tools": [{"type": "web_search_preview", "search_context_size": "low"}],
    "reasoning": {"effort": "low", "summary": "auto"},
    "text": {"format": {"type": "text"}, "verbosity": "low"},
}
FUNCTION = {
    "type": "function",
    "function": {
        "name": "order_status",
        "description": "Where an order is",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}},
        "strict": False,
    },
}


def saved(*values: Any, lines: bool = False) -> io.BytesIO:
    """A file with these: one object, or one on each line."""
    text = "\n".join(json.dumps(value, indent=None if lines else 2) for value in values)
    return io.BytesIO(text.encode())
