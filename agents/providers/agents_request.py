"""What the Agents API is sent: an agent, a session, and what was said as messages. Pure.

Source: ``openai.types.beta`` of openai 3.52 (``agent_create_params``, ``session_create_params``,
``event_create_params``) and the guide "Agents API".
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from agents.providers import items as shape
from agents.providers.base import BuiltIn, Item, ToolSpec, TurnRequest
from giint.core.text import clean

Body = dict[str, Any]
SUBAGENTS = "subagents"  # of what a server runs itself: agents beside the one that answers
BETA = "agents=v1"
SESSIONS = "/agents/sessions"
NONE: Body = {"type": "none"}  # no place in which commands run
LONGEST_ID = 100
BEFORE = "What was said in this conversation so far, oldest first. You are the assistant in it."
GO_ON = "Go on from here."
_PARAMETERS = ("reasoning", "service_tier", "text")


def agent(request: TurnRequest) -> Body:
    """The agent that answers, as it is made: without credentials, which a saved one cannot hold."""
    made: Body = {"model": request.model}
    if request.instructions:
        made["instructions"] = request.instructions
    made |= {name: request.parameters[name] for name in _PARAMETERS if name in request.parameters}
    if "text" in made:
        made["text"] = _text(made["text"])
    for tool in request.builtins:
        if tool.type == SUBAGENTS:
            made["multi_agent"] = {"enabled": True, **_options(tool, "max_concurrent_subagents")}
    if tools := _tools(request, with_headers=False):
        made["tools"] = tools
    return made


def session(request: TurnRequest, agent_id: str) -> Body:
    """A session of that agent, without what is said in it. An MCP server's headers are given here:
    the session forgets them when it is deleted.
    """
    made: Body = {"agent_id": agent_id, "environment": NONE}
    if any(tool.headers for tool in request.builtins):
        made["agent"] = {"tools": _tools(request, with_headers=True)}
    return made


def has_subagents(request: TurnRequest) -> bool:
    return any(tool.type == SUBAGENTS for tool in request.builtins)


def digest(body: Body) -> str:
    """SHA-256 of what an object is made from."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _tools(request: TurnRequest, *, with_headers: bool) -> list[Body]:
    tools = [_function(tool) for tool in request.tools]
    own = [tool for tool in request.builtins if tool.type != SUBAGENTS]
    return tools + [_builtin(tool, with_headers=with_headers) for tool in own]


def _function(tool: ToolSpec) -> Body:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema,
    }


def _builtin(tool: BuiltIn, *, with_headers: bool) -> Body:
    """A tool of the server's own; its options are written in Responses' words."""
    given = tool.options
    if tool.type == "mcp":
        transport: Body = {"type": "http", "server_url": given["server_url"]}
        if tool.headers and with_headers:
            transport["headers"] = {name: key.reveal() for name, key in tool.headers.items()}
        sent: Body = {"server_label": given["server_label"], "transport": transport}
        return {"type": "mcp", **sent, **_options(tool, "allowed_tools")}
    sent = {"context_size": given.get("search_context_size")}
    place = given.get("user_location") or {}
    location = {
        name: place[name] for name in ("city", "country", "region", "timezone") if name in place
    }
    sent["location"] = location or None
    sent["allowed_domains"] = (given.get("filters") or {}).get("allowed_domains")
    sent["mode"] = "cached" if given.get("external_web_access") is False else None
    return {"type": tool.type, **{name: value for name, value in sent.items() if value is not None}}


def _options(tool: BuiltIn, *names: str) -> Body:
    return {name: tool.options[name] for name in names if name in tool.options}


def _text(given: Body) -> Body:
    """``text`` of Responses: a schema has no name here, and any object is a schema's."""
    sent = dict(given)
    match given.get("format"):
        case {"type": "json_schema", "schema": schema}:
            sent["format"] = {"type": "json_schema", "schema": schema}
        case {"type": "json_object"}:
            sent["format"] = {"type": "json_schema", "schema": {"type": "object"}}
    return sent


# --- what was said ------------------------------------------------------------------------------


def kept(items: Iterable[Item]) -> list[Item]:
    """The items that a session knows: neither thoughts nor what its server did by itself."""
    known = ("message", "function_call", "function_call_output")
    return [item for item in items if item.get("type", "message") in known]


@dataclass(frozen=True, slots=True)
class Known:
    """How much of a conversation a session holds: so many items, which are these."""

    count: int
    through: str

    def rest(self, items: list[Item]) -> list[Item] | None:
        """What of ``items`` the session does not know; None if they are not what it knows."""
        wanted = kept(items)
        same = len(wanted) >= self.count and known(wanted[: self.count]).through == self.through
        return wanted[self.count :] if same else None


