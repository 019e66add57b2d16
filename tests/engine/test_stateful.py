"""Runs at a provider that keeps objects: made with the wake, used again, deleted with the sleep,
and what a takeover does. docs/remote.md.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import ProviderKey, User
from agents.models import Agent, RemoteAssistant
from agents.providers import replaced
from agents.providers.scripted import Hold, Turn, calls, fails, says, scripted
from agents.remote.sweep import sweep_due
from giint import engine
from giint.core.db import in_db, read_db
from giint.engine.supervisor import Supervisor
from giint.models import Run, Runner, Step
from tests.agents.remote.conftest import key, key_of, shelved, states
from tests.agents.remote.keeper import Shelved
from tests.engine.conftest import ended, send, texts, until

__all__ = ["key", "shelved"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_jobs(settings: Any) -> None:
    """The sweep comes when a test calls it."""
    settings.GIINT_JOBS = {}


def plays(shelved: Shelved, *turns: Turn) -> None:
    shelved.turns = list(turns)


async def empty(shelved: Shelved) -> None:
    """Wait until nothing is left at the server."""
    await until(lambda: not shelved.shelf.objects)


async def test_a_wake_makes_what_it_needs_and_its_sleep_deletes_it(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    plays(shelved, calls(("calculate", {"expression": "6*7"})), says("It is 42."))
    sent = await send(alice, "Six times seven?")
    assert (await ended(sent.run)).status == "completed"
    assert (await read_db(texts, sent.thread))[-1] == ("assistant", "complete", "It is 42.")
    await empty(shelved)
    assert shelved.shelf.created == shelved.shelf.deleted == {"assistant": 1, "thread": 1}
    first, again = shelved.held[:2], shelved.held[2:]
    assert [one.fresh for one in first + again] == [True, True, False, False]
    assert again[1].memory == {"turns": 1}
    await until(lambda: RemoteAssistant.objects.filter(deleted=None).count() == 0)

    def steps() -> list[str]:
        return list(Step.objects.filter(kind="model").values_list("remote_id", flat=True))

    thread = first[1].remote_id
    assert await read_db(steps) == [f"{thread}/run_1", f"{thread}/run_2"]
    # The outputs answer the call that asked for them.
    assert [one.continues for one in shelved.requests] == ["", f"{thread}/run_1"]


async def test_what_idles_is_taken_up_again_and_deleted_in_the_end(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved, settings: Any
) -> None:
    settings.GIINT_ASSISTANT_IDLE = 300
    plays(shelved, says("One."), says("Two."))
    sent = await send(alice, "First")
    await ended(sent.run)
    await until(lambda: RemoteAssistant.objects.exclude(until=None).count() == 2)
    again = await send(alice, "Second", thread=sent.thread)
    await ended(again.run)
    assert [one.fresh for one in shelved.held] == [True, True, False, False]
    await until(lambda: RemoteAssistant.objects.exclude(until=None).count() == 2)
    await in_db(sweep_due, lambda: False)
    assert shelved.shelf.deleted == {}
    await in_db(RemoteAssistant.objects.update, until=Now() - timedelta(seconds=1))
    await in_db(sweep_due, lambda: False)
    assert shelved.shelf.created == shelved.shelf.deleted == {"assistant": 1, "thread": 1}


async def test_changed_instructions_are_in_the_next_create_and_nothing_is_ever_updated(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved, settings: Any
) -> None:
    settings.GIINT_ASSISTANT_IDLE = 300
    plays(shelved, says("One."), says("Two."))
    sent = await send(alice, "First")
    await ended(sent.run)
    await until(lambda: RemoteAssistant.objects.exclude(until=None).count() == 2)

    def specialise() -> None:
        Agent.objects.update(instructions="Be brief.", tools=["calculate"])

    await in_db(specialise)
    again = await send(alice, "Second", thread=sent.thread)
    await ended(again.run)
    assert shelved.shelf.created == {"assistant": 2, "thread": 1}
    assert shelved.requests[1].instructions.endswith("Be brief.")
    # The outdated one goes with the end of the wake that did not want it.
    await until(lambda: RemoteAssistant.objects.exclude(released=None).count() == 1)
    await in_db(sweep_due, lambda: False)
    assert shelved.shelf.deleted == {"assistant": 1}
    assert shelved.shelf.updated == {}


@pytest.mark.parametrize("how", ["failed", "stopped"])
async def test_objects_go_however_the_run_ends(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved, how: str
) -> None:
    hold = Hold()
    begun = says("Half", "…")[:2]
    plays(shelved, fails("upstream_failed", "Half") if how == "failed" else [*begun, hold])
    sent = await send(alice, "Go")
    if how == "stopped":
        await hold.reached()
        await in_db(engine.stop, user=alice, thread=sent.thread)
    run = await ended(sent.run)
    assert run.status == ("failed" if how == "failed" else "cancelled")
    await empty(shelved)
    assert shelved.shelf.created == shelved.shelf.deleted
    assert shelved.closed == 1  # by the time of the end, the call there was closed


async def test_a_refused_create_ends_the_run_and_leaves_no_doubt(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    shelved.shelf.refuse = 1
    plays(shelved, says("Never."))
    run = await ended((await send(alice, "Go")).run)
    assert run.status == "failed"
    assert await read_db(states) == [("assistant", "refused")]
    assert shelved.shelf.created == {}


async def test_a_create_whose_answer_was_lost_is_found_by_its_tag(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    shelved.shelf.lose = 1
    plays(shelved, says("Never."))
    run = await ended((await send(alice, "Go")).run)
    assert run.status == "failed"
    assert await read_db(states) == [("assistant", "doubtful")]
    assert shelved.shelf.there() == ["assistant_1"]
    await in_db(sweep_due, lambda: False)
    assert shelved.shelf.there() == []
    assert await read_db(states) == [("assistant", "deleted")]


async def test_a_stop_while_an_object_is_made_waits_for_nobody_and_leaves_nothing(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    hold = Hold()

    class Slow(Shelved):
        async def _hold(self, request: Any, kind: Any, made_from: Any) -> Any:
            async def create(tags: Any) -> str:
                await hold.wait()
                return self.shelf.make(kind, tags, made_from)

            return await request.remotes.hold(kind, "d" * 64, create)

    slow = Slow(shelved.shelf, says("Never."))
    with replaced("assistants", slow):
        sent = await send(alice, "Go")
        await hold.reached()
        await in_db(engine.stop, user=alice, thread=sent.thread)
        assert (await ended(sent.run)).status == "cancelled"
        hold.release()
        await until(lambda: RemoteAssistant.objects.exclude(made=None).count() == 1)
        await in_db(sweep_due, lambda: False)
    assert shelved.shelf.created == shelved.shelf.deleted == {"assistant": 1}


async def test_a_thread_goes_on_under_another_dialect(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    plays(shelved, says("From there."))
    sent = await send(alice, "First")
    await ended(sent.run)

    def another() -> None:
        ProviderKey.objects.update(default=False)
        key_of(alice, dialect="chat")

    await in_db(another)
    with scripted(says("From here."), dialect="chat") as script:
        await ended((await send(alice, "Second", thread=sent.thread)).run)
        said = [item["content"][0]["text"] for item in script.requests[0].items]
    assert said == ["First", "From there.", "Second"]
    assert script.requests[0].remotes is None


# --- takeover -------------------------------------------------------------------------------------


async def left(running: Supervisor, alice: User, shelved: Shelved) -> str:
    """A run whose process died after the first words: its id. Whoever looks next takes it over."""
    hold = Hold()
    plays(shelved, [*says("Half")[:2], hold], says("Anew."))
    sent = await send(alice, "Go")
    await hold.reached()
    await until(lambda: Step.objects.exclude(remote_id="").exists())

    def die() -> None:
        Runner.objects.create(id="runner_dead", kind="web", host="far", pid=1, seen=Now())
        Runner.objects.filter(id="runner_dead").update(seen=Now() - timedelta(seconds=11))
        Run.objects.filter(id=sent.run).update(runner="runner_dead", generation=F("generation") + 1)

    await in_db(die)
    running.nudge()
    return sent.run


async def test_a_lost_answer_is_asked_again_after_its_server_was_asked_about_it(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    run = await ended(await left(running, alice, shelved))
    assert (run.status, run.generation) == ("completed", 3)
    assert shelved.recovered == [f"{shelved.held[1].remote_id}/run_1"]
    assert (await read_db(texts, run.thread_id))[-1] == ("assistant", "complete", "Anew.")
    # The objects of the wake went on to whoever took it over.
    assert shelved.shelf.created == {"assistant": 1, "thread": 1}
    await empty(shelved)


async def test_an_answer_that_its_server_has_whole_is_mirrored_and_not_asked_again(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    shelved.on_recover = says("Half", " and whole.")
    run = await ended(await left(running, alice, shelved))
    assert run.status == "completed"
    last = (await read_db(texts, run.thread_id))[-1]
    assert last == ("assistant", "complete", "Half and whole.")
    assert len(shelved.requests) == 1
    await empty(shelved)


async def test_calls_that_were_mirrored_are_answered_there(
    running: Supervisor, alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    shelved.on_recover = calls(("calculate", {"expression": "1+1"}))[1:]
    run = await ended(await left(running, alice, shelved))
    assert run.status == "completed"
    assert shelved.requests[1].continues == f"{shelved.held[1].remote_id}/run_1"
