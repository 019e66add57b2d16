"""The dialect ``responses`` against a real server on loopback: what goes out, what comes back."""

import asyncio
import contextlib
from typing import Any

import pytest

from agents.providers.base import (
    Citation,
    Done,
    Failed,
    ProviderEvent,
    Reasoning,
    Started,
    Text,
    ToolCall,
    ToolProgress,
    TurnRequest,
    Usage,
)
from agents.providers.responses import Responses
from agents.providers.sse import Splitter
from tests.modelserver import wire
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.patience import PATIENCE
from tests.providers.asking import ask, failure, output, request, shipped_tools, text

KEY = "sk-alice-0123456789"


def asked(server: ModelServer, *said: Any, **more: Any) -> TurnRequest:
    return request(
        *(said or ("Hello",)),
        **{"base_url": server.url, "key": KEY, "dialect": "responses"} | more,
    )


async def answer(server: ModelServer, reply: Reply) -> list[ProviderEvent]:
    server.play(reply)
    return await ask(Responses(), asked(server))


async def test_text_comes_in_the_pieces_it_was_sent_in(model_server: ModelServer) -> None:
    events = await answer(model_server, wire.text("Hel", "lo ", "Zürich 😀", " bye"))
    assert events[0] == Started("resp_test")
    assert [one.delta for one in events if isinstance(one, Text)] == [
        "Hel",
        "lo ",
        "Zürich 😀",
        " bye",
    ]
    assert events[-2] == Usage({"input": 11, "output": 7, "cached": 3, "reasoning": 2})
    assert events[-1] == Done([wire.message("Hel", "lo ", "Zürich 😀", " bye")[0]])


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_characters_cut_anywhere_on_the_wire_arrive_whole(
    model_server: ModelServer, size: int, end: str
) -> None:
    reply = wire.text("grün 😀", "日本", "\u0000e\u0301").but(chunk=size, line_end=end)
    assert text(await answer(model_server, reply)) == "grün 😀日本\u0000e\u0301"


async def test_half_an_emoji_in_a_delta_is_passed_on_for_the_cleaner(
    model_server: ModelServer,
) -> None:
    events = await answer(model_server, wire.text("a\ud83d", "\ude00b"))
    assert [one.delta for one in events if isinstance(one, Text)] == ["a\ud83d", "\ude00b"]
    assert isinstance(events[-1], Done)


async def test_two_rounds_of_tools_with_our_items_replayed(model_server: ModelServer) -> None:
    model_server.play(
        wire.stream(
            wire.reasoning("Hm, ", "sums."),
            wire.call("calculate", {"expression": "1+1"}),
            wire.call("current_time", {"zone": "Zürich"}, "call_2"),
        ),
        wire.text("It is 2."),
    )
    first = await ask(Responses(), asked(model_server, "What is 1+1?", tools=shipped_tools()))
    calls = [one for one in first if isinstance(one, ToolCall)]
    assert calls == [
        ToolCall("call_1", "calculate", '{"expression": "1+1"}'),
        ToolCall("call_2", "current_time", '{"zone": "Zürich"}'),
    ]
    assert "".join(one.delta for one in first if isinstance(one, Reasoning)) == "Hm, sums."
    done = first[-1]
    assert isinstance(done, Done)
    outputs = [output({"call_id": call.call_id}, "2") for call in calls]
    second = await ask(Responses(), asked(model_server, "What is 1+1?", *done.items, *outputs))
    assert text(second) == "It is 2."
    sent = model_server.turns()[1]["input"]
    assert sent[1:4] == done.items
    assert sent[1]["encrypted_content"] == "c2VhbGVk"
    assert sent[4:] == outputs


