"""The dialect ``responses``: OpenAI's Responses API, and every server that speaks it.

State is ours: nothing is stored there (``store=False``), our items are replayed, and reasoning
travels encrypted.
"""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

import openai

from agents.providers import failures
from agents.providers.base import BuiltIn, Item, ToolSpec, TurnRequest
from agents.providers.responses_events import ResponsesTranslation
from agents.providers.streaming import Answer, Streaming, post, taken

PARAMETERS = {
    "max_output_tokens",
    "parallel_tool_calls",
    "prompt_cache_key",
    "reasoning",
    "service_tier",
    "temperature",
    "text",
    "tool_choice",
    "top_p",
    "truncation",
}
_KEEP_REASONING = "reasoning.encrypted_content"


class Responses(Streaming):
    """Stateless at the provider: every turn carries the whole conversation."""

    dialect: ClassVar[str] = "responses"
    builtins: ClassVar[frozenset[str]] = frozenset(
        {"web_search", "file_search", "code_interpreter", "image_generation", "mcp"}
    )

    def answer(self, request: TurnRequest) -> AbstractAsyncContextManager[Answer]:
        return _answer(request)

    def translation(self, request: TurnRequest) -> ResponsesTranslation:
        return ResponsesTranslation(request.endpoint.key, taken(request))


def body(request: TurnRequest, *, include: bool = True) -> dict[str, Any]:
    """The request as it is sent. ``include``: ask for the reasoning in a form that can be
    replayed.
    """
    sent: dict[str, Any] = {
        name: value for name, value in request.parameters.items() if name in PARAMETERS
    }
    sent |= {
        "model": request.model,
        "input": [item for item in request.items if _replayable(item)],
        "store": False,
    }
    if request.instructions:
        sent["instructions"] = request.instructions
    if request.tools or request.builtins:
        sent["tools"] = [_tool(tool) for tool in request.tools]
        sent["tools"] += [_builtin(tool) for tool in request.builtins]
    else:
        sent.pop("tool_choice", None)
    if include:
        sent["include"] = [_KEEP_REASONING]
    return sent


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema,
        "strict": False,
    }


def _builtin(tool: BuiltIn) -> dict[str, Any]:
    """Approval is ours to ask for, so an MCP server's tools never wait for one there."""
    sent = {**tool.options, "type": tool.type}
    if tool.type == "mcp":
        sent["require_approval"] = "never"
    if tool.headers:
        sent["headers"] = {name: value.reveal() for name, value in tool.headers.items()}
    return sent


def _replayable(item: Item) -> bool:
    """Reasoning that is only a summary cannot be replayed: a server looks for its id and
    refuses.
    """
    if item.get("type") != "reasoning":
        return True
    return bool(item.get("encrypted_content") or item.get("content"))


@contextlib.asynccontextmanager
async def _answer(request: TurnRequest) -> AsyncIterator[Answer]:
    """The open response. A model that knows no encrypted reasoning is asked once more without."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            response = await stack.enter_async_context(_post(request, include=True))
        except openai.BadRequestError as error:
            if "encrypted" not in failures.sentence(error.body, request.endpoint.key).lower():
                raise
            response = await stack.enter_async_context(_post(request, include=False))
        yield response


def _post(request: TurnRequest, *, include: bool) -> AbstractAsyncContextManager[Answer]:
    sent = body(request, include=include)
    return post("/responses", sent, request.endpoint)
