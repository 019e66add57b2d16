"""Text between processes through Redis: at its place, whatever Redis forgot or did late."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis.asyncio as redis

from giint.engine.hub import Hub, LiveMessage
from giint.engine.relay import Relay, key_of
from tests.faults.services import Redis
from tests.patience import PATIENCE
from tests.services import need_redis_server

pytestmark = pytest.mark.service
KEY = key_of("msg_1", 1, "text")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    need_redis_server()
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


class Side:
    """One process's hub and relay, whose loops do not run: a test makes them flush and fetch."""

    def __init__(self, url: str, *, is_ours: bool) -> None:
        self.hub = Hub()
        self.relay = Relay(url, self.hub, lambda: None)
        generation = 1 if is_ours else None
        self.live = LiveMessage(id="msg_1", stream="thread:t", attempt=1, generation=generation)
        self.hub.open(self.live)

    async def say(self, client: Any, text: str) -> None:
        self.hub.add(self.live, text)
        self.relay.touch(self.live)
        await self.relay._flush(client)


async def test_a_text_that_redis_forgot_is_written_whole_again(server: Redis) -> None:
    writer = Side(server.url, is_ours=True)
    async with redis.from_url(server.url) as client:
        await writer.say(client, "Hello, 😀 ")
        await client.flushall()
        await writer.say(client, "world")
        assert (await client.get(KEY)).decode("utf-16-le") == "Hello, 😀 world"


async def test_a_text_that_begins_with_an_emoji_has_its_beginning(server: Redis) -> None:
    writer = Side(server.url, is_ours=True)
    async with redis.from_url(server.url) as client:
        await client.flushall()
        await writer.say(client, "😀")
        await writer.say(client, "!")
        assert (await client.get(KEY)).decode("utf-16-le") == "😀!"


async def test_who_comes_between_a_flush_and_the_whole_is_given_nothing_wrong(
    server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_yet(*args: object) -> None:
        await asyncio.sleep(0)

    writer, reader = Side(server.url, is_ours=True), Side(server.url, is_ours=False)
    monkeypatch.setattr(writer.relay, "_rewrite", not_yet)
    async with redis.from_url(server.url) as client:
        await writer.say(client, "Hello, ")
        await client.flushall()
        await writer.say(client, "world")
        await reader.relay._fetch(client, reader.live, "text")
        assert reader.live.text.whole() == ""
        # Who had the beginning finds the rest at its place.
        reader.hub.extend(reader.live, reasoning=False, offset=0, text="Hello, ")
        await reader.relay._fetch(client, reader.live, "text")
        assert reader.live.text.whole() == "Hello, world"


async def test_a_listener_that_breaks_begins_anew(
    server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when Redis is away: one that is gone and counts as connected would be the worst."""
    monkeypatch.setattr("giint.engine.relay.PAUSE", 0.01)
    side = Side(server.url, is_ours=True)
    attend = side.relay._attend
    states: list[bool] = []

    async def broken_once(*given: Any) -> None:
        states.append(side.relay.connected)
        if len(states) == 1:
            side.relay.connected = True
            raise RuntimeError("the library's own bug")
        await attend(*given)

    monkeypatch.setattr(side.relay, "_attend", broken_once)
    side.relay.start()
    async with asyncio.timeout(PATIENCE):
        while len(states) < 2 or not side.relay.connected:
            await asyncio.sleep(0.01)
    await side.relay.stop()
    assert states == [False, False]


async def test_a_publisher_that_breaks_goes_on(
    server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giint.engine.relay.PAUSE", 0.01)
    side = Side(server.url, is_ours=True)
    flush = side.relay._flush
    tried: list[str] = []

    async def broken_once(client: Any) -> None:
        tried.append("once")
        if len(tried) == 1:
            raise RuntimeError("the library's own bug")
        await flush(client)

    monkeypatch.setattr(side.relay, "_flush", broken_once)
    side.relay.start()
    async with redis.from_url(server.url) as client, asyncio.timeout(PATIENCE):
        await client.flushall()
        while await client.get(KEY) is None:
            side.hub.add(side.live, "Hello ")
            side.relay.touch(side.live)
            await asyncio.sleep(0.05)
        text = (await client.get(KEY)).decode("utf-16-le")
    await side.relay.stop()
    assert len(tried) > 1
    assert set(text.split()) == {"Hello"}


async def test_what_is_written_twice_is_there_once(server: Redis) -> None:
    writer = Side(server.url, is_ours=True)
    async with redis.from_url(server.url) as client:
        await client.flushall()
        await writer.say(client, "Hello, ")
        await writer.say(client, "world")
        writer.relay._sent.clear()  # as after an answer that never came
        await writer.say(client, "!")
        assert (await client.get(KEY)).decode("utf-16-le") == "Hello, world!"
