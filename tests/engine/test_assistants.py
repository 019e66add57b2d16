"""Runs at a server of the Assistants API, end to end: whatever happens, nothing is left there and
nothing is changed there.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import ProviderKey, User
from accounts.services import add_key
from agents.models import Agent, Tool
from agents.providers.scripted import says, scripted
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.secrets import Secret
from giint.engine.supervisor import Supervisor
from giint.models import Run, Runner, Step
from tests.engine.conftest import ended, send, texts, until
from tests.modelserver.said import Said
from tests.modelserver.script import Reply
from tests.modelserver.server import ModelServer
from transcripts.files import store

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER = Said(("half ", "an ", "answer"))
MIDDLE = 9  # events of its stream: half of the text is said


@pytest.fixture
async def server(
    model_server: ModelServer, running: Supervisor, alice: User, settings: Any
) -> AsyncIterator[ModelServer]:
    """A model server that is alice's default account. In the end nothing is left there."""
    settings.GIINT_JOBS = {}  # no sweep: all of it is the doing of the runs
    await in_db(
        add_key,
        user=alice,
        label="Test",
        dialect="assistants",
        base_url=model_server.url,
        model="test-model",
        secret=Secret("sk-alice-0123456789"),
        default=True,
    )
    yield model_server
    await until(lambda: model_server.created == model_server.deleted)
    assert model_server.created["assistant"]
    assert not model_server.updated


async def last(thread: str) -> tuple[str, str, str]:
    return (await read_db(texts, thread))[-1]


async def test_stop_cancels_the_run_there(server: ModelServer, alice: User) -> None:
    server.play(Reply(said=ANSWER).but(stall_after=MIDDLE))
    sent = await send(alice, "Hi")
    await until(lambda: server.sent and b"half" in server.sent[0])
    await in_db(engine.stop, user=alice, thread=sent.thread)
    assert (await ended(sent.run)).status == "cancelled"
    assert (await last(sent.thread))[1] == "partial"
    assert [one.path for one in server.asked if one.path.endswith("/cancel")]


async def test_silence_there_has_an_end_here(server: ModelServer, alice: User) -> None:
    server.play(Reply(said=ANSWER).but(stall_after=MIDDLE))

    def hurry() -> str:
        return Agent.objects.create(owner=alice, name="Hasty", limits={"idle": 0.3}).id

    sent = await send(alice, "Hi", agent=await in_db(hurry))
    run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "deadline_idle")
    assert (await last(sent.thread))[2].startswith("half")
    assert [one.path for one in server.asked if one.path.endswith("/cancel")]


async def test_a_tool_there_reads_the_files_of_the_thread(server: ModelServer, alice: User) -> None:
    server.play(*[Reply(said=ANSWER)] * 2)

    def analyst() -> str:
        options = {"type": "code_interpreter", "container": {"type": "auto"}}
        Tool.objects.create(name="python", kind="builtin", options=options)
        return Agent.objects.create(owner=alice, name="Analyst", tools=["python"]).id

    sent = await send(alice, "Hi", agent=await in_db(analyst))
    await ended(sent.run)
    assert "file" not in server.created

    def attach() -> None:
        store(owner=alice, name="a.csv", content=BytesIO(b"a,b"), thread=sent.thread)
        store(owner=alice, name="elsewhere.csv", content=BytesIO(b"c,d"))

    await in_db(attach)
    await ended((await send(alice, "Read it", thread=sent.thread)).run)
    assert server.created["file"] == 1
    names = [one.body["filename"] for one in server.asked if one.path == "/v1/files"]
    assert [name.rpartition(")")[2] for name in names] == ["a.csv"]


async def test_a_thread_goes_there_and_back(server: ModelServer, alice: User) -> None:
    calls = (("calculate", {"expression": "6*7"}),)
    server.play(*(Reply(said=one) for one in (Said(calls=calls), ANSWER, Said(("Back.",)))))
    sent = await send(alice, "Six times seven?")
    await ended(sent.run)

    def choose(dialect: str) -> None:
        ProviderKey.objects.update(default=False)
        ProviderKey.objects.filter(dialect=dialect).update(default=True)

    await in_db(
        add_key,
        user=alice,
        label="Other",
        dialect="chat",
        base_url=server.url,
        model="test-model",
        secret=Secret("sk-alice-0123456789"),
        default=True,
    )
    with scripted(says("From here."), dialect="chat"):
        await ended((await send(alice, "Second", thread=sent.thread)).run)
    await in_db(choose, "assistants")
    await ended((await send(alice, "Third", thread=sent.thread)).run)
    assert await last(sent.thread) == ("assistant", "complete", "Back.")
    told = [one["content"] for one in server.turns()[-1]["additional_messages"]]
    assert told[0] == "Six times seven?"
    assert told[1].endswith("42")  # what the tool gave
    assert told[2:] == ["half an answer", "Second", "From here.", "Third"]


async def test_a_run_that_another_process_left_is_cancelled_and_asked_for_again(
    server: ModelServer, running: Supervisor, alice: User
) -> None:
    server.play(Reply(said=ANSWER).but(stall_after=MIDDLE), Reply(said=Said(("Anew.",))))
    sent = await send(alice, "Hi")
    await until(lambda: Step.objects.exclude(remote_id="").exists())

    def die() -> None:
        Runner.objects.create(id="runner_dead", kind="web", host="far", pid=1, seen=Now())
        Runner.objects.filter(id="runner_dead").update(seen=Now() - timedelta(seconds=11))
        Run.objects.filter(id=sent.run).update(runner="runner_dead", generation=F("generation") + 1)

    await in_db(die)
    running.nudge()
    assert (await ended(sent.run)).status == "completed"
    assert await last(sent.thread) == ("assistant", "complete", "Anew.")
    statuses = [run.row["status"] for run in server.store.all_runs()]
    assert "in_progress" not in statuses
    assert [one.path for one in server.asked if one.path.endswith("/cancel")]