async def test_the_request_holds_what_it_should_and_no_more(model_server: ModelServer) -> None:
    model_server.play(wire.text("ok"))
    parameters = {"temperature": 0.2, "reasoning": {"effort": "low"}, "background": True}
    tools = shipped_tools()[:1]
    await ask(
        Responses(),
        asked(
            model_server,
            "Hello",
            {"type": "reasoning", "id": "rs_1", "summary": []},  # a summary cannot be replayed
            instructions="Be brief.",
            tools=tools,
            parameters=parameters,
        ),
    )
    (one,) = model_server.asked
    assert one.body == {
        "model": "test-model",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello"}],
            }
        ],
        "instructions": "Be brief.",
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "temperature": 0.2,
        "reasoning": {"effort": "low"},
        "tools": [
            {
                "type": "function",
                "name": "current_time",
                "description": "The current date and time in a time zone.",
                "parameters": tools[0].schema,
                "strict": False,
            }
        ],
    }
    assert one.headers["authorization"] == f"Bearer {KEY}"
    assert not [name for name in one.headers if name.startswith(("x-stainless", "openai-"))]


async def test_a_model_without_encrypted_reasoning_is_asked_once_more(
    model_server: ModelServer,
) -> None:
    said = {"error": {"message": "Encrypted content is not supported with this model."}}
    model_server.play(error(400, said), wire.text("ok"))
    assert text(await ask(Responses(), asked(model_server))) == "ok"
    first, second = model_server.turns()
    assert first.pop("include") == ["reasoning.encrypted_content"]
    assert first == second


async def test_refusals_citations_and_built_in_tools(model_server: ModelServer) -> None:
    place = {"output_index": 0, "item_id": "ws_1"}
    cited = {"type": "url_citation", "url": "https://example.org/", "title": "Example"}
    events = await answer(
        model_server,
        Reply(
            [
                {"type": "response.web_search_call.in_progress", **place},
                {"type": "response.web_search_call.searching", **place},
                {"type": "response.refusal.delta", "delta": "No.", **place},
                {"type": "response.output_text.annotation.added", "annotation": cited, **place},
                {"type": "response.completed", "response": wire.response("completed", [])},
            ]
        ),
    )
    assert events[1:5] == [
        ToolProgress("ws_1", "web_search", "in_progress"),
        ToolProgress("ws_1", "web_search", "searching"),
        Text("No."),
        Citation("https://example.org/", "Example"),
    ]


async def test_unknown_events_and_missing_niceties_are_no_trouble(
    model_server: ModelServer,
) -> None:
    reply = wire.text("one ", "two")
    odd = {"type": "response.something.new", "delta": 5}
    events = [one for event in reply.events for one in (odd, event)]
    plain = Reply(events).but(named=False, numbered=False, done=True, raw={3: ": keepalive\n\n"})
    given = await answer(model_server, plain)
    assert text(given) == "one two"
    assert isinstance(given[-1], Done)


async def test_an_answer_without_deltas_or_without_a_stream_is_said_all_the_same(
    model_server: ModelServer,
) -> None:
    item, call = wire.message("Whole.")[0], wire.call("calculate", {"expression": "1"})[0]
    end = {"type": "response.completed", "response": wire.response("completed", [item, call])}
    streamed = await answer(model_server, Reply([end]))
    plain = await answer(model_server, Reply(body=end["response"]))
    for events in (streamed, plain):
        assert text(events) == "Whole."
        assert ToolCall("call_1", "calculate", '{"expression": "1"}') in events
        assert events[-1] == Done([item, call])


