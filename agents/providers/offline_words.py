"""What the offline demo says: its fixed texts, and sentences about what a tool answered."""

import json
import re
from datetime import datetime
from typing import Any

from agents.providers import items as shape
from agents.providers.base import Item

CAN = (
    "work out arithmetic (“What is 17% of 2,310?”), tell the time (“What time is it in Zürich?”), "
    "do both side by side, show Markdown (“Show me Markdown”), stream (“Stream 50 words every 20 "
    "ms”), “think” first, and “fail” when asked to"
)
MARKDOWN = """# Markdown

This is the **offline demo**: no model wrote it, *every* word is fixed.

## A table

| Part | What it does | Lines |
|---|---|---:|
| Journal | Keeps every event | 1 |
| Hub | Passes text on | 2 |

## A list

1. First, with `code` in it
2. Second
   - nested
   - and again
- [x] done

> A quotation, and a [link](https://example.org/).

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```

That is all.
"""


def split(text: str) -> list[str]:
    """``text`` in pieces: a word with the blanks before it in each, and what blanks end it."""
    return re.findall(r"\s*\S+(?:\s+\Z)?|\s+\Z", text)


def summary(items: list[Item]) -> str:
    """A summary as a rule can make one: how each person's message begins, at most 20 of them."""
    texts = [" ".join(shape.text_of(item).split()) for item in items if shape.is_user(item)]
    begun = "; ".join(f"“{_cut(text, 60)}”" for text in texts[-20:] if text)
    return f"Summary by the offline demo of {len(items)} entries. The person wrote: {begun}."


def told(after: list[Item]) -> str:
    """What the tools answered, in the order of their outputs."""
    calls = {item["call_id"]: item for item in after if item.get("type") == "function_call"}
    outputs = [item for item in after if item.get("type") == "function_call_output"]
    lines = [_line(calls.get(item["call_id"], {}), str(item.get("output"))) for item in outputs]
    return "\n\n".join(lines)


def _line(call: Item, output: str) -> str:
    name, given, result = call.get("name"), _json(call.get("arguments", "")), _json(output)
    if name == "calculate" and re.fullmatch(r"-?[\d.e+]+", output.strip('"')):
        return f"{given.get('expression', '')} is **{output.strip(chr(34))}**."
    if name == "current_time" and "time" in result:
        now = datetime.fromisoformat(result["time"])
        return f"In {result['zone']} it is **{now:%H:%M}** on {now:%A, %d %B %Y}."
    return f"The tool {name} answered: {_cut(output, 500)}"


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def thoughts(asked: str) -> str:
    """What is shown as reasoning."""
    return f"The question is “{_cut(asked, 80)}”. Nothing thinks here: a rule picks the answer."


def reply(asked: str) -> str:
    """The answer to whatever no rule understands."""
    return (
        f"You wrote: “{_cut(asked, 200)}”\n\nThis is the offline demo. It is no model and knows "
        f"nothing; it answers by rule so that you can see GIINT work. It can {CAN}. To talk to a "
        "real model, add a key in Settings."
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
