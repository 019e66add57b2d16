"""Tools that the provider runs itself: offered to dialects that have them, and shown as steps."""

from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent, Tool
from agents.providers.base import Done, Failed, Started, Text, ToolProgress, Usage
from agents.providers.scripted import Hold, Script, Turn, scripted
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.models import Event
from giint.engine.fence import Claim
from giint.engine.outputs import open_builtin
from giint.engine.supervisor import Supervisor
from tests.engine.conftest import ended, send, texts
from tests.engine.test_takeover import abandoned
from transcripts.models import ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)

SEARCH = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "offices in Bern"},
}
MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Two.", "annotations": []}],
}


def searching(*signs: str) -> Turn:
    progress: Turn = [ToolProgress("ws_1", "web_search", sign) for sign in signs]
    usage = Usage({"input": 1, "output": 1})
    return [Started("resp_1"), *progress, Text("Two."), usage, Done([SEARCH, MESSAGE])]


@pytest.fixture
def searcher(alice: User) -> Agent:
    Tool.objects.create(
        name="search", kind="builtin", options={"type": "web_search", "search_context_size": "low"}
    )
    return Agent.objects.create(owner=alice, name="Searcher", tools=["search", "calculate"])


@pytest.fixture
def _has_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Script, "builtins", frozenset({"web_search"}))


def rows() -> list[dict[str, Any]]:
    fields = ("tool", "label", "status", "result", "error")
    return [dict(zip(fields, row, strict=True)) for row in ToolOutput.objects.values_list(*fields)]


@pytest.mark.usefixtures("_has_search")
async def test_it_goes_to_a_dialect_that_has_it_and_its_calls_are_steps(
    running: Supervisor, alice: User, searcher: Agent
) -> None:
    with scripted(searching("in_progress", "searching", "completed")) as script:
        sent = await send(alice, "Offices?", agent=searcher.id)
        run = await ended(sent.run)
    assert run.status == "completed"
    (builtin,) = script.requests[0].builtins
    assert (builtin.type, builtin.options["search_context_size"]) == ("web_search", "low")
    assert [tool.name for tool in script.requests[0].tools] == ["calculate"]
    (row,) = await read_db(rows)
    assert (row["tool"], row["label"], row["status"]) == ("web_search", "Web search", "done")
    assert "offices in Bern" in row["result"]

    def told() -> list[str]:
        return list(Event.objects.filter(type__startswith="tool.").values_list("type", flat=True))

    assert await read_db(told) == ["tool.started", "tool.completed"]


@pytest.mark.usefixtures("_has_search")
async def test_its_step_is_there_while_it_runs_and_stop_ends_it(
    running: Supervisor, alice: User, searcher: Agent
) -> None:
    hold = Hold()
    turn: Turn = [Started("resp_1"), ToolProgress("ws_1", "web_search", "searching"), hold]
    with scripted(turn):
        sent = await send(alice, "Offices?", agent=searcher.id)
        await hold.reached()
        assert (await read_db(rows))[0]["status"] == "running"
        await in_db(engine.stop, user=alice, thread=sent.thread)
        assert (await ended(sent.run)).status == "cancelled"
    (row,) = await read_db(rows)
    assert row["status"] == "cancelled"
    assert "stopped" in row["error"]


@pytest.mark.usefixtures("_has_search")
async def test_a_call_in_which_one_ran_is_not_made_again_unseen(
    running: Supervisor, alice: User, searcher: Agent
) -> None:
    turn: Turn = [
        ToolProgress("ws_1", "web_search", "searching"),
        Failed("upstream_error", "", True),
    ]
    with scripted([Started("r"), *turn]):  # a second call would fail the script
        run = await ended((await send(alice, "Offices?", agent=searcher.id)).run)
    assert run.code == "upstream_error"
    assert (await read_db(rows))[0]["status"] == "cancelled"


@pytest.mark.usefixtures("_has_search")
async def test_items_without_a_sign_of_life_are_steps_too(
    running: Supervisor, alice: User, searcher: Agent
) -> None:
    with scripted(searching(), searching("searching")):  # the same item id, another model call
        first = await send(alice, "Offices?", agent=searcher.id)
        await ended(first.run)
        await ended((await send(alice, "More?", agent=searcher.id, thread=first.thread)).run)
    assert [row["status"] for row in await read_db(rows)] == ["done", "done"]


@pytest.mark.usefixtures("_has_search")
async def test_after_a_crash_it_ends_and_the_model_is_asked_anew(
    running: Supervisor, alice: User
) -> None:
    def crashed() -> Claim:
        claim = abandoned(alice)
        open_builtin(claim, step="step_1", message="msg_1", item="ws_1", name="web_search")
        return claim

    claim = await in_db(crashed)
    with scripted(searching("searching")):
        run = await ended(claim.run)
    assert run.status == "completed"
    assert [row["status"] for row in await read_db(rows)] == ["cancelled", "done"]


async def test_a_dialect_without_it_refuses_with_a_sentence(
    running: Supervisor, alice: User, searcher: Agent
) -> None:
    with scripted():  # nothing is asked
        run = await ended((await send(alice, "Offices?", agent=searcher.id)).run)
    assert (run.status, run.code) == ("failed", "builtin_refused")
    assert run.detail == "search: Offline demo has no web_search"


@pytest.mark.usefixtures("_has_search")
async def test_another_model_is_not_told_of_what_this_one_ran(
    running: Supervisor, alice: User, searcher: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(searching("searching"), searching(), searching()) as script:
        first = await send(alice, "Offices?", agent=searcher.id)
        await ended(first.run)
        second = await send(alice, "More?", agent=searcher.id, thread=first.thread)
        await ended(second.run)
        monkeypatch.setattr("giint.engine.prompt.fingerprint", lambda endpoint: "another")
        await ended((await send(alice, "And?", agent=searcher.id, thread=first.thread)).run)
    kinds = [[item["type"] for item in request.items] for request in script.requests]
    assert kinds[1].count("web_search_call") == 1
    assert "web_search_call" not in kinds[2]
    assert kinds[2].count("message") == 5
    assert len(await read_db(texts, first.thread)) == 6
