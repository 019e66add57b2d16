"""Between processes, where there is Redis: hints, and text in flight. docs/invariants/journal.md.

Hints (stream, seq; or just "look") go to every process on one channel. Text goes to whoever follows
its thread: per message and flush one pipeline of SETRANGE (so that a reader who comes later finds
the text so far), EXPIRE and PUBLISH. Everything here may be lost: the tick reads streams and rows,
and the closing event carries the text. So nothing raises, and a Redis that is away costs half a
second.

Texts are kept as UTF-16, in which an offset is a place: byte ``2 × offset``. Each piece is put at
its place, so that a command that comes twice, or late from a connection that was given up, changes
nothing. (With APPEND a Redis that was flushed or paused held later text at an earlier place, and
readers took it for theirs.) What a flush took away is zeros, which no text has.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, cast

import orjson
import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from giint.engine.hub import Hub, LiveMessage, LiveText

log = logging.getLogger(__name__)
FLUSH = (
    0.04  # seconds that text gathers before it goes to Redis: a publication costs what 10 deltas do
)
KEPT = 900  # seconds that a text stays after it last grew: longer than any silence a run may have
PAUSE = 1.0  # seconds between two tries at a Redis that is away
HINTS = "giint:hints"
# We try again ourselves: the library's own tries take ten seconds, in which nobody says degraded.
ONCE: dict[str, Any] = {"socket_connect_timeout": 5, "retry": Retry(NoBackoff(), 0)}
PATIENT: dict[str, Any] = {**ONCE, "health_check_interval": 15}
GONE = (RedisError, OSError, asyncio.TimeoutError)
NOTHING = "\x00"  # where a key holds no text
PARTS = ("text", "reasoning")


def key_of(message: str, attempt: int, part: str) -> str:
    return f"giint:text:{message}:{attempt}:{part}"


def channel_of(stream: str) -> str:
    return f"giint:live:{stream}"


class Relay:
    """See the module. One per process, on the event loop. ``look`` is called when another process
    asks everybody to claim or to tick.
    """

    def __init__(self, url: str, hub: Hub, look: Callable[[], None]) -> None:
        self._url = url
        self._hub = hub
        self._look = look
        self._me = secrets.token_hex(8)
        self._grown: dict[LiveMessage, None] = {}
        self._sent: dict[LiveMessage, list[int]] = {}  # pieces of text and reasoning that are out
        self._hints: dict[str, int] = {}
        self._asks = False
        self._passing: dict[tuple[str, str], dict[str, Any]] = {}  # (stream, what): the latest
        self._work = asyncio.Event()
        self._wanted: dict[tuple[str, str], int] = {}  # (stream, message) → attempt
        self._channels: set[str] = set()  # streams whose channel is confirmed
        self._changes: asyncio.Queue[tuple[bool, str]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self.connected = False

    def start(self) -> None:
        """Begin on the running loop."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._publish()), loop.create_task(self._listen())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # --- what the hub and the followers call (never waits) ----------------------------------------

    def touch(self, message: LiveMessage) -> None:
        """A message of ours has grown."""
        self._grown[message] = None
        self._work.set()

    def tell(self, places: dict[str, int]) -> None:
        """Streams have moved on by a commit of this process."""
        self._hints |= places
        self._work.set()

    def ask(self) -> None:
        """There is a run to claim, or one was halted: everybody look."""
        self._asks = True
        self._work.set()

    def say(self, stream: str, what: str, news: dict[str, Any]) -> None:
        """Something live that is kept nowhere: a tool's progress, a wait. The latest counts."""
        self._passing[(stream, what)] = news
        self._work.set()

    def follow(self, stream: str) -> None:
        """Somebody here follows ``stream`` from now on."""
        if stream.startswith("thread:"):
            self._changes.put_nowait((True, stream))

    def unfollow(self, stream: str) -> None:
        if stream.startswith("thread:"):
            self._channels.discard(stream)
            self._changes.put_nowait((False, stream))

    def want(self, stream: str, message: str, attempt: int) -> None:
        """A reader knows of a message that is not written here: fetch what there is of it."""
        self._wanted[(stream, message)] = attempt
        self._changes.put_nowait((True, stream))

    # --- out --------------------------------------------------------------------------------------

    async def _publish(self) -> None:
        client = redis.from_url(self._url, socket_timeout=5, **ONCE)
        async with client:
            while True:
                await self._work.wait()
                self._work.clear()
                try:
                    await self._flush(client)
                except GONE as error:
                    log.warning("Redis does not take what we publish: %s", type(error).__name__)
                    self._sent.clear()  # whatever is there now is written anew
                    await asyncio.sleep(PAUSE)
                except Exception:
                    log.exception("publishing to Redis failed; going on")
                    self._sent.clear()
                    await asyncio.sleep(PAUSE)
                await asyncio.sleep(FLUSH)

    async def _flush(self, client: redis.Redis) -> None:
        grown, self._grown = list(self._grown), {}
        pipe = client.pipeline(transaction=False)
        begins: list[tuple[LiveMessage, LiveText, str] | None] = []
        for message in grown:
            sent = self._sent.setdefault(message, [0, 0])
            for index, part in enumerate(PARTS):
                live: LiveText = getattr(message, part)
                if sent[index] < len(live.pieces):
                    begins += self._put(pipe, message, part, live, sent[index])
                    sent[index] = len(live.pieces)
        if self._hints or self._asks:
            told = {"from": self._me, "seqs": self._hints, "look": self._asks}
            self._hints, self._asks = {}, False
            pipe.publish(HINTS, orjson.dumps(told))
            begins.append(None)
        passing, self._passing = self._passing, {}
        for (stream, _), news in passing.items():
            pipe.publish(channel_of(stream), orjson.dumps({"from": self._me, **news}))
            begins.append(None)
        answers = await pipe.execute()
        for message in [m for m in self._sent if self._hub.live.get(m.id) is not m]:
            del self._sent[message]
        for answer, expected in zip(answers, begins, strict=True):
            if expected is not None and answer == NOTHING.encode("utf-16-le"):
                await self._rewrite(client, *expected)

    def _put(
        self, pipe: Any, message: LiveMessage, part: str, live: LiveText, place: int
    ) -> list[tuple[LiveMessage, LiveText, str] | None]:
        """Four commands; the last one asks whether the text's beginning is still there."""
        offset, text = live.starts[place], "".join(live.pieces[place:])
        key = key_of(message.id, message.attempt, part)
        pipe.setrange(key, 2 * offset, text.encode("utf-16-le"))
        pipe.expire(key, KEPT)
        news = {
            "from": self._me,
            "message": message.id,
            "attempt": message.attempt,
            "part": part,
            "offset": offset,
            "text": text,
        }
        pipe.publish(channel_of(message.stream), orjson.dumps(news))
        pipe.getrange(key, 0, 1)
        return [None, None, None, (message, live, part)]

    async def _rewrite(
        self, client: redis.Redis, message: LiveMessage, live: LiveText, part: str
    ) -> None:
        """The key was flushed: it holds the whole text again."""
        key = key_of(message.id, message.attempt, part)
        await client.set(key, live.whole().encode("utf-16-le"), ex=KEPT)

    # --- in ---------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            try:
                # No time limit on the socket: a quiet channel is not a dead one.
                client = redis.from_url(self._url, **PATIENT)
                async with client, client.pubsub() as pubsub:
                    await self._attend(client, pubsub)
            except GONE as error:
                log.warning("Redis is away (%s); the tick reads what it would tell", error)
            except Exception:  # a listener that is gone would be taken for a quiet one
                log.exception("listening to Redis failed; beginning anew")
            self.connected = False
            self._channels.clear()
            await asyncio.sleep(PAUSE)

    async def _attend(self, client: redis.Redis, pubsub: Any) -> None:
        await pubsub.subscribe(HINTS, *map(channel_of, self._threads()))
        self.connected = True
        for (stream, message), attempt in self._unknown().items():
            self._wanted[(stream, message)] = attempt
        changes = asyncio.ensure_future(self._change(client, pubsub))
        try:
            while not changes.done():
                heard = await pubsub.get_message(timeout=1.0)
                if heard is not None:
                    await self._hear(client, heard)
        finally:
            changes.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await changes

    async def _change(self, client: redis.Redis, pubsub: Any) -> None:
        """Subscriptions follow the readers. One task makes them: two at once mix up answers."""
        while True:
            add, stream = await self._changes.get()
            if add and stream in self._channels:
                await self._fetch_wanted(client, stream)
            elif add:
                await pubsub.subscribe(channel_of(stream))
            elif stream not in self._hub.followers:
                await pubsub.unsubscribe(channel_of(stream))

    async def _hear(self, client: redis.Redis, heard: dict[str, Any]) -> None:
        channel = heard["channel"].decode()
        if heard["type"] == "subscribe" and channel != HINTS:
            stream = channel.removeprefix("giint:live:")
            self._channels.add(stream)
            await self._fetch_wanted(client, stream)
        elif heard["type"] == "message":
            news = orjson.loads(heard["data"])
            if news["from"] == self._me:
                return
            if channel == HINTS:
                self._hub.behind(news["seqs"])
                if news["look"]:
                    self._look()
            elif "message" in news:
                await self._text(client, channel.removeprefix("giint:live:"), news)
            else:
                self._hub.said(channel.removeprefix("giint:live:"), news)

    async def _text(self, client: redis.Redis, stream: str, news: dict[str, Any]) -> None:
        live = self._hub.live.get(news["message"])
        if live is None or live.is_ours or live.attempt != news["attempt"]:
            return  # nobody here knows of this attempt yet; who does will fetch it
        is_reasoning = news["part"] == "reasoning"
        given = {"reasoning": is_reasoning, "offset": news["offset"], "text": news["text"]}
        if not self._hub.extend(live, **given):
            await self._fetch(client, live, news["part"])

    async def _fetch_wanted(self, client: redis.Redis, stream: str) -> None:
        """The channel is confirmed: what is published from now on is heard, what was before is in
        the keys.
        """
        for wanted in [one for one in self._wanted if one[0] == stream]:
            attempt, message = self._wanted.pop(wanted), wanted[1]
            live = self._hub.live.get(message)
            if live is None or (not live.is_ours and live.attempt < attempt):
                live = LiveMessage(id=message, stream=stream, attempt=attempt)
                self._hub.open(live)
            if not live.is_ours:
                for part in PARTS:
                    await self._fetch(client, live, part)

    async def _fetch(self, client: redis.Redis, live: LiveMessage, part: str) -> None:
        """The text beyond what is here, from its key."""
        known: LiveText = getattr(live, part)
        offset = known.length
        key = key_of(live.id, live.attempt, part)
        answer = cast(Awaitable[bytes], client.getrange(key, 2 * offset, -1))
        text = (await answer).decode("utf-16-le", "replace").partition(NOTHING)[0]
        self._hub.extend(live, reasoning=part == "reasoning", offset=offset, text=text)

    def _threads(self) -> list[str]:
        return [stream for stream in self._hub.followers if stream.startswith("thread:")]

    def _unknown(self) -> dict[tuple[str, str], int]:
        """What readers here know of and we have no text of, after a time without Redis."""
        known: dict[tuple[str, str], int] = {}
        for followers in self._hub.followers.values():
            for follower in followers:
                for message, (stream, attempt) in follower.known.items():
                    live = self._hub.live.get(message)
                    if live is None or not live.is_ours:
                        known[(stream, message)] = attempt
        return known
