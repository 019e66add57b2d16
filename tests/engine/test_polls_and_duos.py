"""Polls and duos, from the message to the result in the chat; what upstream saw decides."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.providers import replaced
from agents.providers.base import TurnRequest
from agents.providers.scripted import Hold, Turn, calls, fails, says
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.errors import GiintError
from giint.engine.slash import call
from giint.engine.supervisor import Supervisor
from giint.models import GiintThread, Run
from tests.accounts.conftest import Caller
from tests.engine import tools
from tests.engine.conftest import ended, send, texts, until
from tests.engine.crowd import Crowd
from transcripts import services
from transcripts.models import ToolOutput, Transcript, TranscriptEntry

pytestmark = pytest.mark.django_db(transaction=True)
TEN = 10


@pytest.fixture
def ten(alice: User) -> list[Agent]:
    return [
        Agent.objects.create(owner=alice, name=f"A{n}", instructions=f"<{n}>", tools=[])
        for n in range(TEN)
    ]


def number_of(told: str) -> int:
    return int(told[1 : told.index(">")])


def crowd_of(answer: Callable[[int], Turn], synthesis: str = "All agree.\nDissent: none") -> Crowd:
    """Agents answer by their number; whoever sums up says ``synthesis``."""

    def play(told: str, said: str, request: TurnRequest) -> Turn:
        return says(synthesis) if "come to together" in told else answer(number_of(told))

    return Crowd(play)


async def begin(user: User, tool: str, first: Agent, text: str, **given: Any) -> engine.Started:
    return await send(user, text, agent=first.id, plan=call(tool, given))


def statuses() -> dict[str, int]:
    rows = TranscriptEntry.objects.values_list("status", flat=True)
    return {status: list(rows).count(status) for status in set(rows)}


async def test_ten_agents_answer_at_once_and_the_result_is_a_message(
    running: Supervisor, alice: User, ten: list[Agent]
) -> None:
    holds = [Hold() for _ in ten]
    crowd = crowd_of(lambda n: [holds[n], *says(f"Because {n}.\nChoice: ", "yes")])
    names = [agent.name for agent in ten]
    with replaced("offline", crowd):
        sent = await begin(
            alice,
            "x_poll",
            ten[0],
            "/poll Go?",
            question="Go?",
            agents=names,
            choices=["yes", "no"],
        )
        for hold in holds:
            await hold.reached()
        assert crowd.now == TEN  # all of them are upstream together
        for hold in holds:
            hold.release()
        run = await ended(sent.run)
    assert run.status == "completed"
    assert len(crowd.asked) == TEN + 1
    path = await read_db(texts, sent.thread)
    assert [role for role, _, _ in path] == ["user", "assistant"]
    assert "Most chose **yes**." in path[-1][2]
    assert "All agree." in path[-1][2]
    transcript = await read_db(Transcript.objects.get)
    assert (transcript.status, transcript.message_id) == ("done", sent.message)
    assert transcript.result["tally"] == {"yes": 10, "no": 0}
    rows = await read_db(lambda: list(TranscriptEntry.objects.exclude(key="synthesis")))
    assert {row.choice for row in rows} == {"yes"}


async def test_three_that_fail_change_three_entries(
    running: Supervisor, alice: User, ten: list[Agent]
) -> None:
    bad = {1, 4, 7}
    crowd = crowd_of(lambda n: fails("upstream_cut", "Half") if n in bad else says(f"Answer {n}"))
    with replaced("offline", crowd):
        sent = await begin(
            alice, "x_poll", ten[0], "/poll Go?", question="Go?", agents=[a.id for a in ten]
        )
        assert (await ended(sent.run)).status == "completed"
    assert await read_db(statuses) == {"complete": TEN - 3 + 1, "partial": 3}
    assert "7 of 10 answered." in (await read_db(texts, sent.thread))[-1][2]


async def test_a_poll_killed_half_way_asks_only_what_is_missing(
    running: Supervisor, alice: User, ten: list[Agent]
) -> None:
    hold = Hold()
    first = crowd_of(lambda n: [*says("Half")[:2], hold] if n >= 6 else says(f"Answer {n}"))
    with replaced("offline", first):
        sent = await begin(
            alice, "x_poll", ten[0], "/poll Go?", question="Go?", agents=[a.id for a in ten]
        )
        await until(lambda: TranscriptEntry.objects.filter(status="complete").count() == 6)
        await running.drain(0)
    second = crowd_of(lambda n: says(f"Answer {n}"))
    with replaced("offline", second):
        running.start()
        assert (await ended(sent.run)).status == "completed"
    asked = sorted(number_of(told) for told, _ in second.asked if told.startswith("<"))
    assert [n for n in asked if n != 0] == [6, 7, 8, 9]
    assert len(second.asked) == 4 + 1
    assert await read_db(statuses) == {"complete": TEN + 1}
    assert await read_db(ToolOutput.objects.count) == 1


async def test_when_nobody_answers_the_turn_says_so(
    running: Supervisor, alice: User, ten: list[Agent]
) -> None:
    with replaced("offline", crowd_of(lambda n: fails("upstream_filtered"))):
        sent = await begin(alice, "x_poll", ten[0], "/poll Go?", question="Go?", copies=2)
        run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "tool_failed")
    assert "Nobody answered." in run.detail
    assert (await read_db(Transcript.objects.get)).status == "failed"


async def test_a_line_in_the_composer_is_a_poll_and_is_asked_anew(
    running: Supervisor, alice: User, ten: list[Agent]
) -> None:
    with replaced("offline", crowd_of(lambda n: says("Choice: off"))) as _:
        sent = await send(alice, "/poll @A1 @A2 Now? | off | on", agent=ten[0].id)
        assert (await ended(sent.run)).status == "completed"
        again = await send(alice, "", thread=sent.thread, again=sent.message)
        assert (await ended(again.run)).status == "completed"
    assert await read_db(Transcript.objects.count) == 2
    with pytest.raises(GiintError, match="bad_command"):
        await send(alice, "/poll x0 Now?", agent=ten[0].id)
    assert await read_db(GiintThread.objects.count) == 1


# --- duos -----------------------------------------------------------------------------------------


def talk_of(lines: Callable[[int], str], hold: Hold | None = None, at: int = -1) -> Crowd:
    """Each call says the next line; ``hold`` in the middle of call ``at``."""

    def play(told: str, said: str, request: TurnRequest) -> Turn:
        number = len(crowd.asked) - 1
        turn = says(lines(number))
        return [*turn[:2], hold, *turn[2:]] if hold and number == at else turn

    crowd = Crowd(play)
    return crowd


@pytest.mark.parametrize(
    ("lines", "asked", "reason"),
    [
        (lambda n: f"Point {n}.", 8, "rounds"),
        (lambda n: f"Point {n}." + "\nDONE" * (n == 4), 5, "done"),
        (lambda n: f"Point {n}." if n % 2 else "The same!", 3, "repetition"),
        (lambda n: f"Point {n}." if n % 2 else "ab"[n // 2 % 2], 7, "repetition"),
    ],
)
async def test_a_duo_stops_at_k_when_done_or_when_it_repeats_itself(
    running: Supervisor, alice: User, lines: Callable[[int], str], asked: int, reason: str
) -> None:
    agent = await in_db(Agent.objects.create, owner=alice, name="Ops", tools=[])
    crowd = talk_of(lines)
    with replaced("offline", crowd):
        sent = await begin(alice, "duo", agent, "/duo Plan", task="Plan", rounds=4)
        assert (await ended(sent.run)).status == "completed"
    assert len(crowd.asked) == asked
    transcript = await read_db(Transcript.objects.get)
    assert (transcript.result["reason"], transcript.result["messages"]) == (reason, asked)
    assert (await read_db(texts, sent.thread))[-1][2].startswith("**Duo: Plan**")


async def test_its_reader_pauses_a_duo_speaks_and_stops_it(
    running: Supervisor, alice: User
) -> None:
    agent = await in_db(Agent.objects.create, owner=alice, name="Ops", tools=[])
    hold = Hold()
    crowd = talk_of(lambda n: f"Point {n}.", hold, at=1)
    with replaced("offline", crowd):
        sent = await begin(alice, "duo", agent, "/duo Plan", task="Plan", rounds=50)
        await hold.reached()
        where: dict[str, Any] = {
            "user": alice,
            "transcript": (await read_db(Transcript.objects.get)).id,
        }
        await in_db(services.hold, **where, hold=Transcript.Hold.PAUSED)
        hold.release()
        await until(lambda: TranscriptEntry.objects.filter(status="complete").count() == 2)
        await in_db(services.interject, **where, text="Be brief.")
        assert len(crowd.asked) == 2  # it waits
        await in_db(services.hold, **where, hold=Transcript.Hold.NONE)
        await until(lambda: TranscriptEntry.objects.filter(status="complete").count() > 4)
        await in_db(services.hold, **where, hold=Transcript.Hold.STOPPED)
        assert (await ended(sent.run)).status == "completed"
    assert any(said == "[Alice] Be brief." for _, said in crowd.asked)
    assert (await read_db(Transcript.objects.get)).result["reason"] == "stopped"


async def test_a_duo_goes_on_after_a_crash_where_it_was(running: Supervisor, alice: User) -> None:
    agent = await in_db(Agent.objects.create, owner=alice, name="Ops", tools=[])
    hold = Hold()
    with replaced("offline", talk_of(lambda n: f"Point {n}.", hold, at=2)):
        sent = await begin(alice, "duo", agent, "/duo Plan", task="Plan", rounds=2)
        await hold.reached()
        await running.drain(0)
    crowd = talk_of(lambda n: f"Point {n + 2}.")
    with replaced("offline", crowd):
        running.start()
        assert (await ended(sent.run)).status == "completed"
    assert len(crowd.asked) == 2
    rows = await read_db(lambda: list(TranscriptEntry.objects.order_by("number")))
    assert [row.text for row in rows] == [f"Point {n}." for n in range(4)]


async def test_the_same_user_thread_and_run_by_every_door(
    running: Supervisor, alice: User, settings: Any
) -> None:
    """By the model's own call, and within a poll within a duo."""
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | {"probe": ("Probe", "tests.engine.tools.probe")}
    names = ["x_poll", "probe"]
    agent = await in_db(Agent.objects.create, owner=alice, name="Ops", instructions="", tools=names)
    tools.seen.clear()

    def play(told: str, said: str, request: TurnRequest) -> Turn:
        if request.items[-1]["type"] == "function_call_output":
            return says(f"{request.items[-1]['output']}\nDONE")
        if "You talk with" in told:
            return calls(("x_poll", {"question": "Well?"}))
        return calls(("probe", {}))

    with replaced("offline", Crowd(play)):
        plain = await send(alice, "Probe", agent=agent.id)
        await ended(plain.run)
        sent = await begin(alice, "duo", agent, "/duo Plan", task="Plan")
        assert (await ended(sent.run)).status == "completed"
    assert tools.seen == [
        (alice.pk, plain.thread, plain.run),
        (alice.pk, sent.thread, sent.run),
    ]
    inner = await read_db(Transcript.objects.get, tool="x_poll")
    assert inner.parent_id is not None
    assert inner.run_id == sent.run


