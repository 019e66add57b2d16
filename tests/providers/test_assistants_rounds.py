"""Between two rounds of tools, in the dialect ``assistants``: a run may not have waited, or
something else is to be said.
"""

from typing import Any

import pytest

from agents.providers.assistants import Assistants
from agents.providers.base import ToolCall
from tests.modelserver.said import Said
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, failure, output, shipped_tools, text
from tests.providers.remotes import Objects
from tests.providers.test_assistants import (
    ANSWER,
    SUM,
    answer,
    asked,
    done,
    started,
    still_running,
)


async def asked_for_tools(
    server: ModelServer, remotes: Objects
) -> tuple[list[Any], dict[str, Any]]:
    """The path and what else there is to be said, when a run waits for its output."""
    events = await answer(server, Said(calls=(SUM,)), remotes=remotes, tools=shipped_tools())
    path = ["Hello", *done(events).items, output({"call_id": "call_1"}, "42")]
    return path, {"continues": started(events), "tools": shipped_tools()}


@pytest.mark.parametrize("way", ["expired", "thread lost", "run lost", "cancelled"])
async def test_a_run_that_did_not_wait_begins_anew_from_our_items(
    model_server: ModelServer, way: str
) -> None:
    remotes, store = Objects(), model_server.store
    path, more = await asked_for_tools(model_server, remotes)
    (run,) = store.all_runs()
    match way:
        case "expired":
            store.expire()
        case "thread lost":
            store.remove("thread", run.row["thread_id"])
        case "run lost":
            store.timelines.clear()
        case "cancelled":
            store.cancel(run.row["thread_id"], run.row["id"])
    model_server.play(Reply(said=Said(("42.",))))
    events = await ask(Assistants(), asked(model_server, remotes, *path, **more))
    assert text(events) == "42."
    assert started(events) != more["continues"]
    assert model_server.created == {"assistant": 1, "thread": 2}
    told = model_server.turns()[-1]["additional_messages"]
    assert told[1]["content"].endswith("\n42")


async def test_what_a_person_adds_between_two_rounds_is_told_in_a_new_run(
    model_server: ModelServer,
) -> None:
    remotes = Objects()
    path, more = await asked_for_tools(model_server, remotes)
    model_server.play(Reply(said=Said(("Stopped.",))))
    events = await ask(Assistants(), asked(model_server, remotes, *path, "No, stop!", **more))
    assert text(events) == "Stopped."
    assert model_server.turns()[-1]["additional_messages"][-1]["content"] == "No, stop!"
    assert not still_running(model_server)


async def test_outputs_that_were_refused_for_a_while_are_given_again(
    model_server: ModelServer,
) -> None:
    remotes = Objects()
    path, more = await asked_for_tools(model_server, remotes)
    busy = error(503, {"error": {"message": "Busy"}})
    model_server.play(busy, Reply(said=Said(("42.",))))
    refused = await ask(Assistants(), asked(model_server, remotes, *path, **more))
    assert (failure(refused).code, failure(refused).again) == ("upstream_error", True)
    events = await ask(Assistants(), asked(model_server, remotes, *path, **more))
    assert text(events) == "42."
    assert model_server.created == {"assistant": 1, "thread": 1}


@pytest.mark.parametrize("forgets", [False, True])
async def test_calls_that_are_numbered_anew_in_every_run_find_their_outputs(
    model_server: ModelServer, forgets: bool
) -> None:
    remotes = Objects()
    path, more = await asked_for_tools(model_server, remotes)
    model_server.play(Reply(said=ANSWER), Reply(said=Said(calls=(SUM,))), Reply(said=ANSWER))
    path += [*done(await ask(Assistants(), asked(model_server, remotes, *path, **more))).items, "?"]
    second = await ask(Assistants(), asked(model_server, remotes, *path, tools=shipped_tools()))
    (call,) = [one for one in second if isinstance(one, ToolCall)]
    assert call.call_id == "call_1.2"
    path += [*done(second).items, output({"call_id": call.call_id}, "42")]
    more["continues"] = started(second)
    for row in remotes.of("thread") if forgets else []:
        row.memory = {}  # as it is when a process dies before it was kept
    last = await ask(Assistants(), asked(model_server, remotes, *path, **more))
    assert text(last) == "half an answer"
    (given,) = model_server.turns()[-1]["tool_outputs"]
    assert given == {"tool_call_id": "call_1", "output": "42"}
