"""After a takeover: what becomes of an answer of the Agents API that nobody followed to its end;
and its objects one by one, as the ledger asks for them.
"""

import asyncio
import contextlib
from typing import Any

import pytest

from agents.providers.agents_api import AgentsApi
from agents.providers.base import (
    Done,
    Endpoint,
    Failed,
    ProviderEvent,
    Started,
    Text,
    ToolCall,
    TurnRequest,
    Usage,
)
from agents.providers.stateful import Keeper, Lost, Object
from agents.providers.stateful import Reply as ObjectsReply
from giint.core.secrets import Secret
from tests.modelserver import agentswire as wire
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, output, text
from tests.providers.remotes import TAGS, Objects
from tests.providers.test_agents_api import KEY, SUM, asked, done, only


async def left(server: ModelServer, reply: Reply, *said: Any) -> tuple[TurnRequest, str]:
    """A call whose process has died after the first sign of life: nobody has cancelled it."""
    server.play(reply)
    given = asked(server, Objects(), *said)
    events = AgentsApi().turn(given)
    started = await anext(events)
    assert isinstance(started, Started)
    server.agents_api.sessions = dict(server.agents_api.sessions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agents.providers.agents_session.Segment._cancel", _dead)
        await events.aclose()
    return given, started.remote_id


async def _dead(self: Any) -> None: ...


async def recovered(given: TurnRequest, remote_id: str) -> list[ProviderEvent | Lost]:
    async with contextlib.aclosing(AgentsApi().recover(given, remote_id)) as events:
        return [event async for event in events]


async def test_a_whole_answer_is_had_from_its_items(model_server: ModelServer) -> None:
    reply = wire.stream(wire.reasoning("Hm."), wire.message("It is ", "whole."))
    given, remote_id = await left(model_server, reply)
    events = await recovered(given, remote_id)
    assert events[0] == Started(remote_id)
    assert [one.delta for one in events if isinstance(one, Text)] == ["It is whole."]
    assert isinstance(events[-2], Usage)
    last = events[-1]
    assert isinstance(last, Done)
    assert [item["type"] for item in last.items] == ["reasoning", "message"]
    assert model_server.agents_api.cancelled == []


async def test_calls_that_wait_are_had_and_the_turn_goes_on(model_server: ModelServer) -> None:
    given, remote_id = await left(model_server, wire.calls(("calculate", SUM)), "Sum")
    events = await recovered(given, remote_id)
    assert ToolCall("call_1", "calculate", '{"expression": "1+1"}') in events
    last = events[-1]
    assert isinstance(last, Done)
    # What the session knows was never kept: the server says for which calls it waits.
    path = [*given.items, *last.items, output({"call_id": "call_1"}, "2")]
    model_server.play(wire.text("It is 2."))
    assert given.remotes is not None
    more = asked(model_server, Objects(), *path, remotes=given.remotes, continues=remote_id)
    assert text(await ask(AgentsApi(), more)) == "It is 2."
    assert len(only(model_server).turns) == 1


async def test_the_answer_to_results_is_what_came_after_them(model_server: ModelServer) -> None:
    objects = Objects()
    model_server.play(wire.stream(wire.message("First."), wire.call("calculate", SUM)))
    first = await ask(AgentsApi(), asked(model_server, objects, "Sum"))
    path = ["Sum", *done(first).items, output({"call_id": "call_1"}, "2")]
    given = asked(model_server, objects, *path)
    session = only(model_server)
    remote_id = f"{session.id}/{session.turn['id']}"
    # The process died before the results were sent: the server has nothing of the answer.
    assert await recovered(given, remote_id) == [Lost()]
    model_server.play(wire.text("Second."))
    await ask(AgentsApi(), given)
    events = await recovered(given, remote_id)
    assert [one.delta for one in events if isinstance(one, Text)] == ["Second."]


async def test_an_answer_under_way_is_cancelled_and_lost(model_server: ModelServer) -> None:
    given, remote_id = await left(model_server, wire.text("half ", "an ans").but(stall_after=9))
    assert await recovered(given, remote_id) == [Lost()]
    assert model_server.agents_api.cancelled == [only(model_server).id]
    assert only(model_server).turn["status"] == "cancelled"


async def test_a_failed_turn_is_a_failure_and_one_that_is_gone_is_lost(
    model_server: ModelServer,
) -> None:
    given, remote_id = await left(model_server, wire.failed("server_error", "It broke."))
    failed = (await recovered(given, remote_id))[-1]
    assert isinstance(failed, Failed)
    assert (failed.code, failed.detail) == ("upstream_error", "It broke")
    assert await recovered(given, "session_0/turn_0") == [Lost()]
    assert await recovered(given, "") == [Lost()]
    model_server.refused_keys.add(KEY)
    assert await recovered(given, remote_id) == [Lost()]


# --- objects, one by one --------------------------------------------------------------------------


def endpoint(server: ModelServer) -> Endpoint:
    return Endpoint("agents", server.url, Secret(KEY), "test-model", "Test")


def test_objects_are_made_read_listed_and_deleted(model_server: ModelServer) -> None:
    keeper: Keeper = AgentsApi()
    assert keeper.kinds == ("session", "agent")
    there = endpoint(model_server)
    made = [
        keeper.create(there, "agent", {"model": "m", "metadata": TAGS}).objects[0] for _ in range(3)
    ]
    body = {"agent_id": made[0].id, "environment": {"type": "none"}, "input": "Hi"}
    (session,) = keeper.create(there, "session", body | {"metadata": TAGS}).objects
    assert (session.kind, session.tags, session.raw["status"]) == ("session", TAGS, "idle")
    (read,) = keeper.fetch(there, "agent", made[0].id).objects
    assert read == Object("agent", made[0].id, TAGS, read.raw)
    assert [one.id for one in keeper.inventory(there, "agent").objects] == [one.id for one in made]
    assert [one.id for one in keeper.inventory(there, "session").objects] == [session.id]
    assert keeper.delete(there, "session", session.id).code == ""
    assert keeper.delete(there, "session", session.id).code == ""
    assert keeper.fetch(there, "session", session.id).code == "remote_gone"
    assert model_server.created == {"agent": 3, "session": 1}
    assert model_server.deleted == {"session": 1}


def test_inventory_reads_every_page(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.providers.kept_http.PAGE", 2)
    there = endpoint(model_server)
    made = [AgentsApi().create(there, "agent", {"model": "m"}).objects[0].id for _ in range(5)]
    assert [one.id for one in AgentsApi().inventory(there, "agent").objects] == made


def test_what_the_server_refuses_has_a_code_and_what_is_in_doubt_says_so(
    model_server: ModelServer,
) -> None:
    keeper, there = AgentsApi(), endpoint(model_server)
    agent = keeper.create(there, "agent", {"model": "m"}).objects[0].id
    model_server.delete_answers = [500, 0]
    refused = keeper.delete(there, "agent", agent)
    assert (refused.code, refused.doubtful) == ("upstream_error", False)
    # Deleted, and the answer lost: the transport asks again, and the server knows of none.
    assert keeper.delete(there, "agent", agent) == ObjectsReply()
    assert model_server.deleted == {"agent": 1}
    model_server.lose_creates = 1
    assert keeper.create(there, "agent", {"model": "m"}).doubtful
    model_server.refusals = [error(429, {}, retry_after="3")]
    limited = keeper.inventory(there, "agent")
    assert (limited.code, limited.after) == ("upstream_rate_limited", 3.0)
    model_server.refused_keys.add(KEY)
    assert keeper.fetch(there, "agent", agent).code == "upstream_refused_key"
    assert KEY not in repr(limited)


def test_nobody_there_is_no_doubt(settings: Any) -> None:
    with ModelServer() as server:
        there = endpoint(server)
    settings.GIINT_PRIVATE_HOSTS = ["127.0.0.1"]
    made = AgentsApi().create(there, "agent", {"model": "m"})
    assert (made.code, made.doubtful) == ("upstream_unreachable", False)


def test_an_account_is_tried_at_the_agents_api_too(model_server: ModelServer) -> None:
    there = endpoint(model_server)
    checked = AgentsApi().check(there)
    assert (checked.code, checked.models) == ("", ["test-mini", "test-model"])
    model_server.refusals = [error(404, {"error": {"message": "Invalid URL"}})]
    checked = AgentsApi().check(there)
    assert (checked.code, checked.detail) == (
        "upstream_rejected",
        "this server has no Agents API",
    )


async def test_it_is_not_to_be_called_without_a_ledger(model_server: ModelServer) -> None:
    with pytest.raises(ValueError, match="remote objects"):
        AgentsApi().turn(asked(model_server, Objects(), remotes=None))
    await asyncio.sleep(0)
    assert model_server.asked == []
