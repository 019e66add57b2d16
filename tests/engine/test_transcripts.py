"""Transcripts: what a tool does beside the chat, live, whole after a crash, and the person's."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.providers.scripted import Hold, calls, says, scripted
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.events import thread_stream
from giint.engine.supervisor import Supervisor
from tests.engine import tools
from tests.engine.conftest import ended, send, until
from transcripts import services
from transcripts.models import File, ToolOutput, Transcript, TranscriptEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def publisher(alice: User, settings: Any) -> Agent:
    """An agent with tools of another package."""
    names = ["publishes", "offers", "long"]
    settings.GIINT_TOOLS = {name: (name, f"tests.engine.tools.{name}") for name in names}
    return Agent.objects.create(owner=alice, name="P", tools=names)


@pytest.fixture
def hold() -> Iterator[Hold]:
    tools.held.append(Hold())
    yield tools.held[-1]
    tools.held.pop().release()


def entries() -> list[tuple[str, str, str, int]]:
    rows = TranscriptEntry.objects.order_by("transcript", "number")
    return list(rows.values_list("name", "text", "status", "attempt"))


async def test_a_tool_publishes_a_transcript_that_belongs_to_its_user(
    running: Supervisor, alice: User, publisher: Agent
) -> None:
    with scripted(calls(("publishes", {})), says("Done.")):
        sent = await send(alice, "Go", agent=publisher.id)
        run = await ended(sent.run)
    assert run.status == "completed"
    transcript = await read_db(Transcript.objects.get)
    assert (transcript.user_id, transcript.thread_id) == (alice.pk, sent.thread)
    assert (transcript.run_id, transcript.status) == (sent.run, "done")
    assert transcript.result == {"pages": 2}
    assert await read_db(entries) == [
        ("Finder", "One thing.", "complete", 1),
        ("Crawler", "Page one, 😀 page two.", "complete", 1),
    ]


async def test_its_text_is_seen_while_it_grows_and_stop_keeps_it(
    running: Supervisor, alice: User, publisher: Agent, hold: Hold
) -> None:
    with scripted(calls(("publishes", {"hold": True}))):
        sent = await send(alice, "Go", agent=publisher.id)
        await hold.reached()
        frames: list[dict[str, Any]] = []
        follower = engine.follow(alice)
        await follower.subscribe(thread_stream(sent.thread), None, None)

        async def read() -> None:
            async for frame in follower.frames():
                frames.append(json.loads(frame))  # noqa: PERF401 (others look at it meanwhile)

        reading = asyncio.ensure_future(read())
        async with asyncio.timeout(10):
            while not any("entry" in frame for frame in frames):
                await asyncio.sleep(0.01)
        await in_db(engine.stop, user=alice, thread=sent.thread)
        assert (await ended(sent.run)).status == "cancelled"
        reading.cancel()
        await asyncio.wait([reading])
        follower.leave()
    delta = next(frame for frame in frames if "entry" in frame)
    assert (delta["op"], delta["text"]) == ("delta", "Page one, 😀 page two.")
    assert (await read_db(entries))[-1] == ("Crawler", "Page one, 😀 page two.", "partial", 1)
    transcript = await read_db(Transcript.objects.get)
    assert (transcript.status, transcript.closed is None) == ("cancelled", False)


async def test_after_a_crash_what_was_whole_stays_and_the_rest_begins_again(
    running: Supervisor, alice: User, publisher: Agent, hold: Hold
) -> None:
    with scripted(calls(("publishes", {"hold": True})), says("Done.")):
        sent = await send(alice, "Go", agent=publisher.id)
        await hold.reached()
        await running.drain(0)  # its process leaves in the middle
        again = Hold()
        tools.held.append(again)
        running.start()
        await again.reached()
        again.release()
        assert (await ended(sent.run)).status == "completed"
        tools.held.pop()
    assert await read_db(entries) == [
        ("Finder", "One thing.", "complete", 1),
        ("Crawler", "Page one, 😀 page two.", "complete", 2),
    ]
    assert await read_db(Transcript.objects.count) == 1


async def test_its_reader_says_something_pauses_and_stops_it(
    running: Supervisor, alice: User, publisher: Agent, hold: Hold
) -> None:
    with scripted(calls(("publishes", {"hold": True})), says("Done.")):
        sent = await send(alice, "Go", agent=publisher.id)
        await hold.reached()
        transcript = (await until(Transcript.objects.first)).id
        where: dict[str, Any] = {"user": alice, "transcript": transcript}
        await in_db(services.interject, **where, text="Look at page three.")
        await in_db(services.hold, **where, hold=Transcript.Hold.STOPPED)
        held = await in_db(services.hold, **where, hold=Transcript.Hold.NONE)
        assert held.hold == "stopped"  # it is not taken back
        hold.release()
        await ended(sent.run)
    assert (await read_db(entries))[-1] == ("Alice", "Look at page three.", "complete", 1)
    with pytest.raises(Exception, match="transcript_closed"):
        await in_db(services.interject, **where, text="Too late.")


async def test_a_file_is_offered_with_its_call_once_per_name(
    running: Supervisor, alice: User, publisher: Agent
) -> None:
    with scripted(calls(("offers", {"times": 2})), says("Here.")):
        sent = await send(alice, "Go", agent=publisher.id)
        await ended(sent.run)
    file = await read_db(File.objects.get)
    assert (file.owner_id, file.thread_id, file.type) == (alice.pk, sent.thread, "text/csv")
    row = (await read_db(ToolOutput.objects.get)).row()
    assert row["files"] == [
        {"id": file.id, "name": "numbers.csv", "type": "text/csv", "size": file.size}
    ]


async def test_a_large_result_is_kept_whole_and_previewed(
    running: Supervisor, alice: User, publisher: Agent
) -> None:
    with scripted(calls(("long", {})), says("Read.")) as script:
        await ended((await send(alice, "Go", agent=publisher.id)).run)
    output = await read_db(ToolOutput.objects.get)
    assert len(output.result) == 50_000
    assert (len(output.row()["result"]), output.row()["length"]) == (8_000, 50_000)
    assert output.row(whole=True)["result"] == output.result
    assert script.requests[1].items[-1]["output"] == output.result
