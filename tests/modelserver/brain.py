"""What the server says when no script is left: text, or two rounds of tools when asked for sums
or times.
"""

import json
import re
from typing import Any

from tests.modelserver.said import Said

ROUNDS = [("calculate", {"expression": "6 * 7"}), ("current_time", {"zone": "Europe/Zurich"})]
_TOOLS = re.compile(r"\btime\b|\bcalculate\b|\d\s*[-+*/%]", re.IGNORECASE)


def answer(asked: dict[str, Any], dialect: str) -> Said:
    """What to say to a request's body. Mentions nothing that is not in it."""
    items = _items(asked) if dialect == "chat" else asked.get("input") or []
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    question, since = _question(items)
    outputs = [item for item in since if item.get("type") == "function_call_output"]
    offered = {(tool.get("function") or tool).get("name") for tool in asked.get("tools") or []}
    rounds = [one for one in ROUNDS if one[0] in offered]
    if _TOOLS.search(question) and len(outputs) < len(rounds):
        before = sum(item.get("type") == "function_call" for item in items)
        return Said(calls=(rounds[len(outputs)],), first=before + 1)
    said = f"You said: {question}"
    if outputs:
        said += "\n\nThe tools said: " + "; ".join(_text(item.get("output")) for item in outputs)
    return Said(tuple(re.findall(r"\s*\S+|\s+\Z", said)))


def _items(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a chat completion as items."""
    items: list[dict[str, Any]] = []
    for message in asked.get("messages") or []:
        if message["role"] == "tool":
            items.append({"type": "function_call_output", "output": message["content"]})
            continue
        items.append({"role": message["role"], "content": message.get("content") or ""})
        items += [{"type": "function_call"} for _ in message.get("tool_calls") or []]
    return items


def _question(items: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    for at in range(len(items) - 1, -1, -1):
        if items[at].get("role") == "user":
            return _text(items[at].get("content")), items[at + 1 :]
    return "", []


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content if isinstance(content, str) else json.dumps(content)
