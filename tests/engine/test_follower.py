"""One reader of the live path: order, places, windows, catching up."""

import asyncio
from typing import Any

import orjson
import pytest

from accounts.models import User
from agents.providers.base import Started, Text
from agents.providers.scripted import Hold, calls, says, scripted
from giint import engine
from giint.core import journal
from giint.core.db import in_db, read_db
from giint.core.errors import NotFound
from giint.core.events import HeadChanged, thread_stream
from giint.core.models import Event, Stream
from giint.core.text import units
from giint.engine import follower as module
from giint.engine.follower import Follower, TooSlow
from giint.engine.hub import hub
from giint.engine.supervisor import Supervisor
from giint.models import GiintThread
from tests.engine.conftest import ended, send, streams, until
from tests.patience import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


class Reader:
    """Reads frames into a list, in a task of its own; acknowledges if it is told to."""

    def __init__(self, user: User, *, acks: bool = True) -> None:
        self.follower = engine.follow(user)
        self.frames: list[dict[str, Any]] = []
        self._acks = acks
        self._bytes = 0
        self._task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for frame in self.follower.frames():
            self.frames.append(orjson.loads(frame))
            self._bytes += len(frame.encode())
            if self._acks:
                self.follower.ack(self._bytes)

    async def saw(self, *types: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while not set(types) <= {f.get("type") or f["op"] for f in self.frames}:
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self.follower.leave()

    def text(self, message: str) -> str:
        """What the deltas of a message come to; they must fit each other exactly."""
        text = ""
        for frame in self.frames:
            if frame["op"] == "delta" and frame["message"] == message:
                assert frame["offset"] == units(text)
                text += frame["text"]
        return text

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [f for f in self.frames if f.get("type") == kind or f["op"] == kind]


async def test_a_reader_that_keeps_up_gets_every_delta_and_no_text_again(
    running: Supervisor, alice: User
) -> None:
    hold = Hold()
    with scripted([Started(), hold, *says("a", "b", "c")]):
        sent = await send(alice, "Go")
        reader = Reader(alice)
        await reader.follower.subscribe(thread_stream(sent.thread), None, None)
        hold.release()
        await ended(sent.run)
        await reader.saw("message.completed")
    (done,) = reader.of("message.completed")
    assert "text" not in done["payload"]
    assert reader.text(done["payload"]["message"]) == "abc"
    seqs = [f["seq"] for f in reader.of("event")]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    order = [f["op"] if f["op"] == "delta" else f.get("type") for f in reader.frames]
    assert order.index("message.created") < order.index("delta") < order.index("message.completed")
    await reader.end()


async def test_a_late_reader_gets_the_text_so_far_at_once(running: Supervisor, alice: User) -> None:
    hold = Hold()
    with scripted([Started(), Text("so "), Text("far "), hold, *says("on")]):
        sent = await send(alice, "Go")
        await hold.reached()
        reader = Reader(alice)
        await reader.follower.subscribe(thread_stream(sent.thread), None, None)
        await reader.saw("snapshot", "delta")
        (first,) = reader.of("delta")
        assert (first["offset"], first["text"]) == (0, "so far ")
        hold.release()
        await ended(sent.run)
        await reader.saw("message.completed")
    assert reader.text(first["message"]) == "so far on"
    await reader.end()


async def test_a_reader_that_comes_back_gets_what_it_missed(
    running: Supervisor, alice: User
) -> None:
    with scripted(calls(("calculate", {"expression": "1"})), says("One.")):
        sent = await send(alice, "Go")
        stream = thread_stream(sent.thread)
        await ended(sent.run)
    row = await read_db(Stream.objects.get, name=stream)
    for after in range(row.last_seq + 1):
        reader = Reader(alice)
        await reader.follower.subscribe(stream, after, row.epoch)
        await reader.saw("subscribed")
        async with asyncio.timeout(PATIENCE):
            while len(reader.of("event")) < row.last_seq - after:
                await asyncio.sleep(0.005)
        assert [f["seq"] for f in reader.of("event")] == list(range(after + 1, row.last_seq + 1))
        for done in reader.of("message.completed"):
            assert "text" in done["payload"]
        await reader.end()


@pytest.mark.parametrize(
    ("after", "epoch"), [(None, None), (0, "other"), (10_000, None), (0, "pruned")]
)
async def test_whoever_cannot_be_caught_up_gets_a_snapshot(
    running: Supervisor, alice: User, after: int | None, epoch: str | None
) -> None:
    with scripted(says("One.")):
        sent = await send(alice, "Go")
        await ended(sent.run)
    stream = thread_stream(sent.thread)
    row = await read_db(Stream.objects.get, name=stream)
    if epoch == "pruned":
        await in_db(Stream.objects.filter(pk=row.pk).update, first_seq=3)
    reader = Reader(alice)
    await reader.follower.subscribe(stream, after, epoch if epoch == "other" else row.epoch)
    await reader.saw("snapshot")
    (snapshot,) = reader.of("snapshot")
    assert snapshot["seq"] == row.last_seq
    assert [m["text"] for m in snapshot["messages"]] == ["Go", "One."]
    await reader.end()


async def test_a_lost_hint_is_found_by_the_tick(
    running: Supervisor, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(says("One.")):
        sent = await send(alice, "Go")
        await ended(sent.run)
    stream = thread_stream(sent.thread)
    reader = Reader(alice)
    await reader.follower.subscribe(stream, None, None)
    await reader.saw("snapshot")
    monkeypatch.setattr(journal, "listeners", [])  # nobody is told

    def unheard() -> None:
        from django.db import transaction

        with transaction.atomic():
            journal.append(stream, HeadChanged(head=None))

    await in_db(unheard)
    await reader.saw("thread.head_changed")
    await reader.end()


async def test_events_out_of_order_are_put_in_order(running: Supervisor, alice: User) -> None:
    with scripted(says("One.")):
        sent = await send(alice, "Go")
        await ended(sent.run)
    stream = thread_stream(sent.thread)
    reader = Reader(alice)
    await reader.follower.subscribe(stream, None, None)
    await reader.saw("snapshot")
    heard: list[Any] = []
    hub_news, journal.listeners[:] = journal.listeners[:], [heard.extend]

    def more() -> None:
        from django.db import transaction

        for _ in range(3):
            with transaction.atomic():
                journal.append(stream, HeadChanged(head=None))

    await in_db(more)
    journal.listeners[:] = hub_news
    for news in (heard[2], heard[0], heard[1], heard[2]):
        hub._spread([news])
    async with asyncio.timeout(PATIENCE):
        while len(reader.of("thread.head_changed")) < 3:
            await asyncio.sleep(0.01)
    start = reader.of("snapshot")[0]["seq"]
    assert [f["seq"] for f in reader.of("event")] == [start + 1, start + 2, start + 3]
    await reader.end()


async def test_the_window_shuts_and_opens_with_acknowledgement(
    running: Supervisor, alice: User
) -> None:
    piece = "x" * 20_000
    with scripted([Started(), *(Text(piece) for _ in range(30)), *says("end")]):
        sent = await send(alice, "Go")
        slow = Reader(alice, acks=False)
        await slow.follower.subscribe(thread_stream(sent.thread), None, None)
        await ended(sent.run)
    async with asyncio.timeout(PATIENCE):
        while slow._bytes < module.WINDOW:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)  # nothing more comes
    got = slow._bytes
    assert module.WINDOW <= got < module.WINDOW + 100_000
    slow._acks = True
    slow.follower.ack(got)
    await slow.saw("message.completed")
    assert len(slow.text(slow.of("message.completed")[0]["payload"]["message"])) == 600_003
    await slow.end()


async def test_a_reader_far_behind_is_told_to_resync_and_gets_the_whole_text(
    running: Supervisor, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKLOG", 100_000)
    monkeypatch.setattr(module, "WINDOW", 50_000)
    with scripted([Started(), *(Text("x" * 20_000) for _ in range(30)), *says("end")]):
        sent = await send(alice, "Go")
        slow = Reader(alice, acks=False)
        await slow.follower.subscribe(thread_stream(sent.thread), None, None)
        await ended(sent.run)
    await until(lambda: not hub.live)  # nothing of it is kept for the slow one
    assert sum(len(m.text.pieces) for m in slow.follower._places) == 0
    slow._acks = True
    slow.follower.ack(slow._bytes)
    await slow.saw("resync", "message.completed")
    (done,) = slow.of("message.completed")
    assert len(done["payload"]["text"]) == 600_003
    await slow.end()


async def test_nothing_acknowledged_for_long_ends_the_reader(
    running: Supervisor, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(module, "WINDOW", 10)
    reader = Reader(alice, acks=False)
    own, _ = await read_db(streams, alice, "none")
    await reader.follower.subscribe(own, None, None)
    reader.follower.reply({"op": "pong"})
    with pytest.raises(TooSlow):
        await asyncio.wait_for(reader._task, PATIENCE)


async def test_a_reader_that_stops_reading_slows_nobody(running: Supervisor, alice: User) -> None:
    hold = Hold()
    with scripted([Started(), hold, *(Text("x" * 30_000) for _ in range(40)), *says("end")]):
        sent = await send(alice, "Go")
        stuck, well = Reader(alice, acks=False), Reader(alice)
        for reader in (stuck, well):
            await reader.follower.subscribe(thread_stream(sent.thread), None, None)
        hold.release()
        await ended(sent.run)
        await well.saw("message.completed")
    assert not stuck._task.done()  # nobody waited until it was let go
    await stuck.end()
    await well.end()


@pytest.mark.parametrize("name", ["thread:thread_none", "user:user_none", "queue:all", "thread:"])
async def test_streams_of_others_are_not_there(running: Supervisor, alice: User, name: str) -> None:
    reader: Follower = engine.follow(alice)
    with pytest.raises(NotFound):
        await reader.subscribe(name, None, None)
    assert reader.streams == []


async def test_mallory_follows_nothing_of_alices(
    running: Supervisor, alice: User, mallory: User
) -> None:
    thread = await in_db(GiintThread.objects.create, owner=alice)
    own, its = await read_db(streams, alice, thread.id)
    reader = engine.follow(mallory)
    for name in (own, its):
        with pytest.raises(NotFound):
            await reader.subscribe(name, 0, "new")
    assert await read_db(Event.objects.count) == 0
