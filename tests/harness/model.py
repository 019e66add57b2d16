"""The offline model, and beside it one that never says the same thing twice.

Text that is the same at every attempt would hide a reader who mixed two of them.
"""

import asyncio
import json
import random
import re
from collections.abc import AsyncGenerator, Iterator

from agents.providers import items as shape
from agents.providers.base import (
    Done,
    Item,
    ProviderEvent,
    Reasoning,
    Started,
    Text,
    ToolCall,
    TurnRequest,
    Usage,
)
from agents.providers.offline import Offline

_BABBLE = re.compile(r"babble (\d+) words every (\d+) ms")
_USE = re.compile(r"use ([\w, ]+)")
_POLL = re.compile(r"poll: (.+)")
# What a model may send: pairs cut in half between deltas, halves without a partner, U+0000.
ODD = ["\ud83d", "\ude00 whole, ", "\ud83d", "lone, ", "\ude00 lone, ", "nul \x00, ", "\ud83c"]


class Babbler(Offline):
    """Understands "babble 200 words every 5 ms", "use slow, mark", "poll: a question", "odd", and
    the offline demo.
    """

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        asked, outputs = _asked(request.items)
        mark = f"{random.getrandbits(48):012x}"
        if found := _BABBLE.search(asked):
            said = _said(_words(int(found[1])), int(found[2]) / 1000, mark)
        elif outputs:
            said = _said(_words(40), 0.01, mark)
        elif polled := _POLL.search(asked):
            said = _calls([("x_poll", {"question": polled[1]})], mark)
        elif used := _USE.search(asked):
            said = _calls([(name.strip(), {}) for name in used[1].split(",")], mark)
        elif asked.startswith("odd"):
            said = _said(iter(ODD), 0.08, mark)
        else:
            said = super().turn(request)
        async for event in said:
            yield event


def _asked(items: list[Item]) -> tuple[str, int]:
    """The last thing a person said, and how many tool outputs there are since."""
    outputs = 0
    for item in reversed(items):
        if shape.is_user(item):
            return shape.text_of(item), outputs
        outputs += item.get("type") == "function_call_output"
    return "", outputs


def _words(count: int) -> Iterator[str]:
    """Words of chance; every ninth is an emoji in two halves."""
    for number in range(count):
        if number % 9 == 7:
            yield "\ud83d"
        elif number % 9 == 8:
            yield f"{chr(0xDE00 + random.randrange(64))} "
        else:
            yield f"{random.getrandbits(24):x} "


async def _said(pieces: Iterator[str], pace: float, mark: str) -> AsyncGenerator[ProviderEvent]:
    yield Started(mark)
    yield Reasoning(f"Thinking of {mark}.")
    said = []
    for piece in pieces:
        await asyncio.sleep(pace)
        said.append(piece)
        yield Text(piece)
    yield Usage({"input": 1, "output": len(said)})
    yield Done([shape.message("".join(said), f"msg_{mark}")])


async def _calls(
    wanted: list[tuple[str, dict[str, str]]], mark: str
) -> AsyncGenerator[ProviderEvent]:
    yield Started(mark)
    yield Text("I shall use " + ", ".join(name for name, _ in wanted) + ".")
    calls = [
        ToolCall(f"call_{mark}_{n}", name, json.dumps(given))
        for n, (name, given) in enumerate(wanted)
    ]
    for call in calls:
        yield call
    yield Usage({"input": 1, "output": 1})
    yield Done([shape.function_call(call) for call in calls])