HTML = "<html><body>Bad Gateway sk-secret-in-html-123456</body></html>"
SAID = {"error": {"message": "Input is too long for this model.", "code": "context_length"}}
QUOTA = {"error": {"message": "You exceeded your quota.", "code": "insufficient_quota"}}
NO_MODEL = {"error": {"message": "The model `x` does not exist.", "code": "model_not_found"}}
ECHO = {"error": {"message": f"Bad key {KEY}\r\n or Bearer abcdefgh1234.", "code": None}}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(400, SAID), Failed("upstream_rejected", "Input is too long for this model")),
        (error(400, NO_MODEL), Failed("upstream_no_model", "The model `x` does not exist")),
        (error(400, ECHO), Failed("upstream_rejected", "Bad key … or …")),
        (error(401, ECHO), Failed("upstream_refused_key")),
        (error(402, {}), Failed("upstream_quota")),
        (error(403, SAID), Failed("upstream_denied", "Input is too long for this model")),
        (error(404, NO_MODEL), Failed("upstream_no_model", "The model `x` does not exist")),
        (
            error(404, HTML),
            Failed("upstream_rejected", "nothing is at this address; should it end in /v1?"),
        ),
        (
            error(422, {"detail": [{"msg": "Field required", "loc": ["body", "x"]}]}),
            Failed("upstream_rejected", "Field required"),
        ),
        (error(429, QUOTA, retry_after="3"), Failed("upstream_quota")),
        (
            error(429, {}, retry_after="3"),
            Failed("upstream_rate_limited", "HTTP 429", True, 3.0),
        ),
        (
            error(429, {}, retry_after="3", retry_after_ms="1500"),
            Failed("upstream_rate_limited", "HTTP 429", True, 1.5),
        ),
        (
            error(429, {}, retry_after="soon"),
            Failed("upstream_rate_limited", "HTTP 429", True, None),
        ),
        (error(500, SAID), Failed("upstream_error", "Input is too long for this model", True)),
        (error(502, HTML), Failed("upstream_error", "HTTP 502", True)),
        (error(503, {}, retry_after="7"), Failed("upstream_error", "HTTP 503", True, 7.0)),
        (
            error(307, "", location="http://127.0.0.1:9/"),
            Failed("upstream_rejected", "it redirects elsewhere; enter the address it leads to"),
        ),
        (error(200, HTML), Failed("upstream_malformed", "it answered with a page", True)),
        (error(200, "not JSON"), Failed("upstream_malformed", "an event that is not JSON", True)),
    ],
)
async def test_http_errors_have_codes_and_tell_no_secret(
    model_server: ModelServer, reply: Reply, expected: Failed
) -> None:
    assert await answer(model_server, reply) == [expected]
    assert len(model_server.turns()) == 1  # nobody asked again behind our back


async def test_retry_after_may_be_a_date(model_server: ModelServer) -> None:
    when = "Fri, 31 Dec 2199 23:59:59 GMT"
    failed = failure(await answer(model_server, error(429, {}, retry_after=when)))
    assert failed.after is not None
    assert failed.after > 1e9


async def test_the_body_of_an_error_cannot_fill_the_memory(model_server: ModelServer) -> None:
    failed = failure(await answer(model_server, error(400, "x" * 5_000_000)))
    assert failed == Failed("upstream_rejected", "HTTP 400")


ENDS: list[tuple[Reply, str, bool, str]] = [
    (wire.failed("server_error", "It broke.", "half"), "upstream_error", True, "It broke"),
    (wire.failed("rate_limit_exceeded", "Slow down."), "upstream_rate_limited", True, "Slow down"),
    (wire.failed("invalid_prompt", "No."), "upstream_failed", True, "No"),
    (
        wire.incomplete("max_output_tokens", "half"),
        "upstream_incomplete",
        True,
        "max output tokens",
    ),
    (wire.incomplete("content_filter", "half"), "upstream_filtered", False, "content filter"),
    (
        Reply([{"type": "error", "code": "server_error", "message": f"Key {KEY}", "param": None}]),
        "upstream_error",
        True,
        "Key …",
    ),
    (
        Reply([{"type": "error", "error": {"message": "Nested."}}]),
        "upstream_failed",
        True,
        "Nested",
    ),
]


@pytest.mark.parametrize(("reply", "code", "again", "detail"), ENDS)
async def test_ends_that_are_failures_say_so(
    model_server: ModelServer, reply: Reply, code: str, again: bool, detail: str
) -> None:
    failed = failure(await answer(model_server, reply))
    assert (failed.code, failed.again, failed.detail) == (code, again, detail)


async def test_items_finished_before_a_failure_travel_along(model_server: ModelServer) -> None:
    failed = failure(await answer(model_server, wire.incomplete("max_output_tokens", "half")))
    assert failed.items == [wire.message("half")[0]]


LONG = wire.text("half ", "an ", "answer")


