"""Every call that a model asks for leaves one ``ToolOutput``, whatever becomes of it, and what it
gives is stored once.
"""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from accounts.models import User
from agents.models import Agent
from agents.providers import replaced
from agents.providers.base import Done, Started, Text, ToolCall, TurnRequest
from agents.providers.items import function_call, message
from agents.providers.scripted import Hold, Turn, calls, says, scripted
from agents.tools.base import ToolContext, ToolFailed, ToolRetry, ToolTimeout, tool
from giint import engine
from giint.core.db import in_db, read_db
from giint.engine.supervisor import Supervisor
from giint.models import Message, Run
from tests.engine import tools
from tests.engine.conftest import ended, send, until
from tests.engine.crowd import Crowd
from transcripts.models import PREVIEW, ToolOutput, TranscriptEntry

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["sleepy", "broken", "odd", "publishes"]
MINE = ["raises", "large"]
MARK = "large-result-canary"


@tool(retry="safe")
def raises(context: ToolContext, what: str) -> str:
    """Ends as it is told to."""
    kinds = {"retry": ToolRetry, "failed": ToolFailed, "timeout": ToolTimeout}
    raise kinds[what](f"It is {what}.")


@tool(retry="safe")
def large(context: ToolContext) -> str:
    """Gives more than a page shows, with a mark beyond what a page shows."""
    return "x" * 50_000 + MARK


@pytest.fixture
def agent(alice: User, settings: Any) -> Agent:
    paths = {name: (name, f"tests.engine.tools.{name}") for name in NAMES}
    paths |= {name: (name, f"tests.engine.test_outputs.{name}") for name in MINE}
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | paths
    return Agent.objects.create(owner=alice, name="A", tools=[*paths, "calculate"])


def written(*wanted: tuple[str, str]) -> Turn:
    """An answer that calls tools with arguments as a model may write them, right or wrong."""
    made = [ToolCall(f"call_{n}", name, text) for n, (name, text) in enumerate(wanted, 1)]
    return [Started("resp_odd"), *made, Done([function_call(one) for one in made])]


def outputs() -> list[ToolOutput]:
    return list(ToolOutput.objects.order_by("position"))


CASES = {
    "done": ("calculate", '{"expression": "1+1"}', "done", "2"),
    "unknown tool": ("no_such_tool", "{}", "failed", "no tool of that name"),
    "not this agent's": ("user_role", "{}", "failed", "no tool of that name"),
    "not JSON": ("calculate", '{"expression": ', "failed", "not valid JSON"),
    "not an object": ("calculate", "[]", "failed", "one JSON object"),
    "against the schema": ("calculate", '{"sum": 1}', "failed", "do not fit its schema"),
    "to be mended": ("raises", '{"what": "retry"}', "failed", "It is retry."),
    "cannot be done": ("raises", '{"what": "failed"}', "failed", "It is failed."),
    "says that it took too long": ("raises", '{"what": "timeout"}', "failed", "It is timeout."),
    "took too long": ("sleepy", "{}", "failed", "did not finish in 0.2 s"),
    "a bug": ("broken", "{}", "failed", "for a reason of its own"),
    "odd text": ("odd", "{}", "done", "a\ufffdb\ufffd"),
}


async def test_each_outcome_leaves_its_row_and_reaches_the_model(
    running: Supervisor, alice: User, agent: Agent
) -> None:
    """All of them in one step: one that fails discards no other."""
    asked = written(*[(name, text) for name, text, _, _ in CASES.values()])
    with scripted(asked, says("So.")) as script:
        sent = await send(alice, "Go", agent=agent.id)
        assert (await ended(sent.run)).status == "completed"
    told = [i["output"] for i in script.requests[1].items if "output" in i]
    rows = await read_db(outputs)
    assert len(rows) == len(told) == len(CASES)
    for (case, (name, text, status, hint)), row, said in zip(
        CASES.items(), rows, told, strict=True
    ):
        assert (case, row.tool, row.arguments, row.status) == (case, name, text, status)
        assert hint in (row.result or row.error), case
        assert said == (row.result or row.error), case
        assert (row.user_id, row.thread_id, row.run_id) == (alice.pk, sent.thread, sent.run)
        assert row.ended is not None, case


