"""The dialect ``chat``: chat completions, which most model servers speak: Ollama, vLLM, llama.cpp,
LM Studio, OpenRouter, and OpenAI itself.

State is ours; our items become messages (``chat_messages``), the answer's chunks become items
again (``chat_events``), so a thread may go from one dialect to another. What a server refuses by
name is left out or said in older words, and remembered for as long as this process lives.
"""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

import openai

from agents.providers.base import TurnRequest
from agents.providers.chat_events import ChatTranslation
from agents.providers.chat_request import body, without
from agents.providers.streaming import Answer, Streaming, post, taken

TRIES = 3  # requests for one answer: a server tells of what it refuses one by one
REMEMBERED = 1_000  # servers and models
_refused: dict[tuple[str, str], frozenset[str]] = {}


class Chat(Streaming):
    """Stateless at the provider: every turn carries the whole conversation."""

    dialect: ClassVar[str] = "chat"

    def answer(self, request: TurnRequest) -> AbstractAsyncContextManager[Answer]:
        return _answer(request)

    def translation(self, request: TurnRequest) -> ChatTranslation:
        return ChatTranslation(request.endpoint.key, taken(request))


@contextlib.asynccontextmanager
async def _answer(request: TurnRequest) -> AsyncIterator[Answer]:
    place = (request.endpoint.base_url, request.model)
    refused = _refused.get(place, frozenset())
    async with contextlib.AsyncExitStack() as stack:
        for left in range(TRIES - 1, -1, -1):
            sent = body(request, refused)
            try:
                asked = post("/chat/completions", sent, request.endpoint)
                response = await stack.enter_async_context(asked)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                more = without(sent, error.body)
                if not more or not left:
                    raise
                refused |= more
                continue
            _remember(place, refused)
            yield response
            return


def _remember(place: tuple[str, str], refused: frozenset[str]) -> None:
    if refused and _refused.get(place) != refused:
        if len(_refused) >= REMEMBERED:
            _refused.clear()
        _refused[place] = refused
