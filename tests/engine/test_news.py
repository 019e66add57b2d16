"""What is new since a person last looked: counted once, where it comes, on every page the same."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.access import account_for
from accounts.models import User
from agents.models import Agent
from agents.providers.scripted import calls, says, scripted
from giint.core import journal
from giint.core.db import in_db, read_db
from giint.core.events import user_stream
from giint.core.models import Event
from giint.engine.journal import snapshot
from giint.engine.records import finish
from giint.engine.supervisor import Supervisor
from giint.models import Run
from tests.engine.conftest import ended, send
from tests.transcripts.test_outputs_api import output, thread_of
from transcripts.models import Transcript, Unseen
from transcripts.news import looked, posted

pytestmark = pytest.mark.django_db(transaction=True)


def new(user: User) -> dict[str, int]:
    """As a page that loads now is told."""
    found: dict[str, int] = snapshot(user, user_stream(account_for(user).id))["new"]
    return found


def told(user: User) -> list[dict[str, int]]:
    """What the pages that are open were told, one after the other."""
    stream = user_stream(account_for(user).id)
    events = Event.objects.filter(stream__name=stream, type="new.counted").order_by("seq")
    return [event.payload["new"] for event in events]


@pytest.fixture
def publisher(alice: User, settings: Any) -> Agent:
    settings.GIINT_TOOLS = {"publishes": ("publishes", "tests.engine.tools.publishes")}
    return Agent.objects.create(owner=alice, name="P", tools=["publishes"])


async def test_what_a_turn_left_is_new_until_its_person_looks(
    running: Supervisor, alice: User, bob: User, publisher: Agent
) -> None:
    with scripted(calls(("publishes", {}), ("no_such_tool", {})), says("Done.")):
        await ended((await send(alice, "Go", agent=publisher.id)).run)
    assert await read_db(new, alice) == {"transcripts": 1, "tool_outputs": 2, "console": 0}
    assert await read_db(new, bob) == {"transcripts": 0, "tool_outputs": 0, "console": 0}
    await in_db(looked, user=alice, kinds=["tool_outputs"])
    assert await read_db(new, alice) == {"transcripts": 1, "tool_outputs": 0, "console": 0}
    with scripted(calls(("publishes", {})), says("Again.")):
        await ended((await send(alice, "Go on", agent=publisher.id)).run)
    assert await read_db(new, alice) == {"transcripts": 2, "tool_outputs": 1, "console": 0}
    assert [one["transcripts"] for one in await read_db(told, alice)] == [1, 1, 2]
    assert (await read_db(told, alice))[-1] == await read_db(new, alice)


async def test_a_turn_without_tools_is_not_news(running: Supervisor, alice: User) -> None:
    with scripted(says("Hi.")):
        await ended((await send(alice, "Hello")).run)
    assert await read_db(told, alice) == []
    assert not await read_db(Unseen.objects.exists)


def statements(run: Run) -> list[str]:
    """What the database is asked when the run ends."""
    own = user_stream(account_for(run.thread.owner).id)
    with CaptureQueriesContext(connection) as seen, transaction.atomic():
        journal.append_all(*finish(run, own, status="completed", code=""))
    return [query["sql"] for query in seen.captured_queries]


def test_a_turn_with_tools_costs_one_statement_more_to_end_and_one_without_none(
    alice: User, bob: User
) -> None:
    plain, used = thread_of(alice), thread_of(bob)
    call = output(used)
    output(used, 1)
    Transcript.objects.create(
        user=bob, thread=used, run=call.run, message=call.message, output=call, tool="x", title="T"
    )
    Unseen.objects.create(user=bob)
    without, those = statements(plain.runs.get()), statements(used.runs.get())
    assert not any("unseen" in sql for sql in without)
    assert sum("unseen" in sql for sql in those) == 1
    counted = Unseen.objects.get(user=bob)
    assert (counted.transcripts, counted.tool_outputs) == (1, 2)


def test_looking_when_nothing_is_new_tells_nobody(alice: User) -> None:
    looked(user=alice, kinds=["transcripts"])
    assert told(alice) == []
    with transaction.atomic():
        journal.append(user_stream(account_for(alice).id), posted(alice))
    looked(user=alice, kinds=["transcripts"])
    assert [one["console"] for one in told(alice)] == [1]
    looked(user=alice, kinds=["transcripts", "console"])
    assert [one["console"] for one in told(alice)] == [1, 0]