def known(items: list[Item]) -> Known:
    said = [_fact(item) for item in kept(items)]
    return Known(len(said), hashlib.sha256(orjson.dumps(said)).hexdigest())


def _fact(item: Item) -> list[str]:
    match item.get("type", "message"):
        case "function_call":
            return ["call", item["call_id"], item["name"], clean(item["arguments"])]
        case "function_call_output":
            return ["output", item["call_id"], clean(_output(item))]
    return [str(item.get("role")), clean(shape.text_of(item))]


def messages(items: list[Item]) -> list[Body]:
    """Items as messages of a person, which are all that a session takes: the last ones of people as
    they are, and what comes before them, if an assistant has a part in it, told in one.
    """
    wanted = kept(items)
    last = max((at for at, item in enumerate(wanted) if not shape.is_user(item)), default=-1)
    before, now = wanted[: last + 1], wanted[last + 1 :]
    told = [_message(item) for item in now] or [_said(GO_ON)]
    return [_said("\n\n".join([BEFORE, *_lines(before)])), *told] if before else told


def _message(item: Item) -> Body:
    content = item.get("content", "")
    if isinstance(content, str):
        return _said(content)
    parts = [_part(part) for part in content]
    return {"type": "message", "role": "user", "content": [part for part in parts if part]}


def _part(part: Item) -> Body:
    match part:
        case {"type": "input_image", "image_url": str(url)}:
            return {"type": "input_image", "image_url": url}
        case {"text": str(text)}:
            return {"type": "input_text", "text": text}
    return {}


def _said(text: str) -> Body:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def _lines(items: list[Item]) -> list[str]:
    names = {item["call_id"]: item["name"] for item in items if item.get("type") == "function_call"}
    return [_line(item, names) for item in items]


def _line(item: Item, names: dict[str, str]) -> str:
    match item.get("type", "message"):
        case "function_call":
            return f"Assistant called {item['name']} with {item['arguments']}"
        case "function_call_output":
            name = names.get(item["call_id"], "A tool")
            return f"{name} answered: {_output(item)}"
    return f"{'User' if shape.is_user(item) else 'Assistant'}: {shape.text_of(item)}"


def _output(item: Item) -> str:
    output = item.get("output", "")
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


# --- input events -------------------------------------------------------------------------------


def message_event(items: list[Item]) -> Body:
    return {"type": "agent.session.input.message", "input": messages(items)}


def result_events(rest: list[Item], pending: Iterable[str], turn: str) -> list[Body] | None:
    """The results that the session waits for (``pending``: ids of calls, as it has them), and what
    people said meanwhile, which steers the turn. None if ``rest`` is something else.
    """
    outputs = {item["call_id"]: item for item in rest if item["type"] == "function_call_output"}
    events: list[Body] = []
    for id_ in pending:
        ours = next((one for one in outputs if is_call(one, id_)), None)
        if ours is None:
            return None
        result = {"turn_id": turn, "call_id": id_, "success": True}
        result["output"] = _output(outputs.pop(ours))
        events.append({"type": "agent.session.input.tool_result", **result})
    said = [item for item in rest if item.get("type") != "function_call_output"]
    if outputs or not all(map(shape.is_user, said)):
        return None
    # The message first: with the last result the turn goes on, and may be over at once.
    return [message_event(said), *events] if said else events


def since_calls(items: list[Item]) -> list[Item]:
    """What stands after the last thing that an assistant said or called."""
    wanted = kept(items)
    last = (at for at, item in enumerate(wanted) if not _is_given(item))
    return wanted[max(last, default=-1) + 1 :]


def _is_given(item: Item) -> bool:
    return item.get("type") == "function_call_output" or shape.is_user(item)


def is_call(ours: str, theirs: str) -> bool:
    """Whether a call of ours is the one that the server has under that id: another one was given
    to it where the conversation had it already (``Translation._fresh``).
    """
    stem = theirs[:LONGEST_ID]
    return ours == stem or re.fullmatch(re.escape(stem) + r"\.\d+", ours) is not None


CANCEL: Body = {"type": "agent.session.input.cancel"}


def approved(request_id: str) -> Body:
    """Approval is ours to ask for, before a tool is offered: an MCP server's never wait there."""
    response = {"type": "mcp_tool_call", "decision": "approve"}
    kind = "agent.session.input.mcp_approval_request_result"
    return {"type": kind, "request_id": request_id, "response": response}
