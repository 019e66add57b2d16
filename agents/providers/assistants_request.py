"""What an Assistants server is sent: the assistant, the run, and the path as messages. Pure.

An assistant is made from what the agent is, and never changed: another agent is another assistant.
What a thread there has been told is known by a digest of our items, so that a run is given only the
rest. Messages there are a person's or the assistant's, in text; calls of an earlier run and what
they gave are told as text of the assistant's. Source: OpenAI's specification of 2026-08-21.
"""

import hashlib
from collections.abc import Collection
from typing import Any

import orjson

from agents.providers import items as shape
from agents.providers.base import BuiltIn, Item, TurnRequest
from agents.providers.chat_messages import text_of
from agents.providers.chat_request import field, function, response_format, tool_choice
from agents.providers.translation import Data
from giint.core.text import clean

BETA = "assistants=v2"
NAME = "GIINT"
START = hashlib.sha256(b"").hexdigest()  # of no items at all


def assistant(request: TurnRequest, files: Collection[str] = ()) -> Data:
    """The assistant that answers this, without its metadata. ``files``: ids, there, of the
    thread's.
    """
    given = request.parameters
    body: Data = {"model": request.model, "name": NAME}
    if request.instructions:
        body["instructions"] = request.instructions
    tools: list[Data] = [function(tool) for tool in request.tools]
    if tools := tools + [_builtin(tool) for tool in request.builtins]:
        body["tools"] = tools
    if resources := _resources(request.builtins, files):
        body["tool_resources"] = resources
    body |= {name: given[name] for name in ("temperature", "top_p") if name in given}
    if form := response_format(field(given.get("text"), "format")):
        body["response_format"] = form
    if effort := field(given.get("reasoning"), "effort"):
        body["reasoning_effort"] = effort
    return body


def run(request: TurnRequest, assistant_id: str, rest: list[Item]) -> Data:
    """A run of it, told ``rest`` first."""
    given = request.parameters
    body: Data = {"assistant_id": assistant_id, "stream": True}
    if said := messages(rest):
        body["additional_messages"] = said
    if (most := given.get("max_output_tokens")) is not None:
        body["max_completion_tokens"] = most
    if request.tools or request.builtins:
        if choice := given.get("tool_choice"):
            body["tool_choice"] = tool_choice(choice)
        if (side_by_side := given.get("parallel_tool_calls")) is not None:
            body["parallel_tool_calls"] = side_by_side
    return body


def digest(body: Data) -> str:
    """SHA-256 of what an object is made from."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


# --- tools ----------------------------------------------------------------------------------------


def _builtin(tool: BuiltIn) -> Data:
    if tool.type != "file_search":
        return {"type": tool.type}
    names = ("max_num_results", "ranking_options")
    options = {name: tool.options[name] for name in names if name in tool.options}
    return {"type": tool.type} | ({tool.type: options} if options else {})


def _resources(builtins: list[BuiltIn], uploaded: Collection[str]) -> Data:
    """Files and vector stores of the provider's own tools."""
    resources: Data = {}
    for tool in builtins:
        files = [*(field(tool.options.get("container"), "file_ids") or []), *uploaded]
        if tool.type == "code_interpreter" and files:
            resources[tool.type] = {"file_ids": files}
        if tool.type == "file_search":
            resources[tool.type] = {"vector_store_ids": tool.options.get("vector_store_ids") or []}
    return resources


# --- the path -------------------------------------------------------------------------------------


def messages(items: list[Item]) -> list[Data]:
    """The path as messages, oldest first. Unknown items and messages without text are left out."""
    calls = {str(item["call_id"]): item for item in items if item.get("type") == "function_call"}
    told: list[Data] = []
    for item in items:
        match item.get("type", "message"):
            case "message":
                role = "assistant" if item.get("role") == "assistant" else "user"
                _say(told, role, text_of(item.get("content")))
            case "function_call_output":
                call = calls.get(str(item["call_id"]), {})
                _say(told, "assistant", _result(call, text_of(item.get("output"))))
    return told


def _say(told: list[Data], role: str, text: str) -> None:
    if text.strip():
        told.append({"role": role, "content": text})


def _result(call: Item, output: str) -> str:
    asked = f"{call.get('name') or 'a tool'}({call.get('arguments') or ''})"
    return f"[I called {asked} and was answered:]\n{output}"


def results(items: list[Item]) -> list[Item]:
    """The outputs that ``items`` end in, in the order of their calls; none where something else was
    said after the calls, which a waiting run could not be told.
    """
    found: list[Item] = []
    for item in reversed(items):
        if item.get("type") != "function_call_output":
            break
        found.insert(0, item)
    wanted: list[str] = []
    for item in reversed(items[: len(items) - len(found)]):
        if item.get("type") != "function_call":
            break
        wanted.insert(0, item["call_id"])
    by_call = {item["call_id"]: item for item in found}
    return [by_call[call] for call in wanted] if by_call.keys() == set(wanted) else []


def answered(items: list[Item]) -> list[str]:
    """The ids of calls that were answered since a person last spoke."""
    calls: list[str] = []
    for item in reversed(items):
        if shape.is_user(item):
            break
        if item.get("type") == "function_call_output":
            calls.append(str(item["call_id"]))
    return calls


def is_call(ours: str, theirs: str) -> bool:
    """Whether a call has this id there: ours may have a number after it, see ``Translation``."""
    return ours == theirs or ours.startswith(f"{theirs}.")


def through(items: list[Item]) -> str:
    """The digest of all that ``items`` say."""
    return _digests(items)[-1]


def rest(items: list[Item], known: Any) -> list[Item] | None:
    """What follows on the items of which ``known`` is the digest; None where they do not begin
    with them.
    """
    found = [at for at, digest in enumerate(_digests(items)) if digest == known]
    return items[found[-1] :] if found else None


def _digests(items: list[Item]) -> list[str]:
    """Of the first 0, 1, 2… items: each goes into the next."""
    digests = [START]
    for item in items:
        said = _said(item)
        line = orjson.dumps([digests[-1], *said])
        digests.append(hashlib.sha256(line).hexdigest() if said else digests[-1])
    return digests


def _said(item: Item) -> list[str]:
    """What an item says, however it is written; nothing where it is not told."""
    match item.get("type", "message"):
        case "message":
            text = text_of(item.get("content"))
            return [str(item.get("role")), clean(text)] if text.strip() else []
        case "function_call":
            return ["call", str(item.get("name")), clean(str(item.get("arguments")))]
        case "function_call_output":
            return ["output", clean(text_of(item.get("output")))]
    return []
