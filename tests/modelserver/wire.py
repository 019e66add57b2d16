"""Replies in the words of the Responses API, each valid by OpenAI's published schemas."""

import json
import time
from typing import Any

from tests.modelserver.script import Event, Reply

Item = dict[str, Any]
USAGE = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 18,
}


def response(status: str, output: list[Item], **changes: Any) -> dict[str, Any]:
    """A whole ``response`` object."""
    return {
        "id": "resp_test",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": "test-model",
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "metadata": {},
        **({"usage": USAGE} if status in ("completed", "incomplete") else {}),
        **changes,
    }


def stream(*parts: tuple[Item, list[Event]], end: Event | None = None) -> Reply:
    """A stream of these items, each with the events that build it. ``end``: instead of
    completed.
    """
    events: list[Event] = [
        {"type": f"response.{word}", "response": response("in_progress", [])}
        for word in ("created", "in_progress")
    ]
    for index, (item, building) in enumerate(parts):
        begun = item | {"status": "in_progress"}
        begun |= {"content": []} if item["type"] == "message" else {}
        begun |= {"arguments": ""} if item["type"] == "function_call" else {}
        begun |= {"summary": []} if item["type"] == "reasoning" else {}
        place = {"output_index": index}
        events.append({"type": "response.output_item.added", "item": begun} | place)
        events += [event | place for event in building]
        events.append({"type": "response.output_item.done", "item": item} | place)
    output = [item for item, _ in parts]
    events.append(end or {"type": "response.completed", "response": response("completed", output)})
    return Reply(events)


def message(*pieces: str, id: str = "msg_test") -> tuple[Item, list[Event]]:
    """A message that arrives in these pieces."""
    part = {"type": "output_text", "text": "".join(pieces), "annotations": [], "logprobs": []}
    place = {"item_id": id, "content_index": 0}
    item = {
        "id": id,
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    deltas = [
        {"type": "response.output_text.delta", "delta": piece, "logprobs": []} | place
        for piece in pieces
    ]
    return item, [
        {"type": "response.content_part.added", "part": part | {"text": ""}} | place,
        *deltas,
        {"type": "response.output_text.done", "text": part["text"], "logprobs": []} | place,
        {"type": "response.content_part.done", "part": part} | place,
    ]


def reasoning(*pieces: str, id: str = "rs_test") -> tuple[Item, list[Event]]:
    """A summary of its reasoning, with the encrypted whole."""
    part = {"type": "summary_text", "text": "".join(pieces)}
    place = {"item_id": id, "summary_index": 0}
    item = {
        "id": id,
        "type": "reasoning",
        "summary": [part],
        "encrypted_content": "c2VhbGVk",
        "status": "completed",
    }
    deltas = [
        {"type": "response.reasoning_summary_text.delta", "delta": piece} | place
        for piece in pieces
    ]
    return item, [
        {"type": "response.reasoning_summary_part.added", "part": part | {"text": ""}} | place,
        *deltas,
        {"type": "response.reasoning_summary_text.done", "text": part["text"]} | place,
        {"type": "response.reasoning_summary_part.done", "part": part} | place,
    ]


def call(name: str, arguments: dict[str, Any], call_id: str = "call_1") -> tuple[Item, list[Event]]:
    """A function call, its arguments in two pieces."""
    id = call_id.replace("call_", "fc_")
    text = json.dumps(arguments, ensure_ascii=False)
    half = len(text) // 2
    item = {
        "id": id,
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": text,
        "status": "completed",
    }
    place = {"item_id": id}
    return item, [
        {"type": "response.function_call_arguments.delta", "delta": text[:half]} | place,
        {"type": "response.function_call_arguments.delta", "delta": text[half:]} | place,
        {"type": "response.function_call_arguments.done", "name": name, "arguments": text} | place,
    ]


def text(*pieces: str) -> Reply:
    """A whole answer of one message."""
    return stream(message(*pieces))


def calls(*wanted: tuple[str, dict[str, Any]], first: int = 1) -> Reply:
    """A whole answer that calls these tools: ``call_1``, ``call_2``…"""
    return stream(
        *(call(name, given, f"call_{n}") for n, (name, given) in enumerate(wanted, first))
    )


def failed(code: str, sentence: str, *pieces: str) -> Reply:
    """An answer that fails after these pieces."""
    error = {"code": code, "message": sentence}
    end = {"type": "response.failed", "response": response("failed", [], error=error)}
    return _ended(end, *pieces)


def incomplete(reason: str, *pieces: str) -> Reply:
    """An answer that the model ended early."""
    details = {"reason": reason}
    whole = response("incomplete", [], incomplete_details=details)
    return _ended({"type": "response.incomplete", "response": whole}, *pieces)


def _ended(end: Event, *pieces: str) -> Reply:
    return stream(*([message(*pieces)] if pieces else []), end=end)
