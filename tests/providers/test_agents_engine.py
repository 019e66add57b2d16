"""Runs that the Agents API answers: what idles is gone on with, and what a dead process began is
had from its server.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from accounts.services import add_key
from agents.models import Agent, RemoteAssistant, Tool
from agents.providers.agents_session import Segment
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.secrets import Secret
from giint.engine.supervisor import Supervisor
from giint.models import Run, Runner, Step
from tests.engine.conftest import ended, running, send, texts, until
from tests.modelserver import agentswire as wire
from tests.modelserver.script import Reply
from tests.modelserver.server import ModelServer
from transcripts.models import ToolOutput, Transcript

__all__ = ["running"]
pytestmark = pytest.mark.django_db(transaction=True)
SLOW = 0.2  # seconds between two events: the server has it all, and takes its time to tell


@pytest.fixture(autouse=True)
def _account(alice: User, model_server: ModelServer, settings: Any) -> None:
    settings.GIINT_JOBS = {}
    Agent.objects.create(owner=alice, name="A", tools=["calculate"])
    add_key(
        user=alice,
        label="Test",
        dialect="agents",
        base_url=model_server.url,
        model="test-model",
        secret=Secret("sk-test-012345"),
    )


async def test_a_session_that_idles_is_told_only_what_is_new(
    running: Supervisor, alice: User, model_server: ModelServer, settings: Any
) -> None:
    settings.GIINT_ASSISTANT_IDLE = 300
    sent = await send(alice, "One")
    await ended(sent.run)
    await until(lambda: RemoteAssistant.objects.exclude(until=None).count() == 2)
    again = await send(alice, "Two", thread=sent.thread)
    await ended(again.run)
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", "You said: Two")
    assert model_server.created == {"agent": 1, "session": 1}
    (session,) = model_server.agents_api.sessions.values()
    said = [item["content"][0]["text"] for item in session.items if item.get("role") == "user"]
    assert said == ["One", "Two"]


def several(alice: User) -> None:
    """Subagents are a tool that somebody allows."""
    kind = Tool.Kind.BUILTIN
    Tool.objects.create(name="several", kind=kind, options={"type": "subagents"})
    Agent.objects.filter(owner=alice).update(tools=["several"])


def told() -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    return [
        (row.title, row.status, list(row.entries.values_list("kind", "name", "text")))
        for row in Transcript.objects.order_by("opened", "id")
    ]


async def test_what_subagents_say_is_a_transcript_of_their_step(
    running: Supervisor, alice: User, model_server: ModelServer
) -> None:
    await in_db(several, alice)
    looks = [
        wire.subagent("Ann", "Look left.", "I ", "looked."),
        wire.subagent("Ben", "Look right.", "So did I.", id="sub_2"),
    ]
    model_server.play(wire.stream(*looks, wire.message("They looked.")))
    sent = await send(alice, "Look")
    assert (await ended(sent.run)).status == "completed"
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", "They looked.")
    assert await read_db(told) == [
        (f"{name}: {task}", "done", [("note", name, task), ("agent", name, said)])
        for name, task, said in (
            ("Ann", "Look left.", "I looked."),
            ("Ben", "Look right.", "So did I."),
        )
    ]

    def step() -> ToolOutput:
        return ToolOutput.objects.get(tool="subagent", call_id__endswith="sub_1")

    row = await read_db(step)
    assert (row.status, "I looked." in row.result) == ("done", True)


async def taken_over(running: Supervisor, alice: User, text: str) -> engine.Started:
    """A run whose process died amid the answer; whoever looks next takes it over."""
    sent = await send(alice, text)
    await until(lambda: Step.objects.exclude(remote_id="").exists())

    def die() -> None:
        Runner.objects.create(id="runner_dead", kind="web", host="far", pid=1, seen=Now())
        Runner.objects.filter(id="runner_dead").update(seen=Now() - timedelta(seconds=11))
        Run.objects.filter(id=sent.run).update(runner="runner_dead", generation=F("generation") + 1)

    await in_db(die)
    running.nudge()
    return sent


@pytest.fixture
def _dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is dead tells the server nothing."""

    async def nothing(self: Segment) -> None: ...

    monkeypatch.setattr(Segment, "_cancel", nothing)


@pytest.mark.usefixtures("_dead")
@pytest.mark.parametrize(
    ("replies", "answer"),
    [
        ([wire.text("It is ", "whole.").but(between=SLOW)], "It is whole."),
        (
            [
                wire.calls(("calculate", {"expression": "6*7"})).but(between=SLOW),
                wire.text("It is 42."),
            ],
            "It is 42.",
        ),
    ],
    ids=["said", "called"],
)
async def test_what_its_server_has_whole_is_mirrored_and_not_asked_for_again(
    running: Supervisor, alice: User, model_server: ModelServer, replies: list[Reply], answer: str
) -> None:
    model_server.play(*replies)
    sent = await taken_over(running, alice, "Six times seven?")
    run = await ended(sent.run)
    assert (run.status, run.generation) == ("completed", 3)
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", answer)
    assert model_server.unplayed == 0
    await until(lambda: not model_server.agents_api.agents)
    assert model_server.created == model_server.deleted == {"agent": 1, "session": 1}
    assert model_server.agents_api.cancelled == []


async def test_what_still_runs_there_is_cancelled_and_asked_again(
    running: Supervisor, alice: User, model_server: ModelServer
) -> None:
    model_server.play(wire.text("Half").but(stall_after=7), wire.text("Anew."))
    sent = await taken_over(running, alice, "Go")
    assert (await ended(sent.run)).status == "completed"
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", "Anew.")
    assert model_server.agents_api.cancelled
    await until(lambda: not model_server.agents_api.agents)
    assert model_server.created == model_server.deleted