def test_polls_and_duos_are_begun_over_rest(alice: User, bob: User) -> None:
    agent = Agent.objects.create(owner=alice, name="Ops")
    his = Agent.objects.create(owner=bob, name="His")
    call_ = Caller(alice)
    body = {"question": "Go?", "agent": agent.id, "copies": 3, "id": "p1"}
    begun = call_("POST", "polls", body)
    assert begun.status_code == 201
    run = Run.objects.get(id=begun.json()["run"])
    assert run.plan is not None
    assert json.loads(run.plan["arguments"]) == {"question": "Go?", "copies": 3}
    assert run.message.text == "/poll Go?"
    assert (call_("POST", "polls", body).status_code, Run.objects.count()) == (200, 1)
    duo = call_("POST", "duos", {"task": "Plan", "roles": ["A: a", "B: b"], "rounds": 2})
    assert duo.status_code == 201
    for path, wrong, field in (
        ("polls", {"question": "Go?", "copies": 0}, "copies"),
        ("polls", {"question": "Go?", "agents": [his.id]}, "agents"),
        ("duos", {"task": "Plan", "rounds": 51}, "rounds"),
    ):
        refused = call_("POST", path, wrong)
        assert (refused.status_code, list(refused.json()["fields"])) == (400, [field])
    assert call_("POST", "polls", {"question": "?", "agent": his.id}).status_code == 404
    assert Run.objects.count() == 2
