"""What passes between two processes through Redis: here two hubs on one loop, a real Redis."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from giint.engine.hub import Hub, LiveMessage
from giint.engine.relay import Relay
from tests.patience import PATIENCE
from tests.services import need_redis

pytestmark = pytest.mark.service
Two = tuple[Hub, Hub]


class Listener:
    """Stands where a follower stands in the hub."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, int]] = {}
        self.seen: list[Any] = []
        self.places: list[LiveMessage] = []

    def opened(self, message: LiveMessage) -> None:
        self.places.append(message)
        message.readers.add(self)  # type: ignore[arg-type]

    def touch(self, message: LiveMessage) -> None:
        self.seen.append(message.text.whole())

    def progress(self, call: str, payload: dict[str, Any]) -> None:
        self.seen.append((call, payload["text"]))

    def noticed(self, stream: str) -> None:
        self.seen.append(stream)

    def look(self, stream: str, last: int) -> None:
        self.seen.append((stream, last))


@pytest.fixture
async def hubs() -> AsyncIterator[Two]:
    pair = (Hub(), Hub())
    for hub in pair:
        hub.relay = Relay(need_redis(), hub, lambda: None)
        hub.relay.start()
    for hub in pair:
        await until(lambda hub=hub: hub.relay.connected)
    yield pair
    for hub in pair:
        assert hub.relay is not None
        await hub.relay.stop()


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def watching(hub: Hub, stream: str) -> Listener:
    listener = Listener()
    hub.watch(stream, listener)  # type: ignore[arg-type]
    return listener


async def test_text_from_before_and_after_is_joined(hubs: Two) -> None:
    here, there = hubs
    stream, id = f"thread:{uuid.uuid4().hex}", uuid.uuid4().hex
    live = LiveMessage(id=id, stream=stream, attempt=2, run="r", generation=1)
    here.open(live)
    here.add(live, "so far \U0001f600 ")
    await asyncio.sleep(0.1)  # it is in its key before anybody there follows
    listener = watching(there, stream)
    listener.known[id] = (stream, 2)
    assert there.relay is not None
    there.relay.want(stream, id, 2)
    await until(lambda: listener.places and listener.places[0].text.whole() == "so far \U0001f600 ")
    for piece in ("and ", "on"):
        here.add(live, piece)
    await until(lambda: listener.places[0].text.whole() == "so far \U0001f600 and on")


async def test_a_flushed_redis_is_written_anew(hubs: Two) -> None:
    import redis

    here, there = hubs
    stream, id = f"thread:{uuid.uuid4().hex}", uuid.uuid4().hex
    live = LiveMessage(id=id, stream=stream, attempt=1, run="r", generation=1)
    here.open(live)
    here.add(live, "first ")
    await asyncio.sleep(0.1)
    with redis.from_url(need_redis()) as client:
        for key in client.keys(f"giint:text:{id}:*"):
            client.delete(key)
    here.add(live, "second")
    await asyncio.sleep(0.1)
    listener = watching(there, stream)
    listener.known[id] = (stream, 1)
    assert there.relay is not None
    there.relay.want(stream, id, 1)
    await until(lambda: listener.places and listener.places[0].text.whole() == "first second")


async def test_progress_waits_and_hints_reach_the_other_process(hubs: Two) -> None:
    here, there = hubs
    stream = f"thread:{uuid.uuid4().hex}"
    listener = watching(there, stream)
    assert there.relay is not None
    await until(lambda: stream in there.relay._channels)
    here.progress(stream, "out_1", {"text": "Page 2 of 3"})
    await until(lambda: ("out_1", "Page 2 of 3") in listener.seen)
    here.wait(stream, 12.0, {"code": "upstream_rate_limited"})
    await until(lambda: stream in listener.seen)
    notice = there.notice(stream)
    assert notice is not None
    assert notice["code"] == "upstream_rate_limited"
    here.go_on(stream)
    await until(lambda: there.notice(stream) is None)
    assert here.relay is not None
    here.relay.tell({stream: 7})
    await until(lambda: (stream, 7) in listener.seen)
