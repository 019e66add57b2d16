"""What the dialect ``assistants`` keeps at its server: found again after a takeover, and managed
outside of a turn.
"""

import contextlib
from typing import Any

import pytest

from agents.providers.assistants import Assistants
from agents.providers.assistants_objects import tagged
from agents.providers.assistants_request import START, rest, results, through
from agents.providers.base import Done, Endpoint, Failed, ProviderEvent, Text, ToolCall
from agents.providers.stateful import Kind, Lost
from tests.modelserver.said import Said
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, output, request, shipped_tools, text, user
from tests.providers.remotes import TAGS, Objects
from tests.providers.test_assistants import ANSWER, KEY, SUM, asked, done, started, still_running


async def recovered(
    server: ModelServer, remotes: Objects, remote_id: str, *path: Any
) -> list[ProviderEvent | Lost]:
    """What another process finds of the answer."""
    again = asked(server, remotes, *path, tools=shipped_tools())
    async with contextlib.aclosing(Assistants().recover(again, remote_id)) as events:
        return [event async for event in events]


async def left(server: ModelServer, remotes: Objects, said: Said, after: int, *path: Any) -> str:
    """A process asks, and is gone after so many events of the stream. Returns the remote id."""
    server.play(Reply(said=said).but(stall_after=after))
    events = Assistants().turn(asked(server, remotes, *path, tools=shipped_tools()))
    remote_id = started([await anext(events)])
    async with contextlib.aclosing(events):
        (run,) = server.store.all_runs()
        before = dict(run.row)
    run.row = before  # one that is killed cancels nothing
    return remote_id


async def asks_for_a_sum(server: ModelServer, remotes: Objects) -> tuple[list[Any], str]:
    server.play(Reply(said=Said(("I look.",), calls=(SUM,))))
    events = await ask(Assistants(), asked(server, remotes, tools=shipped_tools()))
    return ["Hello", *done(events).items], started(events)


async def test_an_answer_that_was_finished_is_mirrored(model_server: ModelServer) -> None:
    remotes = Objects()
    model_server.play(Reply(said=ANSWER))
    remote_id = started(await ask(Assistants(), asked(model_server, remotes)))
    events = await recovered(model_server, remotes, remote_id)
    assert [event.delta for event in events if isinstance(event, Text)] == ["half an answer"]
    assert isinstance(events[-1], Done)
    assert started(list(events)[:1]) == remote_id  # type: ignore[arg-type]
    assert len(model_server.turns()) == 1


async def test_calls_that_wait_are_mirrored_and_can_be_answered(model_server: ModelServer) -> None:
    remotes = Objects()
    _, remote_id = await asks_for_a_sum(model_server, remotes)
    events = await recovered(model_server, remotes, remote_id)
    assert [type(event).__name__ for event in events][-2:] == ["ToolCall", "Done"]
    last = events[-1]
    assert isinstance(last, Done)
    model_server.play(Reply(said=Said(("42.",))))
    path = ["Hello", *last.items, output({"call_id": "call_1"}, "42")]
    more: dict[str, Any] = {"tools": shipped_tools(), "continues": remote_id}
    assert text(await ask(Assistants(), asked(model_server, remotes, *path, **more))) == "42."
    assert model_server.created == {"assistant": 1, "thread": 1}


async def test_only_what_followed_the_outputs_is_mirrored(model_server: ModelServer) -> None:
    remotes = Objects()
    path, remote_id = await asks_for_a_sum(model_server, remotes)
    path.append(output({"call_id": "call_1"}, "42"))
    model_server.play(Reply(said=Said(("It is 42.",), calls=(SUM,), first=2)))
    more: dict[str, Any] = {"tools": shipped_tools(), "continues": remote_id}
    await ask(Assistants(), asked(model_server, remotes, *path, **more))
    events = await recovered(model_server, remotes, remote_id, *path)
    assert [event.delta for event in events if isinstance(event, Text)] == ["It is 42."]
    assert [event.call_id for event in events if isinstance(event, ToolCall)] == ["call_2"]


async def test_a_run_that_never_got_the_outputs_is_lost(model_server: ModelServer) -> None:
    remotes = Objects()
    path, remote_id = await asks_for_a_sum(model_server, remotes)
    path.append(output({"call_id": "call_1"}, "42"))
    assert await recovered(model_server, remotes, remote_id, *path) == [Lost()]
    assert not still_running(model_server)


async def test_a_run_under_way_is_cancelled_and_lost(model_server: ModelServer) -> None:
    remotes = Objects()
    remote_id = await left(model_server, remotes, ANSWER, 9, "Hello")
    assert still_running(model_server)
    model_server.store.slow_cancels = 2
    assert await recovered(model_server, remotes, remote_id) == [Lost()]
    (run,) = model_server.store.all_runs()
    assert run.row["status"] == "cancelled"


@pytest.mark.parametrize(
    ("code", "mirrored"),
    [("max_completion_tokens", True), ("server_error", False), ("expired", False)],
)
async def test_a_run_that_ended_badly(model_server: ModelServer, code: str, mirrored: bool) -> None:
    remotes = Objects()
    model_server.play(Reply(said=Said(("half ",), failure=(code, "It broke."))))
    remote_id = started(await ask(Assistants(), asked(model_server, remotes)))
    events = await recovered(model_server, remotes, remote_id)
    if not mirrored:
        assert events == [Lost()]
        return
    assert [event.delta for event in events if isinstance(event, Text)] == ["half "]
    assert isinstance(events[-1], Failed)


