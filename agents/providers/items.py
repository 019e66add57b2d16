"""Items in the shape of OpenAI's Responses items: the few that we read and write ourselves."""

from typing import Any

from agents.providers.base import Item, ToolCall


def message(text: str, id: str) -> Item:
    """What the assistant said."""
    return {
        "type": "message",
        "id": id,
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }


def function_call(call: ToolCall) -> Item:
    return {
        "type": "function_call",
        "id": "fc_" + call.call_id.removeprefix("call_"),
        "call_id": call.call_id,
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }


def reasoning(text: str, id: str) -> Item:
    return {"type": "reasoning", "id": id, "summary": [{"type": "summary_text", "text": text}]}


def text_of(item: Item) -> str:
    """The text of a message item, whichever way its content is written."""
    content: Any = item.get("content", "")
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content or [])


def is_user(item: Item) -> bool:
    """Whether it is a person's message; the type of a message may be left out."""
    return item.get("type", "message") == "message" and item.get("role") == "user"
