"""What changed from one revision of a template to another, line by line. Pure."""

import difflib
import json
from typing import Protocol


class Content(Protocol):
    """What a revision says."""

    instructions: str
    variables: list[dict[str, object]]
    model: str
    tools: list[str]
    parameters: dict[str, object]
    limits: dict[str, float]
    linked_assistant: str


def as_lines(content: Content) -> list[str]:
    """A revision as lines of text: each field under its name, JSON with one value a line."""
    texts = {
        "instructions": content.instructions,
        "variables": _json(content.variables),
        "model": content.model,
        "tools": "\n".join(content.tools),
        "parameters": _json(content.parameters),
        "limits": _json(content.limits),
        "linked assistant": content.linked_assistant,
    }
    return [
        line for name, text in texts.items() if text for line in [f"[{name}]", *text.splitlines()]
    ]


def changes(before: Content, after: Content, names: tuple[str, str]) -> list[str]:
    """A unified diff with three lines of context; empty if they say the same."""
    return list(difflib.unified_diff(as_lines(before), as_lines(after), *names, lineterm="", n=3))


def of_json(
    before: dict[str, object], after: dict[str, object], names: tuple[str, str]
) -> list[str]:
    """The same for two objects: JSON with one value a line, long texts by their own lines."""
    return list(
        difflib.unified_diff(_object_lines(before), _object_lines(after), *names, lineterm="", n=3)
    )


def _object_lines(value: dict[str, object]) -> list[str]:
    texts = {name: text for name, text in value.items() if isinstance(text, str) and "\n" in text}
    rest = {name: one for name, one in value.items() if name not in texts}
    lines = _json(rest).splitlines()
    for name in sorted(texts):
        lines += [f"[{name}]", *texts[name].splitlines()]
    return lines


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) if value else ""
