"""A database that is away for a moment, in the middle of a run: docs/invariants/run.md, 13."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from accounts.models import User
from agents.providers.base import ToolCall
from agents.providers.scripted import calls, says, scripted
from agents.tools.offered import Offer
from agents.tools.registry import tool_for
from giint.core.db import in_db, read_db
from giint.core.events import thread_stream
from giint.core.models import Event
from giint.engine import claims, commands, lasting, records, tick
from giint.engine.fence import Claim
from giint.engine.records import Opened
from giint.engine.steps import Answer
from giint.engine.supervisor import Supervisor
from giint.engine.toolcalls import plan
from giint.models import Message, Run, Runner, Step
from tests.engine.conftest import ended, send, texts
from transcripts.models import ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)


def failing(fn: Callable[..., Any], times: int) -> Callable[..., Any]:
    """``fn``, whose first ``times`` calls lose their connection."""
    left = [times]

    def tried(*args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise OperationalError("server closed the connection unexpectedly")
        return fn(*args, **kwargs)

    tried.__name__ = fn.__name__
    return tried


def claimed(user: User) -> Claim:
    """A run that a process of this test holds."""
    commands.start(user=user, asked=commands.Asked(client_id="c1", text="Hi"))
    mine = Runner.objects.create(kind="web", host="elsewhere", pid=1, seen=Now())
    (claim,) = claims.claim(mine.id, 1)
    return claim


def told(claim: Claim) -> list[str]:
    stored = Event.objects.filter(stream__name=thread_stream(claim.thread)).order_by("seq")
    return [event.type for event in stored]


OPENED = Opened("step_1", "msg_1", 1, "m")


# --- what is tried again, and finds itself done ---------------------------------------------------


async def test_a_hop_is_tried_again_while_the_database_is_away() -> None:
    assert await lasting.lasting(in_db, failing(lambda: "done", 2)) == "done"


async def test_and_given_up_when_it_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "PATIENCE", 0.0)
    with pytest.raises(OperationalError):
        await lasting.lasting(in_db, failing(lambda: "done", 50))


async def test_other_errors_are_not_its_business() -> None:
    def broken() -> None:
        raise ValueError("our own bug")

    with pytest.raises(ValueError, match="our own bug"):
        await lasting.lasting(in_db, broken)


def test_a_call_that_was_opened_is_not_opened_again(alice: User) -> None:
    claim = claimed(alice)
    for _ in range(2):
        records.open_call(claim, OPENED, given={})
    assert Step.objects.filter(run=claim.run).count() == 1
    assert told(claim).count("message.created") == 2  # the question's and the answer's


def test_a_call_that_was_closed_gives_its_tool_calls_again(alice: User) -> None:
    claim = claimed(alice)
    records.open_call(claim, OPENED, given={})
    asked = [ToolCall("call_1", "calculate", "{}"), ToolCall("call_2", "current_time", "{}")]
    tools = {call.name: tool for call in asked if (tool := tool_for(call.name))}
    given = (claim, OPENED, Answer(text="So.", calls=asked), plan(asked, Offer(tools)))
    first = records.close_with_calls(*given, {"spent": 0.0})
    again = records.close_with_calls(*given, {"spent": 0.0})
    assert [row.id for row in again] == [row.id for row in first]
    assert told(claim).count("tool.started") == 2
    assert told(claim).count("message.completed") == 1


def test_a_result_that_was_recorded_stays_as_it_is(alice: User) -> None:
    claim = claimed(alice)
    records.open_call(claim, OPENED, given={})
    asked = [ToolCall("call_1", "calculate", "{}")]
    (row,) = records.close_with_calls(
        claim, OPENED, Answer(calls=asked), plan(asked, Offer({})), {"spent": 0.0}
    )
    for result in ("first", "second"):
        records.record_call(claim, row.id, status="done", result=result, error="")
    assert ToolOutput.objects.get(id=row.id).result == "first"
    assert told(claim).count("tool.completed") == 1


# --- whose run it is when the answer to a claim is lost -------------------------------------------


def test_a_run_that_is_ours_by_its_row_alone_is_let_go(alice: User) -> None:
    claim = claimed(alice)
    tick.beat(claim.runner, {claim.run: claim.generation})
    assert Run.objects.get(id=claim.run).runner_id == claim.runner
    tick.beat(claim.runner, {})
    assert Run.objects.get(id=claim.run).runner_id is None
    assert len(claims.claim(claim.runner, 1)) == 1


def test_nobody_takes_their_own_runs_for_abandoned(alice: User) -> None:
    claim = claimed(alice)
    Runner.objects.filter(id=claim.runner).update(seen=Now() - timedelta(minutes=5))
    assert claims.claim(claim.runner, 5) == []
    assert not claims.has_work(claim.runner)
    other = Runner.objects.create(kind="web", host="there", pid=2, seen=Now())
    assert claims.has_work(other.id)
    assert [taken.run for taken in claims.claim(other.id, 5)] == [claim.run]


# --- whole runs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["open_call", "close_with_calls", "record_call", "close_run"])
async def test_a_run_goes_on_when_the_database_is_back(
    running: Supervisor, alice: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(records, name, failing(getattr(records, name), 2))
    with scripted(calls(("calculate", {"expression": "1+1"})), says("It is 2.")) as script:
        sent = await send(alice, "1+1?")
        run = await ended(sent.run)
    assert (run.status, run.generation) == ("completed", 1)
    assert len(script.requests) == 2
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", "It is 2.")


@pytest.mark.parametrize("name", ["open_call", "record_call", "close_run"])
async def test_a_run_is_let_go_and_taken_again_when_it_stays_away(
    running: Supervisor, alice: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(lasting, "PATIENCE", -1.0)
    monkeypatch.setattr(records, name, failing(getattr(records, name), 1))
    asked = calls(("calculate", {"expression": "1+1"}))
    # What was cut short is asked again: before the tool call, or after it.
    again = [asked, asked, says("It is 2.")] if name == "open_call" else []
    more = [asked, says("It is 2."), says("It is 2.")] if name == "close_run" else []
    with scripted(*(again or more or [asked, says("It is 2.")])):
        sent = await send(alice, "1+1?")
        run = await ended(sent.run)
    assert (run.status, run.generation) == ("completed", 2)
    message = await read_db(Message.objects.get, id=(await read_db(_head, sent.thread)))
    assert (message.status, message.text) == ("complete", "It is 2.")


def _head(thread: str) -> str:
    return str(Message.objects.filter(thread=thread).order_by("-number").values_list("id")[0][0])
