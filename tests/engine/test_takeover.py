"""What happens to a run whose process is gone: docs/invariants/run.md."""

import os
import socket
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.access import account_for
from accounts.models import User
from agents.providers.base import ToolCall
from agents.providers.scripted import Hold, says, scripted
from agents.tools.offered import Offer
from agents.tools.registry import tool_for
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.events import thread_stream, user_stream
from giint.core.models import Event
from giint.engine import claims, records
from giint.engine.fence import Claim, Fenced
from giint.engine.persister import Written, write_texts
from giint.engine.records import Opened
from giint.engine.steps import Answer, Final
from giint.engine.supervisor import Supervisor
from giint.engine.toolcalls import plan
from giint.models import Message, Run, Runner, Step
from tests.engine.conftest import ended, send, texts
from transcripts.models import ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)


def abandoned(user: User, text: str = "Hi") -> Claim:
    """A run that a process took up, began to answer with 'Half', and died on."""
    engine.start(user=user, asked=engine.Asked(client_id="c1", text=text))
    dead = Runner.objects.create(kind="web", host="elsewhere", pid=1, seen=Now())
    (claim,) = claims.claim(dead.id, 1)
    records.open_call(claim, Opened("step_1", "msg_1", 1, "m"), given={})
    Message.objects.filter(id="msg_1").update(text="Half")
    Runner.objects.filter(id=dead.id).update(seen=Now() - timedelta(seconds=11))
    return claim


def types(thread: str) -> list[str]:
    return [
        e.type for e in Event.objects.filter(stream__name=thread_stream(thread)).order_by("seq")
    ]


async def test_a_cut_call_is_asked_again_as_the_next_attempt(
    running: Supervisor, alice: User
) -> None:
    claim = await in_db(abandoned, alice)
    with scripted(says("Whole.")):
        run = await ended(claim.run)
    assert (run.status, run.generation) == ("completed", 2)
    message = await read_db(Message.objects.get, id="msg_1")
    assert (message.attempt, message.text, message.status) == (2, "Whole.", "complete")
    step = await read_db(Step.objects.get, id="step_1")
    assert (step.state, step.partial) == ("abandoned", "Half")
    told = await read_db(types, claim.thread)
    assert told.count("message.created") == 2
    assert told.count("message.restarted") == 1
    assert told.count("message.completed") == 1


async def test_a_call_that_is_cut_too_often_ends_with_its_text(
    running: Supervisor, alice: User
) -> None:
    def often() -> Claim:
        claim = abandoned(alice)
        Message.objects.filter(id="msg_1").update(attempt=claims.ATTEMPTS)
        return claim

    claim = await in_db(often)
    run = await ended(claim.run)
    assert (run.status, run.code) == ("failed", "attempts")
    assert (await read_db(texts, claim.thread))[-1] == ("assistant", "partial", "Half")


async def test_a_stop_that_its_process_never_saw_is_carried_out(
    running: Supervisor, alice: User
) -> None:
    def stopped() -> Claim:
        claim = abandoned(alice)
        engine.stop(user=alice, thread=claim.thread)
        return claim

    claim = await in_db(stopped)
    run = await ended(claim.run)
    assert (run.status, run.code) == ("cancelled", "stopped")
    assert (await read_db(texts, claim.thread))[-1] == ("assistant", "partial", "Half")
    # A reader may have seen more than "Half": they drop it, and the end brings the text.
    told = await read_db(types, claim.thread)
    assert [one for one in told if one in ("message.restarted", "message.completed")] == [
        "message.restarted",
        "message.completed",
    ]
    assert (await read_db(Message.objects.get, id="msg_1")).attempt == 2


def with_calls(user: User, name: str) -> Claim:
    """A run that died amid two tool calls; the first one is recorded."""
    claim = abandoned(user)
    asked = [
        ToolCall("call_1", "calculate", '{"expression": "1+1"}'),
        ToolCall("call_2", name, "{}"),
    ]
    items = [
        {"type": "function_call", "call_id": c.call_id, "name": c.name, "arguments": c.arguments}
        for c in asked
    ]
    answer = Answer(items=items, calls=asked)
    opened = Opened("step_1", "msg_1", 1)
    offer = Offer({one: tool for one in ("calculate", name) if (tool := tool_for(one))})
    rows = records.close_with_calls(claim, opened, answer, plan(asked, offer), {"spent": 0.0})
    records.record_call(claim, rows[0].id, status="done", result="recorded", error="")
    return claim


