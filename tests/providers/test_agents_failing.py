"""The dialect ``agents`` when it goes wrong: refused, cut off, malformed, silent, stopped."""

import asyncio
import contextlib
from typing import Any

import pytest

from agents.providers.agents_api import AgentsApi
from agents.providers.base import Failed, Text, ToolCall, Usage
from agents.providers.stateful import Create, Held, Kind
from tests.modelserver import agentswire as wire
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, failure, output, text
from tests.providers.remotes import Objects
from tests.providers.test_agents_api import KEY, SUM, answer, asked, done, only


async def test_a_refused_key_is_one_call(model_server: ModelServer) -> None:
    model_server.refused_keys.add(KEY)
    assert await answer(model_server) == [Failed("upstream_refused_key")]
    assert len(model_server.asked) == 1


@pytest.mark.parametrize(
    ("code", "expected", "again"),
    [
        ("server_error", "upstream_error", True),
        ("rate_limit_exceeded", "upstream_rate_limited", True),
        ("credit_balance_exhausted", "upstream_quota", False),
        ("context_length_exceeded", "upstream_rejected", False),
        ("cyber_policy", "upstream_filtered", False),
        ("something_new", "upstream_failed", True),
    ],
)
async def test_a_failed_turn_says_why_and_its_session_is_left(
    model_server: ModelServer, code: str, expected: str, again: bool
) -> None:
    objects = Objects()
    model_server.play(wire.failed(code, f"It broke with {KEY}.", "half"))
    events = await ask(AgentsApi(), asked(model_server, objects))
    failed = failure(events)
    assert (failed.code, failed.again) == (expected, again)
    assert KEY not in failed.detail
    assert text(events) == "half"
    assert [row.discarded for row in objects.rows] == [False, True]


async def test_a_failed_session_is_discarded(model_server: ModelServer) -> None:
    objects = Objects()
    model_server.play(wire.stream(wire.message("Oh."), fatal="The session broke."))
    events = await ask(AgentsApi(), asked(model_server, objects))
    assert failure(events).detail == "The session broke"
    again = await ask(AgentsApi(), asked(model_server, objects))
    assert text(again) == "You said: Hello"
    assert model_server.created == {"agent": 1, "session": 2}


async def test_errors_before_the_turn_have_their_codes(model_server: ModelServer) -> None:
    for reply, code in (
        (error(429, {}, retry_after="3"), "upstream_rate_limited"),
        (error(500, {}), "upstream_error"),
        (error(200, "<html>No</html>"), "upstream_malformed"),
        (error(404, {"error": {"message": "No such model: `x`."}}), "upstream_no_model"),
    ):
        model_server.play(reply)
        assert failure(await answer(model_server)).code == code


LONG = wire.stream(wire.reasoning("Hm."), wire.message("half ", "an ", "answer"))


@pytest.mark.parametrize(
    ("way", "after"),
    [("cut_after", at) for at in (1, 4, 7, 10, 12, 14, 16)] + [("end_after", 2), ("end_after", 13)],
)
async def test_what_a_cut_stream_did_not_tell_is_read_from_the_items(
    model_server: ModelServer, way: str, after: int
) -> None:
    model_server.play(LONG.but(**{way: after}))
    events = await answer(model_server)
    assert text(events) == "half an answer"
    assert [item["type"] for item in done(events).items] == ["reasoning", "message"]
    assert isinstance(events[-2], Usage)


async def test_calls_that_a_cut_stream_did_not_tell_are_read_from_the_session(
    model_server: ModelServer,
) -> None:
    model_server.play(wire.calls(("calculate", SUM)).but(cut_after=5), wire.text("It is 2."))
    objects = Objects()
    first = await ask(AgentsApi(), asked(model_server, objects, "Sum"))
    assert ToolCall("call_1", "calculate", '{"expression": "1+1"}') in first
    path = ["Sum", *done(first).items, output({"call_id": "call_1"}, "2")]
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "It is 2."


async def test_a_stream_cut_before_the_turn_began_has_failed(model_server: ModelServer) -> None:
    model_server.play(LONG.but(cut_after=0))
    events = await answer(model_server)
    assert events == [Failed("upstream_cut", again=True)]
    assert len(model_server.agents_api.cancelled) == 1


@pytest.mark.parametrize(
    "raw",
    [
        "data: {not json}\n\n",
        'data: {"type": "agent.session.turn.output_text.delta", "delta": 5}\n\n',
        'data: {"type": "agent.session.turn.item.done", "item": null}\n\n',
        'data: {"type": "agent.session.turn.completed", "turn": 7}\n\n',
        'data: {"type": "agent.session.requires_action", "session": []}\n\n',
    ],
)
async def test_what_is_not_the_protocol_ends_it_with_the_text_kept(
    model_server: ModelServer, raw: str
) -> None:
    model_server.play(wire.text("half ", "an ", "answer").but(raw={8: raw}))
    events = await answer(model_server)
    assert failure(events).code == "upstream_malformed"
    assert text(events) == "half an "
    assert len(model_server.agents_api.cancelled) == 1


async def test_closing_the_answer_cancels_the_turn_there(model_server: ModelServer) -> None:
    model_server.play(wire.text("word ").but(stall_after=7))
    objects = Objects()
    async with contextlib.aclosing(AgentsApi().turn(asked(model_server, objects))) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    session = only(model_server)
    assert model_server.agents_api.cancelled == [session.id]
    assert session.turn["status"] == "cancelled"
    await until(lambda: model_server.open == 0)
    done(await ask(AgentsApi(), asked(model_server, objects, "Hello")))
    assert model_server.created["session"] == 2  # what the first one knows is not known


async def test_cancelling_a_silent_call_cancels_the_turn_there(model_server: ModelServer) -> None:
    model_server.play(wire.text("never").but(before_events=600))
    task = asyncio.ensure_future(answer(model_server))
    await until(lambda: bool(model_server.agents_api.sessions) and model_server.open == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: model_server.open == 0)


class Beside(Objects):
    """Goes on with a create whose asker is gone, as the ledger does."""

    async def hold(self, kind: Kind, digest: str, create: Create) -> Held:
        return await asyncio.shield(asyncio.ensure_future(super().hold(kind, digest, create)))


async def test_a_session_that_was_made_for_nobody_is_on_record_and_not_followed(
    model_server: ModelServer,
) -> None:
    objects = Beside()
    model_server.play(wire.text("never").but(before_headers=0.2))
    task = asyncio.ensure_future(ask(AgentsApi(), asked(model_server, objects)))
    await until(lambda: bool(model_server.agents_api.sessions))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not objects.doubtful)
    await until(lambda: model_server.left == 1)
    assert [row.kind for row in objects.rows] == ["agent", "session"]


async def test_an_agent_or_a_session_whose_making_was_not_answered_is_an_intent_in_doubt(
    model_server: ModelServer,
) -> None:
    for count in (1, 2):
        objects = Objects()
        if count == 2:
            done(await ask(AgentsApi(), asked(model_server, objects, "Warm up")))
            await objects.discard(objects_held(objects))
        model_server.lose_creates = 1
        failed = failure(await ask(AgentsApi(), asked(model_server, objects)))
        assert failed.code == "upstream_cut"
        assert [row.kind for row in objects.doubtful] == [("agent", "session")[count - 1]]


def objects_held(objects: Objects) -> Any:
    row = objects.of("session")[0]
    return Held(row.id, row.kind, row.remote_id)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)
