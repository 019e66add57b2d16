"""The dialect ``offline``: deterministic, in process, no model. It is the demo and what tests talk
to.

What it understands is in ``offline_skills``; here it is said, word by word, in the events of a real
provider.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import ClassVar

from agents.providers import items as shape
from agents.providers import offline_skills as skills
from agents.providers import offline_words as words
from agents.providers.base import (
    Check,
    Done,
    Endpoint,
    Failed,
    Item,
    Listed,
    Listing,
    ProviderEvent,
    Reasoning,
    Started,
    Text,
    ToolCall,
    TurnRequest,
    Usage,
)
from giint.core.text import units


class Offline:
    """Answers by rule. The same request gives the same events."""

    dialect: ClassVar[str] = "offline"
    stateful: ClassVar[bool] = False
    builtins: ClassVar[frozenset[str]] = frozenset()

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        plan = skills.plan(request)
        yield Started(plan.id)
        output: list[Item] = []
        thoughts = ""
        for piece in words.split(plan.thoughts):
            await asyncio.sleep(plan.pace)
            thoughts += piece
            yield Reasoning(piece)
        if thoughts:
            output.append(shape.reasoning(thoughts, f"rs_{plan.id}"))
        said: list[str] = []
        for piece in plan.pieces:
            await asyncio.sleep(plan.pace)
            said.append(piece)
            yield Text(piece)
        text = "".join(said)
        if plan.fails:
            yield Failed("upstream_error", "the offline demo was asked to fail", again=True)
            return
        if text:
            output.append(shape.message(text, f"msg_{plan.id}"))
        for call in plan.calls:
            output.append(shape.function_call(call))
            yield call
        yield Usage({"input": tokens_in(request), "output": tokens(text, thoughts, *plan.calls)})
        yield Done(output)

    def check(self, endpoint: Endpoint) -> Check:
        return Check(models=["offline"])

    def models(self, endpoint: Endpoint) -> Listing:
        return Listing(models=[Listed("offline")])


def tokens_in(request: TurnRequest) -> int:
    """A quarter of the characters that were sent: as good as any guess, and the same each time."""
    texts = [request.instructions, *(shape.text_of(item) for item in request.items)]
    texts += [str(item.get("output", "")) for item in request.items]
    return sum(map(units, texts)) // 4


def tokens(*said: str | ToolCall) -> int:
    return sum(map(units, _texts(said))) // 4


def _texts(said: Iterable[str | ToolCall]) -> list[str]:
    return [one if isinstance(one, str) else one.arguments for one in said]