async def test_a_recorded_result_is_reused_and_a_safe_call_repeated(
    running: Supervisor, alice: User
) -> None:
    claim = await in_db(with_calls, alice, "current_time")
    with scripted(says("Done.")) as script:
        await ended(claim.run)
    outputs = [i["output"] for i in script.requests[0].items if "output" in i]
    assert outputs[0] == "recorded"
    statuses = await read_db(lambda: list(ToolOutput.objects.values_list("status", flat=True)))
    assert statuses == ["done", "done"]


async def test_a_call_that_may_not_be_repeated_is_an_unknown_outcome(
    running: Supervisor, alice: User, settings: Any
) -> None:
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | {
        "send_mail": ("Send a mail", "tests.engine.tools.send_mail")
    }

    @transaction.atomic  # nobody takes the run before its agent has the tool
    def prepare() -> Claim:
        claim = with_calls(alice, "send_mail")
        agent = Run.objects.get(id=claim.run).agent
        assert agent is not None
        agent.tools.append("send_mail")
        agent.save()
        return claim

    claim = await in_db(prepare)
    with scripted(says("It may have gone out.")) as script:
        await ended(claim.run)
    outputs = [i["output"] for i in script.requests[0].items if "output" in i]
    assert "not known" in outputs[1]
    assert await read_db(ToolOutput.objects.filter(status="unknown").count) == 1


@pytest.mark.django_db(transaction=True)
def test_who_lost_a_run_writes_nothing_more(alice: User) -> None:
    claim = abandoned(alice)
    mine = Runner.objects.create(kind="web", host="here", pid=2, seen=Now())
    (taken,) = claims.claim(mine.id, 5)
    assert taken.generation == claim.generation + 1
    before = (Event.objects.count(), Message.objects.get(id="msg_1").text)
    opened = Opened("step_1", "msg_1", 1)
    with pytest.raises(Fenced):
        records.close_run(records.Ending(claim, 1.0, Final(Answer(text="late")), None), opened)
    with pytest.raises(Fenced):
        records.open_call(claim, Opened("step_9", "msg_9", 1, "m"), given={})
    late = Written("msg_1", 1, claim.run, claim.generation, "late", "")
    assert write_texts([late]) == 0
    assert (Event.objects.count(), Message.objects.get(id="msg_1").text) == before


@pytest.mark.django_db(transaction=True)
def test_a_run_is_claimed_once_by_whoever_is_first(alice: User) -> None:
    engine.start(user=alice, asked=engine.Asked(client_id="c1", text="Hi"))
    one, two = (
        Runner.objects.create(kind="web", host="here", pid=pid, seen=Now()) for pid in (1, 2)
    )
    assert len(claims.claim(one.id, 5)) == 1
    assert claims.claim(two.id, 5) == []


@pytest.mark.django_db(transaction=True)
def test_a_released_run_and_a_gone_process_of_this_host_are_free_at_once(alice: User) -> None:
    claim = abandoned(alice)
    Runner.objects.filter(id=claim.runner).update(
        seen=Now(), host=socket.gethostname()[:120], pid=2**22 + 12345
    )
    mine = claims.register("web")
    assert len(claims.claim(mine, 5)) == 1  # that process number is nobody's
    taken = Run.objects.get(id=claim.run)
    claims.release(Claim(claim.run, claim.thread, mine, taken.generation, claim.stream, claim.own))
    assert Run.objects.get(id=claim.run).runner_id is None
    assert len(claims.claim(mine, 5)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_living_process_keeps_its_runs(alice: User) -> None:
    claim = abandoned(alice)
    Runner.objects.filter(id=claim.runner).update(
        seen=Now(), host=socket.gethostname()[:120], pid=os.getppid()
    )
    mine = Runner.objects.create(kind="web", host="here", pid=2, seen=Now())
    assert claims.claim(mine.id, 5) == []


async def test_a_drained_process_hands_its_runs_over(running: Supervisor, alice: User) -> None:
    hold = Hold()
    with scripted([*says("Half")[:2], hold], says("Whole.")):
        sent = await send(alice, "Go")
        await hold.reached()
        await running.drain(0)
        run = await read_db(Run.objects.get, id=sent.run)
        assert (run.status, run.runner_id) == ("running", None)
        running.start()
        run = await ended(sent.run)
    assert run.status == "completed"
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", "Whole.")


@pytest.mark.django_db(transaction=True)
def test_an_older_text_never_follows_a_newer_one(alice: User) -> None:
    claim = abandoned(alice)
    written = Written("msg_1", 1, claim.run, claim.generation, "Newer text", "")
    assert write_texts([written]) == 1
    with transaction.atomic():
        Run.objects.filter(id=claim.run).update(generation=F("generation") + 1)
    assert write_texts([written]) == 0
    assert user_stream(account_for(alice).id) == claim.own
