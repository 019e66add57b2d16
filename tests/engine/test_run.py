"""A run from its message to its one terminal status."""

import asyncio
from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.providers.base import Failed, Reasoning, Started, Text
from agents.providers.scripted import Hold, calls, fails, says, scripted
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.errors import GiintError, NotFound
from giint.core.models import Event
from giint.engine.supervisor import Supervisor
from giint.models import GiintThread, Message, Step
from tests.engine.conftest import ended, send, texts, until
from tests.patience import promised
from transcripts.models import ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)


def statuses(run: str) -> list[str]:
    """The statuses that the journal told of a run, in order."""
    told = Event.objects.filter(type="run.status").order_by("id")
    return [e.payload["run"]["status"] for e in told if e.payload["run"]["id"] == run]


async def test_an_answer_is_streamed_kept_and_ends_once(running: Supervisor, alice: User) -> None:
    with scripted(says("Hello ", "you.")):
        sent = await send(alice, "Hi")
        run = await ended(sent.run)
    assert run.status == "completed"
    assert await read_db(texts, sent.thread) == [
        ("user", "complete", "Hi"),
        ("assistant", "complete", "Hello you."),
    ]
    assert await read_db(statuses, sent.run) == ["queued", "running", "completed"]


async def test_everything_can_be_walked_from_the_user(running: Supervisor, alice: User) -> None:
    with scripted(calls(("calculate", {"expression": "6*7"})), says("42.")):
        sent = await send(alice, "6*7?")
        await ended(sent.run)

    def walk() -> list[tuple[str, str, str]]:
        return [
            (output.tool, output.result, agent.name)
            for thread in alice.threads.all()
            for agent in thread.agents.all()
            for output in agent.tool_outputs.filter(thread=thread)
        ]

    assert await read_db(walk) == [("calculate", "42", "Assistant")]
    assert await read_db(alice.tool_outputs.count) == 1
    assert await read_db(alice.agents.count) == 1


async def test_tool_calls_of_one_step_run_side_by_side_and_keep_their_order(
    running: Supervisor, alice: User
) -> None:
    wanted = [("calculate", {"expression": "1+1"}), ("current_time", {"zone": "Nowhere/Here"})]
    with scripted(calls(*wanted), says("Two.")) as script:
        sent = await send(alice, "Both")
        await ended(sent.run)
    outputs = [i for i in script.requests[1].items if i["type"] == "function_call_output"]
    assert [o["call_id"] for o in outputs] == ["call_1", "call_2"]
    assert outputs[0]["output"] == "2"
    assert "Nowhere/Here" in outputs[1]["output"]  # a failed call tells the model why

    def rows() -> list[tuple[str, str]]:
        return list(ToolOutput.objects.order_by("position").values_list("tool", "status"))

    assert await read_db(rows) == [("calculate", "done"), ("current_time", "failed")]


async def test_a_tool_the_agent_may_not_use_is_refused(running: Supervisor, alice: User) -> None:
    agent = await in_db(Agent.objects.create, owner=alice, name="Bare", tools=[])
    with scripted(calls(("calculate", {"expression": "1"})), says("No.")) as script:
        sent = await send(alice, "Try", agent=agent.id)
        await ended(sent.run)
    assert script.requests[0].tools == []
    assert "no tool of that name" in script.requests[1].items[-1]["output"]


async def test_the_same_client_id_is_the_same_run(running: Supervisor, alice: User) -> None:
    with scripted(says("Once.")):
        both = await asyncio.gather(*(send(alice, "Hi", client_id="same") for _ in range(5)))
        await ended(both[0].run)
    assert len({(one.thread, one.message, one.run) for one in both}) == 1
    assert sum(one.created for one in both) == 1
    with pytest.raises(GiintError, match="client_id_reused"):
        await send(alice, "Other", client_id="same")


async def test_stop_ends_within_a_second_and_keeps_the_text(
    running: Supervisor, alice: User
) -> None:
    hold = Hold()
    with scripted([Started(), Text("Half"), hold, Text(" more")]) as script:
        sent = await send(alice, "Go")
        await hold.reached()
        assert await in_db(engine.stop, user=alice, thread=sent.thread)
        run = await asyncio.wait_for(ended(sent.run), promised(1.5))
    assert (run.status, run.code) == ("cancelled", "stopped")
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "partial", "Half")
    assert script.closed == 1  # the call upstream was closed
    assert await read_db(statuses, sent.run) == ["queued", "running", "cancelled"]


