"""The offline demo: honest, deterministic, and it works the tools like a model would."""

import asyncio
import json
from typing import Any

import pytest

from agents.providers.base import (
    Check,
    Done,
    Endpoint,
    Failed,
    Item,
    Reasoning,
    Started,
    Text,
    ToolCall,
    Usage,
)
from agents.providers.offline import Offline
from agents.tools import registry
from agents.tools.arguments import validate
from agents.tools.base import ToolError
from giint.core.secrets import Secret
from tests.providers.asking import ask, failure, output, request, shipped_tools, text, user
from tests.tools.context import CONTEXT

TOOLS = shipped_tools()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.providers.offline_skills.PACE", 0)


async def conversation(question: str) -> tuple[str, list[dict[str, Any]]]:
    """Its final text and the calls on the way, with the real tools answering."""
    items: list[Item] = [user(question)]
    called: list[dict[str, Any]] = []
    for _ in range(4):
        events = await ask(Offline(), request(*items, tools=TOOLS))
        done = events[-1]
        assert isinstance(done, Done)
        items += done.items
        asked = [event for event in events if isinstance(event, ToolCall)]
        if not asked:
            return text(events), called
        for call in asked:
            tool = registry.tools()[call.name]
            called.append({"name": call.name} | json.loads(call.arguments))
            try:
                result = tool.function(CONTEXT, **validate(tool, call.arguments))
            except ToolError as error:
                result = str(error)
            said = result if isinstance(result, str) else json.dumps(result)
            items.append(output({"call_id": call.call_id}, said))
    raise AssertionError("it never stopped calling tools")


@pytest.mark.parametrize(
    ("question", "expression", "answer"),
    [
        ("What is 17% of 2,310?", "17% of 2,310", "392.7"),
        ("calculate 2*(3+4)", "2*(3+4)", "14"),
        ("2+2", "2+2", "4"),
        ("what's sqrt(2) * 10^2 ?", "sqrt(2) * 10^2", "141.4213562373"),
        ("How much is 12 / 5.", "12 / 5", "2.4"),
    ],
)
async def test_does_arithmetic_by_the_tool(question: str, expression: str, answer: str) -> None:
    said, called = await conversation(question)
    assert called == [{"name": "calculate", "expression": expression}]
    assert f"{expression} is **{answer}" in said


@pytest.mark.parametrize("place", ["Zürich", "Zurich", "Europe/Zurich"])
async def test_tells_the_time_by_the_tool(place: str) -> None:
    said, called = await conversation(f"What time is it in {place}?")
    assert called == [{"name": "current_time", "zone": "Europe/Zurich"}]
    assert said.startswith("In Europe/Zurich it is **")


async def test_mends_a_call_as_the_tool_advises() -> None:
    said, called = await conversation("What time is it in Oslo?")
    assert [call["zone"] for call in called] == ["Oslo", "Europe/Oslo"]
    assert "In Europe/Oslo it is" in said


async def test_gives_up_on_a_place_that_nobody_knows() -> None:
    said, called = await conversation("What time is it in Qqqqq?")
    assert len(called) == 1
    assert "is not an IANA time zone" in said


@pytest.mark.parametrize(
    "question", ["What is 17% of 2,310 and what time is it in Tokyo?", "Please use two tools."]
)
async def test_calls_two_tools_side_by_side(question: str) -> None:
    events = await ask(Offline(), request(question, tools=TOOLS))
    calls = [event for event in events if isinstance(event, ToolCall)]
    assert [call.name for call in calls] == ["calculate", "current_time"]
    assert len({call.call_id for call in calls}) == 2
    said, called = await conversation(question)
    assert len(called) == 2
    assert " is **" in said
    assert "it is **" in said


async def test_a_second_question_gets_calls_of_its_own() -> None:
    first = await ask(Offline(), request("calculate 1+1", tools=TOOLS))
    done = first[-1]
    assert isinstance(done, Done)
    again = request(
        "calculate 1+1", *done.items, output(done.items[0], "2"), "calculate 1+1", tools=TOOLS
    )
    second = await ask(Offline(), again)
    calls = [event.call_id for event in [*first, *second] if isinstance(event, ToolCall)]
    assert len(set(calls)) == 2


async def test_says_which_tool_it_would_need() -> None:
    assert "calculate, which this agent may not use" in text(await ask(Offline(), request("2+2")))


@pytest.mark.parametrize("count", [0, 1, 50, 1000])
async def test_streams_exactly_so_many_words(count: int) -> None:
    events = await ask(Offline(), request(f"Stream {count} words every 0 ms"))
    deltas = [event.delta for event in events if isinstance(event, Text)]
    assert len(deltas) == count
    assert "".join(deltas) == " ".join(f"w{n}" for n in range(1, count + 1))
    assert isinstance(events[-1], Done)


async def test_streams_at_the_pace_that_was_asked_for() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await ask(Offline(), request("Stream 10 words every 20 ms"))
    assert 0.2 <= loop.time() - began < 2


async def test_shows_markdown_of_every_kind() -> None:
    said = text(await ask(Offline(), request("Show me Markdown")))
    for part in ("# Markdown", "|---|", "1. First", "- [x]", "```python", "](https://"):
        assert part in said


async def test_thinks_first_when_asked_to() -> None:
    events = await ask(Offline(), request("Please think about tea"))
    kinds = [type(event) for event in events]
    assert kinds.index(Reasoning) < kinds.index(Text)
    done = events[-1]
    assert isinstance(done, Done)
    assert [item["type"] for item in done.items] == ["reasoning", "message"]
    assert "Nothing thinks here" in done.items[0]["summary"][0]["text"]


async def test_fails_when_asked_to_and_not_when_failure_is_the_subject() -> None:
    assert failure(await ask(Offline(), request("fail"))).code == "upstream_error"
    partial = await ask(Offline(), request("Stream 3 words every 0 ms, then fail"))
    assert failure(partial).code == "upstream_error"
    assert text(partial) == "w1 w2 w3"
    events = await ask(Offline(), request("Why did my build fail?"))
    assert not any(isinstance(event, Failed) for event in events)


async def test_says_that_it_is_no_model_and_quotes_the_question() -> None:
    said = text(await ask(Offline(), request("Who painted the Mona Lisa?")))
    assert "Who painted the Mona Lisa?" in said
    assert "It is no model" in said
    assert "Show me Markdown" in said


async def test_summarises_by_rule() -> None:
    asked = request("Plan a trip", "To Rome", instructions="Summarise the conversation so far.")
    said = text(await ask(Offline(), asked))
    assert "“Plan a trip”; “To Rome”" in said


@pytest.mark.parametrize(
    "question", ["Hello", "think", "2+2", "Show me Markdown", "", "Stream 5 words every 0 ms"]
)
async def test_the_same_request_gives_the_same_events_and_a_whole_answer(question: str) -> None:
    asked = request(question, tools=TOOLS)
    events = await ask(Offline(), asked)
    assert events == await ask(Offline(), asked)
    assert isinstance(events[0], Started)
    usage, done = events[-2:]
    assert isinstance(usage, Usage)
    assert isinstance(done, Done)
    assert usage.usage["input"] == len(question) // 4
    kept = "".join(part["text"] for item in done.items for part in item.get("content", []) if part)
    assert kept == text(events)


def test_its_check_is_always_well() -> None:
    endpoint = Endpoint("offline", "", Secret(""), "", "Offline")
    assert Offline().check(endpoint) == Check(models=["offline"])
