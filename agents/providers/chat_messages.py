"""From our items to the messages of a chat completion. Pure.

A message and the calls after it are one assistant message; messages of one person that follow each
other are joined, because the templates of many open models refuse two in a row. Reasoning stays
behind: no chat server takes another's, and few their own. Source: Chat Completions API reference,
``messages``.
"""

import json
from typing import Any

from agents.providers.base import Item

Message = dict[str, Any]
_ROLES = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}


def messages(instructions: str, items: list[Item]) -> list[Message]:
    """The conversation as a chat server is told it, oldest first. Unknown items are left out."""
    told: list[Message] = [{"role": "system", "content": instructions}] if instructions else []
    for item in items:
        match item.get("type", "message"):
            case "message":
                _say(told, _ROLES.get(str(item.get("role")), "user"), text_of(item.get("content")))
            case "function_call":
                _call(told, item)
            case "function_call_output":
                output = text_of(item.get("output"))
                told.append({"role": "tool", "tool_call_id": item["call_id"], "content": output})
    return told


def text_of(content: Any) -> str:
    """The text of a message's content or of a call's output, whichever way it is written."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_part(part) for part in content if isinstance(part, dict))
    return "" if content is None else json.dumps(content, ensure_ascii=False)


def _part(part: dict[str, Any]) -> str:
    return str(part.get("text") or part.get("refusal") or "")


def _say(told: list[Message], role: str, text: str) -> None:
    last = told[-1] if told else None
    if last is None or last["role"] != role or role == "system":
        told.append({"role": role, "content": text})
    elif text:
        last["content"] = f"{last['content']}\n\n{text}" if last["content"] else text


def _call(told: list[Message], item: Item) -> None:
    if not told or told[-1]["role"] != "assistant":
        told.append({"role": "assistant", "content": None})
    made = {"name": item["name"], "arguments": item.get("arguments") or "{}"}
    call = {"id": item["call_id"], "type": "function", "function": made}
    told[-1].setdefault("tool_calls", []).append(call)