async def test_interrupt_is_another_ending(running: Supervisor, alice: User) -> None:
    hold = Hold()
    with scripted([Started(), Text("Half"), hold]):
        sent = await send(alice, "Go")
        await hold.reached()
        assert await in_db(engine.interrupt, user=alice, thread=sent.thread)
        run = await ended(sent.run)
    assert (run.status, run.code) == ("interrupted", "interrupted")


async def test_messages_wait_for_their_turn_in_order(running: Supervisor, alice: User) -> None:
    hold = Hold()
    held = [*says("One.")[:-1], hold, *says("One.")[-1:]]
    with scripted(held, says("Two."), says("3.")):
        first = await send(alice, "1")
        await hold.reached()
        second = await send(alice, "2", thread=first.thread)
        third = await send(alice, "3", thread=first.thread)
        queued = await read_db(Message.objects.get, id=second.message)
        assert (queued.status, queued.parent_id) == ("queued", None)
        hold.release()
        await ended(third.run)
    path = [text for _, _, text in await read_db(texts, first.thread)]
    assert path == ["1", "One.", "2", "Two.", "3", "3."]


async def test_a_waiting_message_can_be_taken_back(running: Supervisor, alice: User) -> None:
    hold = Hold()
    with scripted([Started(), hold, *says("One.")]):
        first = await send(alice, "1")
        await hold.reached()
        second = await send(alice, "2", thread=first.thread)
        await in_db(engine.dequeue, user=alice, message=second.message)
        hold.release()
        await ended(first.run)
    assert not await read_db(Message.objects.filter(id=second.message).exists)
    with pytest.raises(GiintError, match="not_queued"):
        await in_db(engine.dequeue, user=alice, message=first.message)


async def test_an_answer_can_be_asked_for_again_beside_the_first(
    running: Supervisor, alice: User
) -> None:
    with scripted(says("First."), says("Second.")):
        sent = await send(alice, "Hi")
        await ended(sent.run)
        again = await send(alice, "", thread=sent.thread, again=sent.message)
        await ended(again.run)
    assert again.message == sent.message
    assert [t for _, _, t in await read_db(texts, sent.thread)] == ["Hi", "Second."]
    assert await read_db(Message.objects.filter(thread=sent.thread).count) == 3


async def test_a_branch_begins_where_it_is_told(running: Supervisor, alice: User) -> None:
    with scripted(says("A."), says("B."), says("C.")) as script:
        first = await send(alice, "1")
        await ended(first.run)
        second = await send(alice, "2", thread=first.thread)
        await ended(second.run)
        other = await send(alice, "new 1", thread=first.thread, branches=True)
        await ended(other.run)
    assert [t for _, _, t in await read_db(texts, first.thread)] == ["new 1", "C."]
    assert len(script.requests[2].items) == 1


@pytest.mark.parametrize(
    ("turn", "code", "text"),
    [
        (fails("upstream_error", "So far"), "upstream_error", "So far"),
        ([Started(), Text("So far")], "upstream_cut", "So far"),
        ([Started(), Text("\ud83d"), Failed("upstream_malformed")], "upstream_malformed", "\ufffd"),
    ],
)
async def test_a_failure_keeps_what_was_said(
    running: Supervisor,
    alice: User,
    turn: Any,
    code: str,
    text: str,
) -> None:
    with scripted(turn):
        sent = await send(alice, "Go")
        run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", code)
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "partial", text)
    thread = await read_db(GiintThread.objects.get, id=sent.thread)
    assert thread.activity == "failed"