async def test_a_call_that_is_stopped_leaves_its_row(
    running: Supervisor, alice: User, agent: Agent
) -> None:
    hold = Hold()
    tools.held.append(hold)
    try:
        with scripted(calls(("publishes", {"hold": True}))):
            sent = await send(alice, "Go", agent=agent.id)
            await hold.reached()
            await in_db(engine.stop, user=alice, thread=sent.thread)
            assert (await ended(sent.run)).status == "cancelled"
    finally:
        tools.held.pop().release()
    (row,) = await read_db(outputs)
    assert (row.status, bool(row.error), row.ended is None) == ("cancelled", True, False)


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"tool_calls": 1}, "guard_tool_calls"), ({"identical": 1}, "guard_identical")],
)
async def test_calls_that_a_guard_forbids_leave_their_rows(
    running: Supervisor, alice: User, agent: Agent, limits: dict[str, int], code: str
) -> None:
    await in_db(Agent.objects.filter(id=agent.id).update, limits=limits)
    same = ("calculate", {"expression": "1+1"})
    with scripted(calls(same, same)):
        sent = await send(alice, "Go", agent=agent.id)
        run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", code)
    rows = await read_db(outputs)
    assert [(row.status, bool(row.error)) for row in rows] == [("cancelled", True)] * 2
    assert await read_db(Message.objects.filter(status="streaming").count) == 0


async def test_a_denied_call_leaves_its_row(
    running: Supervisor, alice: User, agent: Agent, settings: Any
) -> None:
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | {
        "send_mail": ("Send", "tests.engine.tools.send_mail")
    }
    await in_db(Agent.objects.filter(id=agent.id).update, tools=["send_mail"])
    with scripted(calls(("send_mail", {})), says("Then not.")):
        sent = await send(alice, "Go", agent=agent.id)
        await until(lambda: Run.objects.filter(id=sent.run, status="waiting").first())
        approval = await read_db(lambda: alice.approvals.get(decision="").id)
        no = engine.Verdict(approves=False, reason="Not now.")
        await in_db(engine.decide, user=alice, approval=approval, verdict=no)
        await ended(sent.run)
    (row,) = await read_db(outputs)
    assert (row.status, "Not now." in row.error, row.ended is None) == ("failed", True, False)


def _rows_with(words: str) -> list[str]:
    """Every row of the whole database, in any of its columns, in which ``words`` stand."""
    found = list[str]()
    for model in apps.get_models():
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]
        rows = model._default_manager.values_list(*names) if names else []
        found += [model.__name__ for row in rows if words in json.dumps([*map(str, row)])]
    return found


async def test_a_large_result_is_stored_once_and_previewed(
    running: Supervisor, alice: User, agent: Agent
) -> None:
    with scripted(calls(("large", {})), says("Read.")) as script:
        await ended((await send(alice, "Go", agent=agent.id)).run)
    assert MARK in script.requests[1].items[-1]["output"]
    assert await read_db(_rows_with, MARK) == ["ToolOutput"]
    (row,) = await read_db(outputs)
    assert (len(row.row()["result"]), row.row()["length"]) == (PREVIEW, len(row.result))


async def test_so_do_those_of_an_agent_that_is_asked_and_what_it_said_is_kept(
    running: Supervisor, alice: User, agent: Agent, settings: Any
) -> None:
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | {"asks": ("Asks", "tests.engine.tools.asks")}
    await in_db(Agent.objects.filter(id=agent.id).update, limits={"identical": 1})
    names = ["asks"]
    asker = await in_db(
        Agent.objects.create, owner=alice, name="Asker", instructions="ask", tools=names
    )
    same = ToolCall("call_1", "calculate", '{"expression": "1+1"}')
    other = ToolCall("call_2", "calculate", '{"expression": "1+1"}')
    items = [message("I count.", "msg_1"), function_call(same), function_call(other)]

    def play(told: str, said: str, request: TurnRequest) -> Turn:
        if told != "ask":
            return [Started("resp_odd"), Text("I count."), same, other, Done(items)]
        if request.items[-1]["type"] == "function_call_output":
            return says("So.")
        return calls(("asks", {"agents": [agent.id]}))

    with replaced("offline", Crowd(play)):
        sent = await send(alice, "Go", agent=asker.id)
        assert (await ended(sent.run)).status == "completed"
    entry = await read_db(TranscriptEntry.objects.get)
    assert (entry.text, entry.code) == ("I count.", "guard_identical")
    below = await read_db(lambda: list(ToolOutput.objects.filter(tool="calculate")))
    assert [(row.status, bool(row.error)) for row in below] == [("cancelled", True)] * 2