@pytest.mark.parametrize("after", range(1, len(LONG.events)))
@pytest.mark.parametrize("way", ["cut_after", "end_after"])
async def test_a_stream_that_ends_early_has_not_succeeded(
    model_server: ModelServer, way: str, after: int
) -> None:
    events = await answer(model_server, LONG.but(**{way: after}))
    failed = failure(events)
    assert (failed.code, failed.again) == ("upstream_cut", True)
    assert "half an answer".startswith(text(events))
    assert (text(events) == "half an answer") == (after >= 7)


@pytest.mark.parametrize("way", ["cut_after", "end_after"])
async def test_an_answer_without_a_single_event(model_server: ModelServer, way: str) -> None:
    events = await answer(model_server, LONG.but(**{way: 0}))
    assert failure(events).code == "upstream_cut"
    assert len(events) == 1


@pytest.mark.parametrize(
    "raw",
    [
        "data: {not json}\n\n",
        "data: [1, 2]\n\n",
        "data: \udcff\udcfe\n\n",
        'data: {"type": "response.output_text.delta", "delta": "\udcff"}\n\n',
        'data: {"type": "response.output_text.delta"}\n\n',
        'data: {"type": "response.output_text.delta", "delta": {"a": 1}}\n\n',
        'data: {"type": "response.output_item.done", "item": null}\n\n',
        'data: {"type": "response.completed", "response": 7}\n\n',
        "data: " + "[" * 100_000 + "\n\n",
    ],
)
async def test_what_is_not_the_protocol_ends_it_with_the_text_kept(
    model_server: ModelServer, raw: str
) -> None:
    events = await answer(model_server, LONG.but(raw={6: raw}))
    assert failure(events).code == "upstream_malformed"
    assert text(events) == "half an "


async def test_an_endless_line_is_ended(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Splitter.__init__, "__defaults__", (100_000,))
    events = await answer(model_server, LONG.but(raw={5: "x" * 200_000}))
    assert failure(events).code == "guard_bytes"


async def test_nobody_there() -> None:
    with ModelServer() as server:
        gone = server.url
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.GIINT_PRIVATE_HOSTS", ["127.0.0.1"])
        events = await ask(Responses(), request("Hello", base_url=gone, dialect="responses"))
    assert events == [Failed("upstream_unreachable", again=True)]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/v1", "http://localhost:{port}/v1", "http://127.1:{port}/v1"]
)
async def test_addresses_that_the_guard_refuses_are_never_called(
    model_server: ModelServer, settings: Any, url: str
) -> None:
    settings.GIINT_PRIVATE_HOSTS = []
    port = model_server.host.rpartition(":")[2]
    asked_for = request("Hello", base_url=url.format(port=port), dialect="responses")
    failed = failure(await ask(Responses(), asked_for))
    assert failed.code == "address_refused"
    assert not failed.again
    assert model_server.asked == []


async def test_closing_the_answer_ends_the_call_upstream_at_once(
    model_server: ModelServer,
) -> None:
    model_server.play(wire.text("word ").but(endless_after=4, between=0.01))
    async with contextlib.aclosing(Responses().turn(asked(model_server))) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    await until(lambda: model_server.left == 1)
    assert model_server.open == 0


@pytest.mark.parametrize("stall", ["before_headers", "before_events"])
async def test_cancelling_a_call_that_hangs_ends_it_upstream_at_once(
    model_server: ModelServer, stall: str
) -> None:
    model_server.play(wire.text("never").but(**{stall: 600}))
    task = asyncio.ensure_future(ask(Responses(), asked(model_server)))
    await until(lambda: model_server.open == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: model_server.left == 1)


async def test_an_endless_drip_of_comments_is_silence(model_server: ModelServer) -> None:
    model_server.play(wire.text("never").but(drip_after=0, drip_every=0.01))
    events: list[ProviderEvent] = []

    async def listen() -> None:
        async with contextlib.aclosing(Responses().turn(asked(model_server))) as stream:
            events.extend([event async for event in stream])

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(listen(), 0.5)
    assert events == []
    await until(lambda: model_server.left == 1)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)
