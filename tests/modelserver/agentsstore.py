"""What the Agents API keeps, in memory: agents, sessions, their turns, items and subagents, each in
the shape of the SDK's types (``openai.types.beta``, 3.52).
"""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from tests.modelserver.script import Event, Reply

Body = dict[str, Any]
TOOLS: dict[str, Body] = {
    "function": {"defer_loading": False},
    "web_search": {
        "allowed_domains": None,
        "context_size": "medium",
        "location": None,
        "mode": "live",
    },
    "mcp": {
        "allowed_tools": None,
        "connection_origin": "service",
        "credential_id": None,
        "request_metadata": {},
        "required": False,
    },
}
_ids = itertools.count(1)


class Refused(Exception):
    """The server's answer to what it does not take."""

    def __init__(self, status: int, message: str, code: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": code, "param": None, "code": code}}


@dataclass(slots=True)
class Session:
    """One session. ``pending``: calls of functions that wait for a result, by id."""

    id: str
    agent: Body
    metadata: dict[str, str]
    status: str = "idle"
    error: str | None = None
    created: int = field(default_factory=lambda: int(time.time()))
    turns: list[Body] = field(default_factory=list)
    items: list[Body] = field(default_factory=list)
    inside: dict[str, list[Body]] = field(default_factory=dict)  # items of a subagent
    subagents: dict[str, Body] = field(default_factory=dict)
    pending: dict[str, Body] = field(default_factory=dict)
    actions: list[Body] = field(default_factory=list)
    usage: Body | None = None
    spent: Body | None = None  # tokens of the turn under way
    listeners: list["asyncio.Queue[Reply]"] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)  # the Idempotency-Keys that were seen

    @property
    def turn(self) -> Body:
        """The root agent's last turn."""
        return next(turn for turn in reversed(self.turns) if turn["subagent_id"] is None)

    def row(self) -> Body:
        return {
            "id": self.id,
            "object": "agent.session",
            "agent": self.agent,
            "created_at": self.created,
            "environment": {"type": "none"},
            "error": self.error,
            "last_active_at": int(time.time()),
            "metadata": self.metadata,
            "required_actions": [*self.pending.values(), *self.actions],
            "status": self.status,
            "usage": self.usage,
            "vault_ids": [],
        }


def new_id(prefix: str) -> str:
    return f"{prefix}_{next(_ids):06d}"


def event(kind: str, **fields: Any) -> Event:
    return {"type": kind, "event_id": new_id("event"), **fields}


def agent_row(body: Body) -> Body:
    """A saved agent, made from the body of its creation. Raises Refused."""
    if not body.get("model"):
        raise Refused(400, "Missing required parameter: 'model'.")
    now = int(time.time())
    return {
        "id": new_id("agent"),
        "object": "agent",
        "created_at": now,
        "updated_at": now,
        "metadata": body.get("metadata") or {},
        **settings(body),
    }


def settings(body: Body, *, persisted: bool = True) -> Body:
    """What an agent is set to, with the defaults."""
    several = body.get("multi_agent") or {"enabled": False}
    most = several.get("max_concurrent_subagents", 6) if several["enabled"] else None
    text = body.get("text") or {}
    reasoning = body.get("reasoning") or {}
    return {
        "name": body.get("name"),
        "model": body["model"],
        "instructions": body.get("instructions"),
        "multi_agent": {"enabled": several["enabled"], "max_concurrent_subagents": most},
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "service_tier": body.get("service_tier") or "auto",
        "text": {
            "format": text.get("format") or {"type": "text"},
            "verbosity": text.get("verbosity") or "medium",
        },
        "tools": [_tool(tool, persisted=persisted) for tool in body.get("tools") or []],
    }


def _tool(tool: Body, *, persisted: bool) -> Body:
    kind = tool.get("type")
    if kind not in TOOLS:
        raise Refused(400, f"Invalid value: '{kind}'. Supported values are: {sorted(TOOLS)}.")
    made = TOOLS[kind] | tool
    if kind == "mcp":
        transport = dict(tool["transport"])
        if persisted and "authorization" in {name.lower() for name in transport.get("headers", {})}:
            raise Refused(400, "A saved agent holds no credentials.")
        headers = transport.pop("headers", None) or {}
        made["transport"] = transport | ({"headers": headers} if persisted else {})
    return made


def turn_row(session: Session, subagent: str | None = None) -> Body:
    now = int(time.time())
    return {
        "id": new_id("turn"),
        "object": "agent.session.turn",
        "agent_id": subagent or session.agent["id"],
        "session_id": session.id,
        "subagent_id": subagent,
        "status": "in_progress",
        "created_at": now,
        "started_at": now,
        "completed_at": None,
        "error": None,
        "usage": None,
    }


def user_item(session: Session, said: Body) -> Body:
    content = said["content"]
    if isinstance(content, str):
        content = [{"type": "input_text", "text": content}]
    item = {"id": new_id("msg"), "type": "message", "role": "user", "status": "completed"}
    return item | {"phase": None, "content": content, "turn_id": session.turn["id"]}


def result_item(session: Session, given: Body) -> Body:
    return {
        "id": new_id("fco"),
        "type": "function_call_output",
        "call_id": given["call_id"],
        "turn_id": session.turn["id"],
        "output": given.get("output"),
        "error": given.get("error"),
        "status": "completed" if given["success"] else "failed",
    }


def as_input(session: Session) -> Body:
    """What the session knows, as a request to the server's own brain."""
    known = ("message", "function_call", "function_call_output")
    items = [item for item in session.items if item["type"] in known]
    return {"input": items, "tools": session.agent["tools"]}
