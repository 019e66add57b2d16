"""The dialects over HTTP against a server that nobody here wrote."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from agents.providers.base import Done, Failed, Item, Reasoning, Started, Text, ToolCall
from agents.providers.chat import Chat
from agents.providers.responses import Responses
from agents.providers.streaming import Streaming
from giint.core.text import clean
from tests.modelserver.aimock import aimock
from tests.providers.asking import ask, failure, output, request, shipped_tools, text, user

FIXTURES: list[dict[str, Any]] = [
    {"match": {"userMessage": "greet"}, "response": {"content": "Grüezi, Zürich 😀! How are you?"}},
    {
        "match": {"userMessage": "think"},
        "response": {"content": "Yes.", "reasoning": "Let me see."},
    },
    {
        "match": {"userMessage": "work", "hasToolResult": False},
        "response": {
            "toolCalls": [
                {"name": "calculate", "arguments": {"expression": "6*7"}, "id": "call_a"},
                {"name": "current_time", "arguments": {"zone": "UTC"}, "id": "call_b"},
            ]
        },
    },
    {
        "match": {"userMessage": "work", "hasToolResult": True, "toolCallId": "call_b"},
        "response": {
            "toolCalls": [{"name": "calculate", "arguments": {"expression": "1+1"}, "id": "call_c"}]
        },
    },
    {
        "match": {"userMessage": "work", "toolCallId": "call_c"},
        "response": {"content": "Done."},
    },
    {
        "match": {"userMessage": "limit"},
        "response": {
            "error": {"message": "Slow down", "type": "rate_limit_error"},
            "status": 429,
            "retryAfter": 2,
        },
    },
    {
        "match": {"userMessage": "break"},
        "response": {"content": "This answer will break off before its end."},
        "truncateAfterChunks": 8,
        "latency": 20,
    },
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aimock(FIXTURES, tmp_path_factory.mktemp("aimock")) as url:
        yield url


@pytest.fixture(params=[Responses, Chat])
def provider(request: pytest.FixtureRequest) -> Streaming:
    made: Streaming = request.param()
    return made


@pytest.fixture(autouse=True)
def _admitted(server: str, settings: Settings) -> None:
    settings.GIINT_PRIVATE_HOSTS = [urlsplit(server).netloc]


async def test_text(server: str, provider: Streaming) -> None:
    events = await ask(provider, request("greet me", base_url=server))
    assert isinstance(events[0], Started)
    assert len([one for one in events if isinstance(one, Text)]) > 3
    assert clean(text(events)) == "Grüezi, Zürich 😀! How are you?"  # it cuts emoji in half
    assert isinstance(events[-1], Done)


async def test_reasoning(server: str, provider: Streaming) -> None:
    events = await ask(provider, request("think", base_url=server))
    assert "".join(one.delta for one in events if isinstance(one, Reasoning)) == "Let me see."
    assert text(events) == "Yes."


async def test_two_rounds_of_tools(server: str, provider: Streaming) -> None:
    items: list[Item] = [user("work")]
    rounds: list[list[str]] = []
    said = ""
    while not said:
        events = await ask(provider, request(*items, base_url=server, tools=shipped_tools()))
        done = events[-1]
        assert isinstance(done, Done), done
        calls = [one for one in events if isinstance(one, ToolCall)]
        rounds.append([call.name for call in calls])
        items += done.items + [output({"call_id": call.call_id}, "42") for call in calls]
        said = text(events)
    assert rounds == [["calculate", "current_time"], ["calculate"], []]
    assert said == "Done."


async def test_its_limits_and_its_cuts(server: str, provider: Streaming) -> None:
    limited = failure(await ask(provider, request("limit", base_url=server)))
    assert (limited.code, limited.again) == ("upstream_rate_limited", True)
    assert limited.after is not None
    events = await ask(provider, request("break", base_url=server))
    assert failure(events).code == "upstream_cut"
    assert text(events)


async def test_what_it_has_no_answer_for_is_a_failure(server: str, provider: Streaming) -> None:
    events = await ask(provider, request("something else", base_url=server))
    assert isinstance(events[-1], Failed)
