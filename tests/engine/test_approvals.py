"""Tool calls that wait for a person: docs/approvals.md. The model is scripted, the rest is real."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import pytest
from django.db.models.functions import Now

from accounts.models import User
from agents.models import Agent
from agents.providers.scripted import Script, calls, says, scripted
from agents.services import create_agent
from agents.tools.base import NeedsApproval, ToolContext, tool
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.errors import GiintError, NotFound
from giint.engine import deciding
from giint.engine.supervisor import Supervisor
from giint.models import Approval, Grant, Run, Runner
from tests.engine.conftest import ended, send, until
from transcripts.models import ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)
APPROVE, DENY = engine.Verdict(approves=True), engine.Verdict(approves=False)
posted: list[str] = []


@tool(retry="once", writes=True)
def post(context: ToolContext, text: Annotated[str, "What to post"]) -> str:
    """Post to the team.

    Nobody can take it back.
    """
    posted.append(text)
    return f"posted {text}"


@tool(retry="ask", writes=False)
def careful(context: ToolContext, cents: int) -> str:
    """Pay."""
    if cents > 100 and not context.approved:
        raise NeedsApproval(f"Pay {cents} cents?")
    posted.append(str(cents))
    return "paid"


@pytest.fixture(autouse=True)
def _tools(settings: Any) -> None:
    posted.clear()
    mine = {name: (name, f"tests.engine.test_approvals.{name}") for name in ("post", "careful")}
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | mine


async def agent_of(user: User) -> Agent:
    names = ["post", "careful", "calculate"]
    agent, _ = await in_db(create_agent, user=user, name="Poster", tools=names)
    return agent


async def asked(user: User, run: str) -> Approval:
    """What waits, once the run does."""
    await until(lambda: Run.objects.filter(id=run, status="waiting").first())
    return await read_db(lambda: Approval.objects.get(run=run, decision=""))


async def decide(user: User, approval: Approval, verdict: engine.Verdict) -> Approval:
    return await in_db(engine.decide, user=user, approval=approval.id, verdict=verdict)


def told(script: Script, request: int = 1) -> list[str]:
    return [i["output"] for i in script.requests[request].items if "output" in i]


async def test_a_call_that_writes_waits_for_its_user_and_then_is_made_once(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    wanted = calls(("post", {"text": "hello"}), ("calculate", {"expression": "1+1"}))
    with scripted(wanted, says("Posted.")) as script:
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        assert (approval.about, posted) == ("Post to the team.", [])
        sibling = await read_db(lambda: ToolOutput.objects.get(tool="calculate"))
        assert sibling.status == "done"
        run = await read_db(lambda: Run.objects.get(id=sent.run))
        assert run.runner_id is None
        await decide(alice, approval, APPROVE)
        assert (await ended(sent.run)).status == "completed"
    assert posted == ["hello"]
    assert told(script) == ["posted hello", "2"]


async def test_a_denial_is_told_to_the_model_with_its_reason(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "x"})), says("I see.")) as script:
        sent = await send(alice, "Post", agent=agent.id)
        no = engine.Verdict(approves=False, reason="Not during the day.")
        await decide(alice, await asked(alice, sent.run), no)
        await ended(sent.run)
    assert "Not during the day." in told(script)[0]
    assert posted == []


async def test_arguments_are_edited_and_judged_like_any(running: Supervisor, alice: User) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "3 s"})), says("Posted.")):
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        for wrong in ('{"text": 3}', "{", '{"texts": "x"}'):
            with pytest.raises(GiintError) as refused:
                await decide(alice, approval, engine.Verdict(approves=True, arguments=wrong))
            assert refused.value.code == "bad_arguments"
        edited = engine.Verdict(approves=True, arguments='{"text": "2 to 3 s"}')
        kept = await decide(alice, approval, edited)
        await ended(sent.run)
    assert posted == ["2 to 3 s"]
    assert (kept.arguments, kept.edited) == ('{"text": "3 s"}', '{"text": "2 to 3 s"}')


async def test_two_tabs_decide_at_once_and_one_decision_counts(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "x"})), says("So.")):
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        both = (decide(alice, approval, one) for one in (APPROVE, DENY) * 3)
        results = await asyncio.gather(*both, return_exceptions=True)
        await ended(sent.run)
    won = [one for one in results if isinstance(one, Approval)]
    lost = [one for one in results if isinstance(one, GiintError)]
    assert (len(won), {one.code for one in lost}) == (1, {"already_decided"})
    assert len(posted) == (won[0].decision == "approved")


async def test_it_waits_through_a_restart_and_what_was_approved_meanwhile_is_made(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "late"})), says("Done.")):
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        await running.drain(0)
        await in_db(Runner.objects.all().delete)
        await decide(alice, approval, APPROVE)
        assert posted == []
        running.start()
        await ended(sent.run)
    assert posted == ["late"]


async def test_it_is_not_asked_again_where_its_user_said_so(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    once = calls(("post", {"text": "x"}))
    with scripted(once, says("1"), once, says("2"), once, says("3")):
        sent = await send(alice, "Post", agent=agent.id)
        always = engine.Verdict(approves=True, for_thread=True)
        await decide(alice, await asked(alice, sent.run), always)
        await ended(sent.run)
        again = await send(alice, "Again", agent=agent.id, thread=sent.thread)
        assert (await ended(again.run)).status == "completed"
        elsewhere = await send(alice, "Elsewhere", agent=agent.id)
        await decide(alice, await asked(alice, elsewhere.run), DENY)
        await ended(elsewhere.run)
    assert (posted, await read_db(Grant.objects.count)) == (["x", "x"], 1)


async def test_nobody_is_asked_about_arguments_that_the_tool_refuses(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"words": "x"})), says("Sorry.")) as script:
        sent = await send(alice, "Post", agent=agent.id)
        assert (await ended(sent.run)).status == "completed"
    assert await read_db(Approval.objects.count) == 0
    assert "text" in told(script)[0]


async def test_what_nobody_decides_expires_and_the_turn_goes_on(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "x"})), says("Then not.")) as script:
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        await in_db(deciding.expire, lambda: False)
        assert (await read_db(lambda: Approval.objects.get())).decision == ""
        await in_db(Approval.objects.filter(id=approval.id).update, expires=Now() - timedelta(1))
        await in_db(deciding.expire, lambda: False)
        await ended(sent.run)
    assert "in time" in told(script)[0]
    with pytest.raises(GiintError, match="already"):
        await decide(alice, approval, APPROVE)


@pytest.mark.parametrize("halt", [engine.stop, engine.interrupt])
async def test_a_turn_that_waits_is_halted_and_its_question_withdrawn(
    running: Supervisor, alice: User, halt: Any
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "x"}))):
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        queued = await send(alice, "Next", thread=sent.thread)
        assert await in_db(halt, user=alice, thread=sent.thread)
    with scripted(says("Next.")):
        assert (await ended(queued.run)).status == "completed"
    with pytest.raises(GiintError, match="already"):
        await decide(alice, approval, APPROVE)
    found = await read_db(lambda: Approval.objects.get().decision)
    assert (found, await read_db(lambda: ToolOutput.objects.get().status), posted) == (
        *("withdrawn", "cancelled"),
        [],
    )


async def test_a_tool_asks_when_it_sees_what_it_would_do(running: Supervisor, alice: User) -> None:
    agent = await agent_of(alice)
    cheap, dear = ("careful", {"cents": 5}), ("careful", {"cents": 500})
    with scripted(calls(cheap, dear), says("Paid.")):
        sent = await send(alice, "Pay", agent=agent.id)
        approval = await asked(alice, sent.run)
        assert (approval.about, posted) == ("Pay 500 cents?", ["5"])
        await decide(alice, approval, APPROVE)
        await ended(sent.run)
    assert posted == ["5", "500"]


def _dies(run: str) -> None:
    seen = Now() - timedelta(seconds=11)
    dead = Runner.objects.create(kind="web", host="x", pid=1, seen=seen)
    ToolOutput.objects.filter(run=run).update(status="running")
    Run.objects.filter(id=run).update(runner=dead, generation=5)


async def test_a_call_cut_short_that_says_ask_is_asked_about(
    running: Supervisor, alice: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("careful", {"cents": 500})), says("Paid.")):
        sent = await send(alice, "Pay", agent=agent.id)
        approval = await asked(alice, sent.run)
        await running.drain(0)
        await decide(alice, approval, APPROVE)
        # A process took it up, began the call, and is gone.
        await in_db(_dies, sent.run)
        running.start()
        again = await asked(alice, sent.run)
        assert ("may have taken effect" in again.about, posted) == (True, [])
        await decide(alice, again, APPROVE)
        await ended(sent.run)
    assert posted == ["500"]


async def test_mallory_decides_nothing_of_alices(
    running: Supervisor, alice: User, mallory: User
) -> None:
    agent = await agent_of(alice)
    with scripted(calls(("post", {"text": "x"}))):
        sent = await send(alice, "Post", agent=agent.id)
        approval = await asked(alice, sent.run)
        for id_ in (approval.id, approval.output_id, "appr_none"):
            with pytest.raises(NotFound):
                await in_db(engine.decide, user=mallory, approval=id_, verdict=APPROVE)
        await in_db(engine.stop, user=alice, thread=sent.thread)
