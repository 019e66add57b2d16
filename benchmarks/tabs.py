"""A page as a server sees it: one socket that follows streams, acknowledges, and checks every text.

docs/protocol.md. The bare relay speaks the part of it that is left when nobody signs in.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from benchmarks.records import WIDTH, Check

ACK_BYTES, ACK_SECONDS = 65_536, 0.25  # as the page does it
ENDED = {"completed", "failed", "cancelled", "interrupted"}
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. No cookie: the bare relay's nobody."""

    cookie: str = ""
    stream: str = ""


@dataclass(slots=True)
class Turn:
    """One answer as it came: when (monotonic seconds), and how long each delta took (µs)."""

    deltas: int
    done: asyncio.Future[None]
    begun: float = 0.0
    first: float = 0.0
    ended: float = 0.0
    check: Check = field(default_factory=Check)
    lags: list[int] | None = None
    message: str = ""
    let_go: bool = False  # told to drop the text: it comes whole

    def take(self, frame: Frame) -> None:
        """A delta frame. Raises ValueError if it leaves a hole."""
        if not self.first:
            self.first = time.monotonic()
        new = self.check.length - frame["offset"]
        if new < 0:
            raise ValueError(f"a hole of {-new} before {frame['offset']}")
        self.check.feed(frame["text"][new:] if new else frame["text"], self.lags)

    def whole(self, payload: Frame) -> None:
        """The message is complete: with its text, if this reader did not have all of it."""
        if payload.get("text") is not None:
            self.check = Check()
            self.check.feed(payload["text"])
        if payload["length"] != self.check.length:
            raise ValueError(f"{self.check.length} of {payload['length']} units came")

    def end(self) -> None:
        self.ended = time.monotonic()
        if self.check.count != self.deltas or self.check.length != self.deltas * WIDTH:
            self.fail(ValueError(f"{self.check.count} of {self.deltas} deltas came"))
        elif not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Tab:
    """See the module. ``open`` first; one turn at a time."""

    def __init__(self, session: aiohttp.ClientSession, origin: str, person: Person) -> None:
        self._session = session
        self._origin = origin
        self.person = person
        self.thread = ""
        self.places: dict[str, tuple[int, str]] = {}  # stream → seq, epoch
        self._turn: Turn | None = None
        self._waiting: dict[str, asyncio.Future[Frame]] = {}
        self._tasks: list[asyncio.Future[None]] = []
        self._received = self._acked = 0
        self._ids = 0

    async def open(self) -> None:
        """Connect, and follow one's own stream and the thread, from where this tab stands."""
        headers = {"Cookie": self.person.cookie, "Origin": self._origin}
        url = self._origin.replace("http", "ws", 1) + "/ws/"
        self._socket = await self._session.ws_connect(
            url, headers=headers, compress=0, max_msg_size=0, heartbeat=None
        )
        self._received = self._acked = 0
        self._tasks = [asyncio.ensure_future(self._read())]
        if self.person.cookie:
            self._tasks.append(asyncio.ensure_future(self._acknowledge()))
            for stream in self.places or [self.person.stream]:
                await self.follow(stream)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._socket.close()

    def drop(self) -> None:
        """The connection is gone, without a word."""
        for task in self._tasks:
            task.cancel()
        connection = self._socket._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()

    async def follow(self, stream: str) -> Frame:
        """Subscribe, from where we stand; the answer."""
        after, epoch = self.places.get(stream, (None, None))
        frame: Frame = {"op": "subscribe", "stream": stream, "after": after, "epoch": epoch}
        return await self._ask(stream, frame)

    async def turn(self, deltas: int, rate: float = 0, *, lags: bool = False) -> Turn:
        """Send a message that asks for these deltas; the turn, begun."""
        wanted = orjson.dumps({"deltas": deltas, "rate": rate}).decode()
        turn = self.expect(deltas, lags=lags)
        self._ids += 1
        id = f"{time.monotonic_ns():x}.{self._ids}"
        frame = {"op": "send", "id": id, "text": wanted, "thread": self.thread or None}
        turn.begun = time.monotonic()
        if not self.person.cookie:
            await self._tell(frame)
            return turn
        answer = await self._ask(id, frame)
        if not self.thread:
            self.thread = answer["thread"]
            await self.follow(f"thread:{self.thread}")
        return turn

    def expect(self, deltas: int, *, lags: bool = False) -> Turn:
        """The next answer of the followed thread, whoever asked for it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turn = Turn(deltas, done, lags=[] if lags else None)
        return self._turn

    async def say(self, deltas: int, rate: float = 0) -> Turn:
        """A whole turn."""
        turn = await self.turn(deltas, rate)
        await turn.done
        return turn

    # --- frames -----------------------------------------------------------------------------------

    async def _ask(self, key: str, frame: Frame) -> Frame:
        waiting: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[key] = waiting
        await self._tell(frame)
        return await waiting

    async def _tell(self, frame: Frame) -> None:
        await self._socket.send_str(orjson.dumps(frame).decode())

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                self._received += len(message.data)
                self._take(orjson.loads(message.data))
            raise ConnectionError(f"the socket was closed: {self._socket.close_code}")
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(error)
            if self._turn is not None:
                self._turn.fail(error)

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_SECONDS)
            await self._ack()

    async def _ack(self) -> None:
        if self._received > self._acked:
            self._acked = self._received
            await self._tell({"op": "ack", "bytes": self._received})

    def _take(self, frame: Frame) -> None:
        if self._received - self._acked >= ACK_BYTES and self.person.cookie:
            self._tasks.append(asyncio.ensure_future(self._ack()))
        match frame["op"]:
            case "delta" if self._turn is not None:
                self._turn.take(frame)
            case "event":
                self._event(frame)
            case "subscribed" | "snapshot":
                if frame["op"] == "snapshot":
                    self.places[frame["stream"]] = (frame["seq"], frame["epoch"])
                    self._snapshot(frame)
                self._answer(frame["stream"], frame)
            case "ok":
                self._answer(frame["id"], frame)
            case "error":
                raise ValueError(f"the server refused: {frame}")
            case "done" if self._turn is not None:
                self._turn.end()

    def _answer(self, key: str, frame: Frame) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    def _snapshot(self, frame: Frame) -> None:
        """A turn may have begun, or even ended, before the thread was followed."""
        turn, messages = self._turn, frame.get("messages")
        if turn is None or not messages or messages[-1]["role"] != "assistant":
            return
        last = messages[-1]
        if last["text"]:
            turn.take({"offset": 0, "text": last["text"]})
        if last["status"] == "complete" and frame["runs"][-1]["status"] in ENDED:
            turn.end()

    def _event(self, frame: Frame) -> None:
        stream, kind, payload = frame["stream"], frame["type"], frame["payload"]
        seq, epoch = self.places[stream]
        if frame["seq"] != seq + 1:
            raise ValueError(f"event {frame['seq']} of {stream} after {seq}")
        self.places[stream] = (frame["seq"], epoch)
        turn = self._turn
        if turn is None:
            return
        if kind == "message.completed":
            turn.whole(payload)
        elif kind == "run.status" and payload["run"]["status"] in ENDED:
            if payload["run"]["status"] != "completed":
                raise ValueError(f"the run ended: {payload['run']}")
            turn.end()
