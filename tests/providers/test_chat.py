"""The dialect ``chat`` against a real server on loopback: what goes out, what comes back."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from agents.providers import chat, streaming
from agents.providers.base import Done, Failed, ProviderEvent, Reasoning, Started, ToolCall, Usage
from agents.providers.chat import Chat
from tests.modelserver import chatwire
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, failure, output, request, shipped_tools, text

KEY = "sk-alice-0123456789"
LONG = chatwire.text("half ", "an ", "answer")  # role, three deltas, the end, usage
FINISH = 4  # the event that says so


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    yield
    chat._refused.clear()


def asked(server: ModelServer, *said: Any, **more: Any) -> Any:
    given = {"base_url": server.url, "key": KEY, "dialect": "chat"} | more
    return request(*(said or ("Hello",)), **given)


async def answer(server: ModelServer, *replies: Reply, **more: Any) -> list[ProviderEvent]:
    server.play(*replies)
    return await ask(Chat(), asked(server, **more))


async def test_text_reasoning_and_usage(model_server: ModelServer) -> None:
    chunks = [*chatwire.reasoning("Hm, ", "hm."), *chatwire.message("Zürich ", "😀")]
    events = await answer(model_server, chatwire.stream(*chunks))
    assert events[0] == Started("chatcmpl-test")
    assert "".join(one.delta for one in events if isinstance(one, Reasoning)) == "Hm, hm."
    assert text(events) == "Zürich 😀"
    assert events[-2] == Usage({"input": 11, "output": 7, "cached": 3, "reasoning": 2})
    assert isinstance(events[-1], Done)


async def test_two_rounds_of_tools(model_server: ModelServer) -> None:
    wanted = ("calculate", {"expression": "1+1"}), ("current_time", {"zone": "Zürich"})
    model_server.play(chatwire.calls(*wanted), chatwire.text("It is 2."))
    first = await ask(Chat(), asked(model_server, "What is 1+1?", tools=shipped_tools()))
    calls = [one for one in first if isinstance(one, ToolCall)]
    assert calls == [
        ToolCall("call_1", "calculate", '{"expression": "1+1"}'),
        ToolCall("call_2", "current_time", '{"zone": "Zürich"}'),
    ]
    done = first[-1]
    assert isinstance(done, Done)
    outputs = [output({"call_id": call.call_id}, "2") for call in calls]
    second = await ask(Chat(), asked(model_server, "What is 1+1?", *done.items, *outputs))
    assert text(second) == "It is 2."
    roles = [message["role"] for message in model_server.turns()[1]["messages"]]
    assert roles == ["user", "assistant", "tool", "tool"]


async def test_the_request_holds_what_it_should_and_no_more(model_server: ModelServer) -> None:
    await answer(model_server, chatwire.text("ok"), instructions="Be brief.")
    (one,) = model_server.asked
    assert one.path == "/v1/chat/completions"
    assert one.body == {
        "model": "test-model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert one.headers["authorization"] == f"Bearer {KEY}"
    assert not [name for name in one.headers if name.startswith(("x-stainless", "openai-"))]


def refused(name: str) -> Reply:
    return error(400, {"error": {"message": f"Unknown parameter: {name}", "param": name}})


async def test_what_a_server_refuses_is_left_out_from_then_on(model_server: ModelServer) -> None:
    given = {"max_output_tokens": 50}
    replies = refused("stream_options"), refused("max_completion_tokens"), chatwire.text("ok")
    assert text(await answer(model_server, *replies, parameters=given)) == "ok"
    assert text(await answer(model_server, chatwire.text("again"), parameters=given)) == "again"
    sent = [
        {name for name in turn if name not in {"model", "messages", "stream"}}
        for turn in model_server.turns()
    ]
    assert sent == [
        {"stream_options", "max_completion_tokens"},
        {"max_completion_tokens"},
        {"max_tokens"},
        {"max_tokens"},
    ]
    await answer(model_server, chatwire.text("ok"), model="another-model")
    assert "stream_options" in model_server.turns()[-1]


async def test_what_is_refused_for_good_is_a_failure_and_not_remembered(
    model_server: ModelServer,
) -> None:
    events = await answer(model_server, refused("stream_options"), refused("model"))
    assert events == [Failed("upstream_rejected", "Unknown parameter: model")]
    events = await answer(model_server, *[refused("stream_options")] * 2)
    assert failure(events).code == "upstream_rejected"
    assert len(model_server.turns()) == 4
    assert chat._refused == {}


async def test_a_whole_answer_instead_of_a_stream(model_server: ModelServer) -> None:
    events = await answer(model_server, Reply(body=chatwire.completion({"content": "Whole."})))
    assert text(events) == "Whole."
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_characters_cut_anywhere_on_the_wire_arrive_whole(
    model_server: ModelServer, size: int, end: str
) -> None:
    reply = chatwire.text("grün 😀", "日本", "e\u0301").but(chunk=size, line_end=end)
    assert text(await answer(model_server, reply)) == "grün 😀日本e\u0301"


@pytest.mark.parametrize("after", range(FINISH + 1))
@pytest.mark.parametrize("way", ["cut_after", "end_after"])
async def test_a_stream_that_ends_before_its_finish_has_not_succeeded(
    model_server: ModelServer, way: str, after: int
) -> None:
    events = await answer(model_server, LONG.but(**{way: after}))
    failed = failure(events)
    assert (failed.code, failed.again) == ("upstream_cut", True)
    assert "half an answer".startswith(text(events))


@pytest.mark.parametrize("after", [FINISH + 1, FINISH + 2])
@pytest.mark.parametrize("way", ["cut_after", "end_after"])
async def test_one_that_ends_after_it_has(model_server: ModelServer, way: str, after: int) -> None:
    events = await answer(model_server, LONG.but(**{way: after}))
    assert isinstance(events[-1], Done)
    assert text(events) == "half an answer"
    assert len([one for one in events if isinstance(one, Usage)]) == (after > FINISH + 1)


@pytest.mark.parametrize("way", ["stall_after", "drip_after"])
async def test_a_whole_answer_does_not_wait_for_a_server_that_leaves_the_stream_open(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(streaming, "GRACE", 0.2)
    begun = time.monotonic()
    reply = LONG.but(**{way: FINISH + 1}, drip_every=0.05)
    events = await answer(model_server, reply)
    assert isinstance(events[-1], Done)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("raw", ["data: {not json}\n\n", 'data: {"choices": 5}\n\n'])
async def test_what_is_not_the_protocol(model_server: ModelServer, raw: str) -> None:
    events = await answer(model_server, LONG.but(raw={2: raw}))
    assert failure(events).code == "upstream_malformed"
    assert text(events) == "half "
    after = await answer(model_server, LONG.but(raw={FINISH + 1: raw}))
    assert isinstance(after[-1], Done)


async def test_comments_are_passed_over(model_server: ModelServer) -> None:
    comments = dict.fromkeys(range(6), ": OPENROUTER PROCESSING\n\n")
    events = await answer(model_server, LONG.but(raw=comments))
    assert text(events) == "half an answer"
    assert isinstance(events[-1], Done)


async def test_endless_arguments_are_ended(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.providers.translation.LONGEST_KEPT", 100_000)
    head, piece, _ = chatwire.call("calculate", {"expression": "1" * 2_000})
    events = await answer(model_server, chatwire.stream(head, piece).but(endless_after=2))
    assert failure(events).code == "guard_bytes"
    assert not failure(events).again


def test_the_check_lists_the_models(model_server: ModelServer) -> None:
    checked = Chat().check(asked(model_server).endpoint)
    assert checked.models == ["test-mini", "test-model"]