@pytest.mark.parametrize("remote_id", ["thread_none/run_none", "thread_none", "", "a/b/c"])
async def test_what_nobody_knows_is_lost(model_server: ModelServer, remote_id: str) -> None:
    assert await recovered(model_server, Objects(), remote_id) == [Lost()]


async def test_a_server_that_does_not_stream_is_polled(model_server: ModelServer) -> None:
    model_server.store.streams = False
    model_server.play(Reply(said=Said(("I look.",), calls=(SUM,))))
    events = await ask(Assistants(), asked(model_server, Objects(), tools=shipped_tools()))
    assert text(events) == "I look."
    assert isinstance(events[-2], ToolCall)


# --- the path -----------------------------------------------------------------------------------

CALL = {"type": "function_call", "call_id": "c", "name": "calculate", "arguments": "{}"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A"}]}


def test_a_thread_knows_the_beginning_of_a_path_or_is_of_no_use() -> None:
    path = [user("1"), CALL, output(CALL, "42"), SAID]
    more = user("2")
    assert rest([*path, more], through(path)) == [more]
    assert rest(path, through(path)) == []
    assert rest(path, START) == path
    assert rest([user("other"), *path[1:], more], through(path)) is None
    assert rest(path[:2], through(path)) is None
    assert rest(path, None) is None
    # How a text is written, and what nobody is told, makes no difference.
    plain: list[Any] = [
        {"role": "user", "content": "1"},
        {"type": "reasoning", "summary": []},
        *path[1:3],
    ]
    assert through([*plain, {"role": "assistant", "content": "A"}]) == through(path)


def test_outputs_go_back_in_the_order_of_their_calls_and_alone() -> None:
    calls = [CALL | {"call_id": name} for name in "ab"]
    outputs = [output(call, str(call["call_id"])) for call in calls]
    assert results([user("1"), *calls, *outputs[::-1]]) == outputs
    assert results([user("1"), *calls, outputs[0]]) == []
    assert results([user("1"), *calls, *outputs, user("2")]) == []
    assert results([user("1")]) == []


# --- outside of a turn ----------------------------------------------------------------------------


def place(server: ModelServer) -> Endpoint:
    return request(base_url=server.url, key=KEY, dialect="assistants").endpoint


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("assistant", {"model": "test-model", "name": "A"}),
        ("thread", {}),
        ("vector_store", {"name": "A"}),
    ],
)
def test_an_object_is_made_read_listed_and_deleted(
    model_server: ModelServer, kind: Kind, body: dict[str, Any]
) -> None:
    provider, endpoint = Assistants(), place(model_server)
    made = provider.create(endpoint, kind, body | {"metadata": TAGS})
    (one,) = made.objects
    assert (made.code, one.kind, one.tags) == ("", kind, TAGS)
    assert provider.fetch(endpoint, kind, one.id).objects == [one]
    listed = provider.inventory(endpoint, kind)
    if kind in Assistants.listable:
        assert listed.objects == [one]
    else:
        assert listed.code == "remote_unlisted"
    assert provider.delete(endpoint, kind, one.id).code == ""
    assert provider.delete(endpoint, kind, one.id).code == ""  # what is gone is deleted
    assert provider.fetch(endpoint, kind, one.id).code == "remote_gone"
    assert model_server.deleted == {kind: 1}


def test_a_list_is_read_to_its_end(model_server: ModelServer) -> None:
    provider, endpoint = Assistants(), place(model_server)
    for number in range(205):
        model_server.store.add("assistant", {"id": f"asst_{number}", "metadata": None})
    assert len(provider.inventory(endpoint, "assistant").objects) == 205
    model_server.store.add("file", {"id": "file-1", "filename": tagged("a.csv", TAGS)})
    model_server.store.add("file", {"id": "file-2", "filename": "theirs.csv"})
    assert [one.tags for one in provider.inventory(endpoint, "file").objects] == [TAGS, {}]


def test_what_goes_wrong_has_a_code_and_says_whether_it_was_done(
    model_server: ModelServer,
) -> None:
    provider, endpoint = Assistants(), place(model_server)
    body = {"model": "test-model"}
    model_server.refusals = [error(429, {"error": {"message": "Slow down"}}, retry_after="3")]
    slow = provider.create(endpoint, "assistant", body)
    assert (slow.code, slow.after, slow.doubtful) == ("upstream_rate_limited", 3.0, False)
    model_server.refusals = [error(504, {"error": {"message": "Late"}})]
    assert provider.create(endpoint, "assistant", body).doubtful
    model_server.lose_creates = 1
    lost = provider.create(endpoint, "assistant", body)
    assert (lost.code, lost.doubtful) == ("upstream_cut", True)
    model_server.delete_answers = [500, 404]
    made = provider.create(endpoint, "assistant", body).objects[0].id
    assert provider.delete(endpoint, "assistant", made).code == "upstream_error"
    assert provider.delete(endpoint, "assistant", made).code == ""
    wrong = provider.create(endpoint, "assistant", {})
    assert (wrong.code, wrong.doubtful) == ("upstream_rejected", False)
    model_server.refused_keys = {KEY}
    refused = provider.inventory(endpoint, "assistant")
    assert (refused.code, refused.doubtful) == ("upstream_refused_key", False)
    away = request(base_url="http://127.0.0.1:9/v1", key=KEY).endpoint
    assert provider.fetch(away, "assistant", made).code == "address_refused"


def test_the_check_sees_that_it_is_all_there(model_server: ModelServer) -> None:
    checked = Assistants().check(place(model_server))
    assert (checked.code, checked.models) == ("", ["test-mini", "test-model"])