async def test_nothing_shown_yet_is_asked_again_and_only_then(
    running: Supervisor, alice: User
) -> None:
    with scripted(fails("upstream_error", again=True, after=0.01), says("There.")):
        sent = await send(alice, "Go")
        assert (await ended(sent.run)).status == "completed"
    with scripted(fails("upstream_error", "A word", again=True)):
        sent = await send(alice, "Go")
        assert (await ended(sent.run)).code == "upstream_error"
    patience = [fails("upstream_rate_limited", again=True, after=3600)]
    with scripted(*patience):  # nobody waits an hour
        sent = await send(alice, "Go")
        assert (await ended(sent.run)).code == "upstream_rate_limited"


async def test_reasoning_is_kept_beside_the_text(running: Supervisor, alice: User) -> None:
    with scripted([Started(), Reasoning("Let me "), Reasoning("think."), *says("So.")]):
        sent = await send(alice, "Go")
        await ended(sent.run)
    message = await read_db(Message.objects.filter(role="assistant").get)
    assert (message.reasoning, message.text) == ("Let me think.", "So.")


async def test_a_bug_of_ours_still_ends_the_run(running: Supervisor, alice: User) -> None:
    with scripted([Started(), Text("A"), object()]):  # type: ignore[list-item]
        sent = await send(alice, "Go")
        run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "upstream_cut")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"text": "  "}, "blank"),
        ({"text": "x" * 200_001}, "text_too_long"),
        ({"text": "x", "client_id": "y" * 65}, "bad_field"),
        ({"text": "x", "agent": "agent_none"}, "no_agent"),
    ],
)
async def test_bad_sends_leave_nothing(alice: User, asked: dict[str, str], code: str) -> None:
    with pytest.raises(GiintError, match=code):
        await send(alice, **asked)
    assert not await read_db(GiintThread.objects.exists)
    assert not await read_db(Event.objects.exists)


async def test_another_persons_thread_is_not_there(
    running: Supervisor, alice: User, mallory: User
) -> None:
    with scripted(says("Hello.")):
        sent = await send(alice, "Hi")
        await ended(sent.run)
    for attempt in (
        send(mallory, "Let me in", thread=sent.thread),
        in_db(engine.stop, user=mallory, thread=sent.thread),
        in_db(engine.interrupt, user=mallory, thread=sent.thread),
        in_db(engine.dequeue, user=mallory, message=sent.message),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_thread_never_has_two_active_runs(running: Supervisor, alice: User) -> None:
    with scripted(*(says(str(n)) for n in range(8))):
        first = await send(alice, "0")
        sent = await asyncio.gather(
            *(send(alice, str(n), thread=first.thread) for n in range(1, 8))
        )
        for one in sent:
            await ended(one.run)

    def moves() -> list[str]:
        """By the journal: two clocks tell when runs begin and end, and one has no microseconds."""
        told = Event.objects.filter(type="run.status").order_by("stream", "seq")
        known = [e.payload["run"]["status"] for e in told]
        return [status for status in known if status != "queued"]

    assert await read_db(moves) == ["running", "completed"] * 8


async def test_steps_are_the_journal_of_the_work(running: Supervisor, alice: User) -> None:
    with scripted(calls(("calculate", {"expression": "1"})), says("1.")):
        sent = await send(alice, "Go")
        await ended(sent.run)

    def steps() -> list[tuple[int, str, str]]:
        return list(Step.objects.order_by("number").values_list("number", "kind", "state"))

    assert await read_db(steps) == [
        (1, "model", "done"),
        (2, "tools", "done"),
        (3, "model", "done"),
    ]


async def test_the_right_to_run_is_lost_with_the_account(running: Supervisor, alice: User) -> None:
    hold = Hold()
    with scripted([Started(), Text("Half"), hold]):
        sent = await send(alice, "Go")
        await hold.reached()
        await in_db(User.objects.filter(pk=alice.pk).update, is_active=False)
        run = await asyncio.wait_for(ended(sent.run), promised(3))
    assert (run.status, run.code) == ("cancelled", "right_lost")


async def test_no_account_is_a_failure_with_its_sentence(
    running: Supervisor, alice: User, settings: Any
) -> None:
    settings.GIINT_OFFLINE = False
    settings.GIINT_SHARED_ACCOUNT = "nobody"
    sent = await send(alice, "Hi")
    run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "no_account")
    assert "Add a key" in run.row()["sentence"]
    await until(lambda: GiintThread.objects.get(id=sent.thread).activity == "failed")
