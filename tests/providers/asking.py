"""How tests ask a provider: a request in one line, and all that it answered."""

import contextlib
from collections.abc import Sequence
from typing import Any

from agents.providers.base import (
    Endpoint,
    Failed,
    Item,
    Provider,
    ProviderEvent,
    Text,
    ToolSpec,
    TurnRequest,
)
from agents.providers.stateful import Remotes
from agents.tools import registry
from giint.core.secrets import Secret


def user(text: str) -> Item:
    return {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": text}],
    }


def output(call: Item, text: str) -> Item:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": text}


def shipped_tools() -> list[ToolSpec]:
    return [registry.spec(tool) for tool in registry.tools().values()]


def request(
    *said: str | Item,
    base_url: str = "",
    key: str = "sk-none",
    dialect: str = "offline",
    instructions: str = "",
    tools: Sequence[ToolSpec] = (),
    parameters: dict[str, Any] | None = None,
    model: str = "test-model",
    remotes: Remotes | None = None,
    continues: str = "",
) -> TurnRequest:
    endpoint = Endpoint(dialect, base_url, Secret(key), model, "Test")
    items = [user(one) if isinstance(one, str) else one for one in said]
    return TurnRequest(
        endpoint,
        model,
        instructions,
        items,
        list(tools),
        parameters or {},
        remotes=remotes,
        continues=continues,
    )


async def ask(provider: Provider, asked: TurnRequest) -> list[ProviderEvent]:
    async with contextlib.aclosing(provider.turn(asked)) as events:
        return [event async for event in events]


def text(events: Sequence[ProviderEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def failure(events: Sequence[ProviderEvent]) -> Failed:
    last = events[-1]
    assert isinstance(last, Failed), last
    return last
