"""Objects in the words of the Assistants API, each valid by OpenAI's published schemas."""

import secrets
import time
from typing import Any

Row = dict[str, Any]
EXPIRES = 600  # seconds that a run may take
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
PREFIX = {
    "assistant": "asst_",
    "thread": "thread_",
    "message": "msg_",
    "run": "run_",
    "step": "step_",
    "file": "file-",
    "vector_store": "vs_",
}


def new_id(kind: str) -> str:
    return PREFIX[kind] + secrets.token_hex(12)


def now() -> int:
    return int(time.time())


def _head(kind: str, object: str) -> Row:
    return {"id": new_id(kind), "object": object, "created_at": now()}


def assistant(asked: Row) -> Row:
    given = {name: asked.get(name) for name in ("name", "description", "model", "instructions")}
    rest = {
        "tools": asked.get("tools") or [],
        "tool_resources": asked.get("tool_resources") or {},
        "metadata": asked.get("metadata") or {},
        "temperature": asked.get("temperature", 1.0),
        "top_p": asked.get("top_p", 1.0),
        "response_format": asked.get("response_format") or "auto",
    }
    if effort := asked.get("reasoning_effort"):
        rest["reasoning_effort"] = effort
    return _head("assistant", "assistant") | given | rest


def thread(asked: Row) -> Row:
    resources = asked.get("tool_resources") or {}
    metadata = asked.get("metadata") or {}
    return _head("thread", "thread") | {"tool_resources": resources, "metadata": metadata}


def text(value: str, annotations: list[Row] | None = None) -> Row:
    return {"type": "text", "text": {"value": value, "annotations": annotations or []}}


def message(thread_id: str, role: str, content: list[Row], **changes: Any) -> Row:
    """A whole one, of a person unless it says more."""
    return {
        **_head("message", "thread.message"),
        "thread_id": thread_id,
        "status": "completed",
        "incomplete_details": None,
        "completed_at": now(),
        "incomplete_at": None,
        "role": role,
        "content": content,
        "assistant_id": None,
        "run_id": None,
        "attachments": [],
        "metadata": {},
        **changes,
    }


def run(thread_id: str, asked: Row, by: Row) -> Row:
    """A run as it is made: ``asked`` over what its assistant ``by`` says."""

    def either(name: str, standard: Any = None) -> Any:
        return asked.get(name) if asked.get(name) is not None else by.get(name) or standard

    return {
        **_head("run", "thread.run"),
        "thread_id": thread_id,
        "assistant_id": by["id"],
        "status": "queued",
        "required_action": None,
        "last_error": None,
        "expires_at": now() + EXPIRES,
        "started_at": None,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "incomplete_details": None,
        "model": either("model"),
        "instructions": either("instructions", ""),
        "tools": either("tools", []),
        "metadata": asked.get("metadata") or {},
        "usage": None,
        "temperature": either("temperature", 1.0),
        "top_p": either("top_p", 1.0),
        "max_prompt_tokens": asked.get("max_prompt_tokens"),
        "max_completion_tokens": asked.get("max_completion_tokens"),
        "truncation_strategy": asked.get("truncation_strategy")
        or {"type": "auto", "last_messages": None},
        "tool_choice": asked.get("tool_choice") or "auto",
        "parallel_tool_calls": asked.get("parallel_tool_calls", True),
        "response_format": either("response_format", "auto"),
    }


def step(run: Row, details: Row) -> Row:
    return {
        **_head("step", "thread.run.step"),
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expired_at": None,
        "expires_at": run["expires_at"],
        "failed_at": None,
        "last_error": None,
        "metadata": {},
        "step_details": details,
        "usage": None,
    }


def file(name: str, purpose: str, size: int) -> Row:
    more = {"filename": name, "purpose": purpose, "bytes": size, "status": "processed"}
    return _head("file", "file") | more


def vector_store(asked: Row, files: int) -> Row:
    more = {name: asked[name] for name in ("expires_after",) if asked.get(name)}
    counts = {"in_progress": 0, "completed": files, "failed": 0, "cancelled": 0, "total": files}
    return {
        **_head("vector_store", "vector_store"),
        "name": asked.get("name") or "",
        "usage_bytes": 0,
        "file_counts": counts,
        "status": "completed",
        "expires_at": None,
        "last_active_at": now(),
        "metadata": asked.get("metadata") or {},
        **more,
    }


def vector_store_file(store: str, file: str) -> Row:
    return {
        "id": file,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": now(),
        "vector_store_id": store,
        "status": "completed",
        "last_error": None,
    }


def page(rows: list[Row], query: Any) -> Row:
    """One page of a list, by ``limit``, ``after``, ``before`` and ``order``; newest first unless
    it says otherwise.
    """
    rows = list(rows if query.get("order") == "asc" else reversed(rows))
    ids = [row["id"] for row in rows]
    if (after := query.get("after")) in ids:
        rows = rows[ids.index(after) + 1 :]
    if (before := query.get("before")) in ids:
        rows = [row for row in rows if ids.index(row["id"]) < ids.index(before)]
    limit = int(query.get("limit", 20))
    data = rows[:limit]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": len(rows) > limit,
    }
