"""Replies in the words of the Agents API's event stream: what one segment of a turn says, that is,
up to the calls of functions or the end of the turn.

Ids of the session, its turns and events are the store's (``agentsstore.py``), and so is the end:
a reply's last event is ``END``, which the store puts in the words for what has happened.
"""

import dataclasses
import json
from typing import Any

from tests.modelserver.script import Event, Reply

Item = dict[str, Any]
Part = tuple[Item, list[Event]]
END = "end"
USAGE = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 3},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 18,
}


def stream(*parts: Part, **end: Any) -> Reply:
    """A segment of these items, each with the events that build it. ``end``: ``error`` (code and
    message) fails the turn, ``fatal`` (a sentence) the whole session, ``actions`` are required
    besides the calls of functions, ``usage`` is another than USAGE.
    """
    events: list[Event] = []
    for index, (item, building) in enumerate(parts):
        place = {"output_index": index}
        added = {"type": "agent.session.turn.item.added", "item": _begun(item)} | place
        done = {"type": "agent.session.turn.item.done", "item": item} | place
        # What is inside an item stands where it does; what happens beside it, nowhere.
        inside = [event | (place if "item_id" in event else {}) for event in building]
        events += [added, *inside, done]
    return Reply([*events, {"type": END, **end}])


def _begun(item: Item) -> Item:
    begun = item | {"status": "in_progress"}
    begun |= {"content": []} if item["type"] == "message" else {}
    begun |= {"summary": []} if item["type"] == "reasoning" else {}
    begun |= {"output": None} if item["type"] == "mcp_call" else {}
    return begun


def message(*pieces: str, id: str = "msg", phase: str | None = "final_answer") -> Part:
    """A message that arrives in these pieces."""
    part = {"type": "output_text", "text": "".join(pieces)}
    place = {"item_id": id, "content_index": 0}
    item = {
        "id": id,
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "phase": phase,
        "content": [part],
    }
    name = "agent.session.turn."
    deltas = [{"type": f"{name}output_text.delta", "delta": piece, **place} for piece in pieces]
    return item, [
        {"type": f"{name}content_part.added", "part": part | {"text": ""}, **place},
        *deltas,
        {"type": f"{name}output_text.done", "text": part["text"], **place},
        {"type": f"{name}content_part.done", "part": part, **place},
    ]


def reasoning(*pieces: str, id: str = "rs") -> Part:
    """A summary of its reasoning."""
    part = {"type": "summary_text", "text": "".join(pieces)}
    place = {"item_id": id, "summary_index": 0}
    item = {"id": id, "type": "reasoning", "summary": [part], "status": "completed"}
    name = "agent.session.turn.reasoning_summary_"
    deltas = [{"type": f"{name}text.delta", "delta": piece, **place} for piece in pieces]
    return item, [
        {"type": f"{name}part.added", "part": part | {"text": ""}, **place},
        *deltas,
        {"type": f"{name}text.done", "text": part["text"], **place},
        {"type": f"{name}part.done", "part": part, **place},
    ]


def call(name: str, arguments: Any, call_id: str = "call_1") -> Part:
    """A call of a function. ``arguments``: an object goes out as its JSON text, a text as it is."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    item = {
        "id": call_id.replace("call_", "fc_"),
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": text,
        "status": "completed",
    }
    return item, []


def web_search(query: str, id: str = "ws") -> Part:
    action = {"type": "search", "query": query, "queries": [query]}
    return {"id": id, "type": "web_search_call", "action": action, "status": "completed"}, []


def mcp_call(server: str, name: str, output: Any, id: str = "mcp") -> Part:
    item: Item = {"id": id, "type": "mcp_call", "server_label": server, "name": name}
    item |= {"arguments": {}}
    return item | {"output": output, "error": None, "status": "completed"}, []


def command(line: str, output: str, id: str = "cmd") -> Part:
    """A command, its output in two pieces."""
    place = {"item_id": id}
    name = "agent.output.command_execution_output.delta"
    half = len(output) // 2
    item: Item = {"id": id, "type": "command_execution", "command": line, "cwd": "/workspace"}
    item |= {"duration_ms": 12, "exit_code": 0, "output": output, "status": "completed"}
    return item, [
        {"type": name, "delta": piece, **place} for piece in (output[:half], output[half:])
    ]


def subagent(name: str, task: str, *pieces: str, id: str = "sub_1") -> Part:
    """A subagent is created, says this in a turn of its own, and is closed."""
    content = [{"type": "output_text", "text": task}]
    item: Item = {"id": f"create_{id}", "type": "create_subagent_call", "content": content}
    item |= {"model": None, "reasoning_effort": None, "status": "completed"}
    said, building = message(*pieces, id=f"msg_{id}")
    place = {"output_index": 0}
    inside = [
        {"type": "agent.session.turn.item.added", "item": _begun(said), **place},
        *building,
        {"type": "agent.session.turn.item.done", "item": said, **place},
    ]
    row = {"subagent": id, "name": name, "instructions": content}
    return item, [
        {"type": "agent.session.subagent.created", **row},
        {"type": "agent.session.turn.created", "subagent": id},
        *({**event, "subagent": id} for event in inside),
        {"type": "agent.session.turn.completed", "subagent": id},
        {"type": "agent.session.subagent.closed", **row},
    ]


def text(*pieces: str) -> Reply:
    """A whole answer of one message."""
    return stream(message(*pieces))


def calls(*wanted: tuple[str, dict[str, Any]], first: int = 1) -> Reply:
    """A segment that calls these functions: ``call_1``, ``call_2``…"""
    return stream(
        *(call(name, given, f"call_{n}") for n, (name, given) in enumerate(wanted, first))
    )


def failed(code: str, sentence: str, *pieces: str) -> Reply:
    """A turn that fails after these pieces."""
    said = stream(*([message(*pieces)] if pieces else []))
    # What it was saying is not finished.
    said.events[:] = [one for one in said.events if one["type"] in _UNFINISHED]
    return Reply([*said.events, {"type": END, "error": {"code": code, "message": sentence}}])


_UNFINISHED = {
    "agent.session.turn.item.added",
    "agent.session.turn.content_part.added",
    "agent.session.turn.output_text.delta",
}


def segment(reply: Reply) -> Reply:
    """The reply with its events: its own, or those that say what is ``said``."""
    if reply.said is None:
        return reply
    return dataclasses.replace(reply, events=_said(reply.said).events)


def _said(said: Any) -> Reply:
    if said.failure:
        return failed(*said.failure, *said.pieces)
    parts = [reasoning(*said.thoughts)] if said.thoughts else []
    parts += [message(*said.pieces)] if said.pieces else []
    parts += [
        call(name, given, f"call_{number}")
        for number, (name, given) in enumerate(said.calls, said.first)
    ]
    return stream(*parts)
