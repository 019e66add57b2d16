"""The request of a chat completion: parameters under the names it has there. Pure.

Agents have parameters in the words of the Responses API. Servers differ in which of the chat API's
they know, and say so with 400 or 422 and the parameter's name: ``without`` says what to send then.
Source: Chat Completions API reference, "Create chat completion".
"""

import json
import re
from typing import Any

from agents.providers.base import ToolSpec, TurnRequest
from agents.providers.chat_messages import messages

SAME = {
    "parallel_tool_calls",
    "prompt_cache_key",
    "service_tier",
    "temperature",
    "top_p",
}
# What a server may refuse, and what says the same in older words. None: it can do without.
INSTEAD: dict[str, str | None] = {
    "max_completion_tokens": "max_tokens",
    "parallel_tool_calls": None,
    "prompt_cache_key": None,
    "reasoning_effort": None,
    "service_tier": None,
    "stream_options": None,
    "verbosity": None,
}


def body(request: TurnRequest, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The request as it is sent, without what the server refused."""
    sent = _parameters(request.parameters)
    sent |= {
        "model": request.model,
        "messages": messages(request.instructions, request.items),
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        sent["tools"] = [function(tool) for tool in request.tools]
    else:
        sent.pop("tool_choice", None)
        sent.pop("parallel_tool_calls", None)
    for name in refused & sent.keys():
        value = sent.pop(name)
        if other := INSTEAD[name]:
            sent[other] = value
    return sent


def without(sent: dict[str, Any], error: Any) -> frozenset[str]:
    """Which of what was ``sent`` an error names that can be left out. ``error`` is its body."""
    said = json.dumps(error, default=str)[:20_000]
    names = [name for name in INSTEAD if name in sent]
    return frozenset(name for name in names if re.search(rf"\b{name}\b", said))


def _parameters(given: dict[str, Any]) -> dict[str, Any]:
    sent = {name: value for name, value in given.items() if name in SAME}
    if (most := given.get("max_output_tokens")) is not None:
        sent["max_completion_tokens"] = most
    if effort := field(given.get("reasoning"), "effort"):
        sent["reasoning_effort"] = effort
    if verbosity := field(given.get("text"), "verbosity"):
        sent["verbosity"] = verbosity
    if form := response_format(field(given.get("text"), "format")):
        sent["response_format"] = form
    if choice := given.get("tool_choice"):
        sent["tool_choice"] = tool_choice(choice)
    return sent


def field(value: Any, name: str) -> Any:
    """What an object has under that name; None for what is no object."""
    return value.get(name) if isinstance(value, dict) else None


def response_format(form: Any) -> dict[str, Any] | None:
    """``text`` is what everybody answers in anyway."""
    match form:
        case {"type": "json_object"}:
            return {"type": "json_object"}
        case {"type": "json_schema"}:
            inner = {name: value for name, value in form.items() if name != "type"}
            return {"type": "json_schema", "json_schema": inner}
    return None


def tool_choice(choice: Any) -> Any:
    """Which tools are to be used, in that API's words."""
    match choice:
        case {"type": "function", "name": str(name)}:
            return {"type": "function", "function": {"name": name}}
    return choice


def function(tool: ToolSpec) -> dict[str, Any]:
    """A tool as a server is told of it."""
    told = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": told}
