"""What the model is sent, and how its window moves."""

from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.providers import replaced
from agents.providers.base import ProviderEvent, Started, Text, TurnRequest
from agents.providers.scripted import Hold, Pause, Script, calls, fails, says, scripted
from giint.core.db import in_db, read_db
from giint.engine.prompt import memory
from giint.engine.supervisor import Supervisor
from giint.models import GiintThread, Message, Step, Summary
from tests.engine.conftest import ended, send

pytestmark = pytest.mark.django_db(transaction=True)


def words(items: list[Any]) -> list[str]:
    return [i["content"][0]["text"] for i in items if i["type"] == "message"]


async def test_tool_rounds_are_replayed_as_they_were(running: Supervisor, alice: User) -> None:
    with scripted(calls(("calculate", {"expression": "1+1"})), says("2."), says("Yes.")) as script:
        first = await send(alice, "1+1?")
        await ended(first.run)
        await ended((await send(alice, "Sure?", thread=first.thread)).run)
    kinds = [item["type"] for item in script.requests[2].items]
    assert kinds == ["message", "function_call", "function_call_output", "message", "message"]
    assert script.requests[2].items[: len(script.requests[1].items)] == script.requests[1].items


async def test_a_broken_off_answer_is_replayed_as_its_text(
    running: Supervisor, alice: User
) -> None:
    broken: Any = [Started(), Text("Half an")]
    with scripted(broken, says("Whole.")) as script:
        first = await send(alice, "Go")
        await ended(first.run)
        await ended((await send(alice, "Go on", thread=first.thread)).run)
    assert words(script.requests[1].items) == ["Go", "Half an", "Go on"]


class Recording(Script):
    """Answers everything at once, and summaries as such; remembers what it was asked."""

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        self.requests.append(request)
        is_summary = request.instructions.startswith("Summarise")
        for event in says("They talked." if is_summary else "answer " + "x" * 300):
            assert not isinstance(event, Pause | Hold)
            yield event


async def test_the_window_moves_in_jumps_and_keeps_summaries(
    running: Supervisor, alice: User
) -> None:
    limits = {"window": 3000, "answer": 100}
    agent = await in_db(Agent.objects.create, owner=alice, name="S", limits=limits)
    model, thread = Recording(), None
    with replaced("offline", model):
        for n in range(14):
            asked = f"question {n} " + "y" * 300
            sent = await send(alice, asked, thread=thread, agent=None if thread else agent.id)
            assert (await ended(sent.run)).status == "completed"
            thread = sent.thread
    summaries = [r for r in model.requests if r.instructions.startswith("Summarise")]
    answers = [r for r in model.requests if not r.instructions.startswith("Summarise")]
    assert len(answers) == 14
    assert 1 <= len(summaries) <= 4
    assert await read_db(Summary.objects.count) == len(summaries)
    assert all(r.tools == [] for r in summaries)
    pairs = pairwise(answers)
    jumps = [after for before, after in pairs if after.items[: len(before.items)] != before.items]
    assert len(jumps) == len(summaries)  # between jumps a prompt only grows at its end
    for after in jumps:
        assert words(after.items)[0].startswith("Summary of the conversation so far")
        assert words(after.items)[1].startswith("question")  # cut at a person's message


async def test_a_failed_summary_does_not_fail_the_answer(running: Supervisor, alice: User) -> None:
    limits = {"window": 600, "answer": 50}
    agent = await in_db(Agent.objects.create, owner=alice, name="S", limits=limits)
    with scripted(says("a" * 600), fails("upstream_error"), says("Fine.")):
        first = await send(alice, "b" * 500, agent=agent.id)
        await ended(first.run)
        second = await send(alice, "c" * 300, thread=first.thread)
        assert (await ended(second.run)).status == "completed"
    assert (await read_db(Summary.objects.get)).text == ""


async def test_reasoning_of_another_model_is_left_out(running: Supervisor, alice: User) -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
    with scripted(says("One."), says("Two."), says("Three.")) as script:
        first = await send(alice, "1")
        await ended(first.run)

        def think(endpoint: str | None) -> None:
            step = Step.objects.order_by("started").first()
            assert step is not None
            step.output = [thought, *[i for i in step.output if i["type"] != "reasoning"]]
            step.input = step.input | ({"endpoint": endpoint} if endpoint else {})
            step.save()
            memory.clear()  # a step that is done does not change, outside of tests

        await in_db(think, None)
        await ended((await send(alice, "2", thread=first.thread)).run)
        await in_db(think, "elsewhere")
        await ended((await send(alice, "3", thread=first.thread)).run)
    assert thought in script.requests[1].items
    assert thought not in script.requests[2].items


def test_a_path_is_read_by_its_length_not_the_threads(
    alice: User, django_assert_num_queries: Any
) -> None:
    thread = GiintThread.objects.create(owner=alice)
    parent = None
    rows = []
    for number in range(300):
        row = Message(thread=thread, number=number, role="user", text=str(number), parent=parent)
        rows.append(row)
        parent = row
    Message.objects.bulk_create(rows)
    with django_assert_num_queries(2):
        path = Message.objects.path(rows[-1].id, 50)
    assert [m.text for m in path] == [str(n) for n in range(250, 300)]
