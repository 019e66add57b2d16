"""Child runs: agents that a tool asks, within the turn. docs/invariants/run.md."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.providers import replaced
from agents.providers.base import TurnRequest
from agents.providers.scripted import Hold, Pause, Turn, calls, fails, says
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.events import thread_stream
from giint.engine import journal
from giint.engine.supervisor import Supervisor
from giint.models import Run
from tests.engine import tools
from tests.engine.conftest import ended, send, texts, until
from tests.engine.crowd import Crowd
from transcripts.models import ToolOutput, Transcript, TranscriptEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(alice: User, settings: Any) -> list[Agent]:
    """The one who asks, and three who are asked."""
    names = ["asks", "probe"]
    settings.GIINT_TOOLS = {name: (name, f"tests.engine.tools.{name}") for name in names}
    asker = Agent.objects.create(owner=alice, name="Asker", instructions="ask", tools=["asks"])
    others = [
        Agent.objects.create(owner=alice, name=f"A{n}", instructions=f"a{n}") for n in range(3)
    ]
    return [asker, *others]


def asking(who: list[Agent], then: Callable[[str], Turn], together: int = 0) -> Crowd:
    """The asker asks ``who`` and says what they said; they answer with ``then(instructions)``."""

    def play(told: str, said: str, request: TurnRequest) -> Turn:
        if told != "ask":
            return then(told)
        if request.items[-1]["type"] == "function_call_output":
            return says(request.items[-1]["output"])
        return calls(("asks", {"agents": [one.id for one in who]}))

    return Crowd(play, together)


def entries() -> list[tuple[str, str, str, str]]:
    return sorted(TranscriptEntry.objects.values_list("name", "text", "status", "code"))


def statuses() -> set[str]:
    return set(Run.objects.values_list("status", flat=True))


async def test_agents_answer_side_by_side_into_a_transcript(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    with replaced("offline", asking(cast[1:], lambda told: says("I am ", told))):
        sent = await send(alice, "Go", agent=cast[0].id)
        run = await ended(sent.run)
    assert run.status == "completed"
    assert (await read_db(texts, sent.thread))[-1][2] == "I am a0 | I am a1 | I am a2"
    assert await read_db(entries) == [(f"A{n}", f"I am a{n}", "complete", "") for n in range(3)]
    children = await read_db(lambda: list(Run.objects.filter(parent=run)))
    assert {child.status for child in children} == {"completed"}
    assert all(child.usage["output"] > 0 for child in children)
    shown = await read_db(journal.snapshot, alice, thread_stream(sent.thread))
    assert [one["id"] for one in shown["runs"]] == [run.id]  # they have no place in the thread


async def test_one_that_fails_is_an_entry_and_the_others_go_on(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    def play(told: str) -> Turn:
        return fails("upstream_cut", "Half") if told == "a1" else says(told)

    with replaced("offline", asking(cast[1:], play)):
        run = await ended((await send(alice, "Go", agent=cast[0].id)).run)
    assert run.status == "completed"
    assert [row[2:] for row in await read_db(entries)] == [
        ("complete", ""),
        ("partial", "upstream_cut"),
        ("complete", ""),
    ]


async def test_stop_ends_the_children_and_keeps_what_they_said(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    holds = {f"a{n}": Hold() for n in range(3)}
    crowd = asking(cast[1:], lambda told: [*says("Said ", told)[:2], holds[told]])
    with replaced("offline", crowd):
        sent = await send(alice, "Go", agent=cast[0].id)
        for hold in holds.values():
            await hold.reached()
        await in_db(engine.stop, user=alice, thread=sent.thread)
        assert (await ended(sent.run)).status == "cancelled"
        assert crowd.now == 0
    assert {row[1:] for row in await read_db(entries)} == {("Said ", "partial", "stopped")}
    assert await read_db(statuses) == {"cancelled"}
    assert (await read_db(Transcript.objects.get)).status == "cancelled"


async def test_after_a_crash_only_what_is_missing_is_asked(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    hold = Hold()

    def half(told: str) -> Turn:
        return [*says("Half")[:2], hold] if told == "a1" else says(told)

    with replaced("offline", asking(cast[1:], half)):
        sent = await send(alice, "Go", agent=cast[0].id)
        await hold.reached()
        await until(lambda: TranscriptEntry.objects.filter(status="complete").count() == 2)
        await running.drain(0)  # its process leaves in the middle
    crowd = asking(cast[1:], says)
    with replaced("offline", crowd):
        running.start()
        assert (await ended(sent.run)).status == "completed"
    assert crowd.asked == [("a1", "Question 1"), ("ask", "Go")]
    assert (await read_db(texts, sent.thread))[-1][2] == "a0 | a1 | a2"
    entry = await read_db(TranscriptEntry.objects.get, name="A1")
    assert (entry.attempt, entry.text) == (2, "a1")


async def test_a_childs_deadline_ends_it_alone(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    await in_db(Agent.objects.filter(name="A2").update, limits={"idle": 0.2})

    def play(told: str) -> Turn:
        return [*says("Slow")[:2], Pause(30)] if told == "a2" else says(told)

    with replaced("offline", asking(cast[1:], play)):
        sent = await send(alice, "Go", agent=cast[0].id)
        assert (await ended(sent.run)).status == "completed"
    assert (await read_db(entries))[-1] == ("A2", "Slow", "partial", "deadline_idle")


async def test_who_is_asked_uses_tools_and_these_see_the_turn(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    await in_db(Agent.objects.filter(name="A0").update, tools=["probe"])
    tools.seen.clear()
    crowd = asking(cast[1:2], says)
    usual = crowd.plays

    def play(told: str, said: str, request: TurnRequest) -> Turn:
        if told == "a0" and request.items[-1]["type"] == "message":
            return calls(("probe", {}))
        return usual(told, said, request)

    crowd.plays = play
    with replaced("offline", crowd):
        sent = await send(alice, "Go", agent=cast[0].id)
        await ended(sent.run)
    assert tools.seen == [(alice.pk, sent.thread, sent.run)]
    output = await read_db(ToolOutput.objects.get, tool="probe")
    assert (output.status, output.result) == ("done", "probed")
    assert output.run_id != sent.run
    assert await read_db(entries) == [("A0", "a0", "complete", "")]


async def test_agents_asked_by_agents_asked_may_not_ask(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    def play(told: str, said: str, request: TurnRequest) -> Turn:
        if request.items[-1]["type"] == "function_call_output":
            return says(request.items[-1]["output"])
        return calls(("asks", {"agents": [cast[0].id]}))

    with replaced("offline", Crowd(play)):
        sent = await send(alice, "Go", agent=cast[0].id)
        assert (await ended(sent.run)).status == "completed"
    assert "may not ask others" in (await read_db(texts, sent.thread))[-1][2]
    outer, inner = await read_db(lambda: list(Transcript.objects.order_by("opened")))
    assert inner.parent_id == outer.id


async def test_what_children_use_counts_against_the_turn(
    running: Supervisor, alice: User, cast: list[Agent]
) -> None:
    await in_db(Agent.objects.filter(name="Asker").update, limits={"children": 2, "tokens": 20})
    many = asking(cast[1:], lambda told: says("Many words of mine"), together=2)
    with replaced("offline", many):
        sent = await send(alice, "Go", agent=cast[0].id)
        run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "guard_tokens")
    codes = [row[3] for row in await read_db(entries)]
    # The third is refused for their number, or, where it comes later, for what they have used.
    assert sorted(codes) in (["", "", "guard_children"], ["", "", "guard_tokens"])
