"""A client: one socket at a time, a ``Reader``, and an outbox whose messages are repeated until
they are answered.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.harness.installation import Person
from tests.harness.reader import Frame, Reader
from tests.harness.server import Server

ACK_BYTES, ACK_SECONDS = 65_536, 0.25
SOON = 0.25  # seconds
GONE = (OSError, EOFError, ConnectionClosed, InvalidHandshake, InvalidMessage)


class Client:
    """A tab of ``person``. ``streams`` are followed, from where the reader stands, on every
    connection; ``curious``: so is every thread it hears of.
    """

    def __init__(
        self, server: Server, person: Person, *streams: str, curious: bool = False
    ) -> None:
        self.server = server
        self.person = person
        self.curious = curious
        self.reader = Reader()
        self.streams = list(streams)
        self.outbox: dict[str, Frame] = {}
        self.answers: dict[str, Frame] = {}
        self.connections = 0
        self.frames = 0  # of this connection
        self.strange: list[Frame] = []  # errors that nobody asked for
        self._socket: ClientConnection | None = None
        self._bytes = self._acked = 0
        self._acked_at = 0.0

    # --- the socket -------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect, follow the streams from where we stand, and repeat what was not answered."""
        self._socket = await connect(
            self.server.socket,
            origin=self.server.origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": self.person.cookie},
            compression=None,
            max_size=None,
            open_timeout=20,
        )
        self.connections += 1
        self.frames = self._bytes = self._acked = 0
        self._acked_at = time.monotonic()
        for stream in self.streams:
            await self._subscribe(stream)
        for frame in list(self.outbox.values()):
            await self.tell(frame)

    def drop(self) -> None:
        """The connection is gone, without a word to the server; what was under way is lost."""
        if self._socket is not None:
            self._socket.transport.abort()
            self._socket = None

    async def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(*GONE):
                await self._socket.close()
            self._socket = None

    async def tell(self, frame: Frame) -> None:
        if self._socket is not None:
            await self._socket.send(json.dumps(frame))

    async def step(self) -> None:
        """Take one frame, if one comes soon: apply it, acknowledge. Raises one of ``GONE``."""
        if self._socket is None:
            raise ConnectionError("no socket")
        try:
            async with asyncio.timeout(SOON):
                text = await self._socket.recv()
        except TimeoutError:
            return
        self.frames += 1
        self._bytes += len(text.encode() if isinstance(text, str) else text)
        frame: Frame = json.loads(text)
        self.reader.apply(frame)
        await self._answered(frame)
        await self._acknowledge()
        while self.reader.stale:
            await self._subscribe(self.reader.stale.pop())
        if self.curious:
            for thread in self.reader.threads:
                await self.follow(f"thread:{thread}")

    async def _answered(self, frame: Frame) -> None:
        if frame["op"] not in {"ok", "error"}:
            return
        sent = self.outbox.pop(frame["id"], None) if frame["id"] else None
        if sent is None and frame["op"] == "error":
            self.strange.append(frame)
        if frame["id"]:
            self.answers[frame["id"]] = frame
        if sent is not None and frame["op"] == "ok" and "thread" in frame:
            await self.follow(f"thread:{frame['thread']}")

    async def follow(self, stream: str) -> None:
        if stream not in self.streams:
            self.streams.append(stream)
            await self._subscribe(stream)

    async def _subscribe(self, stream: str) -> None:
        after, epoch = self.reader.places.get(stream, (None, None))
        await self.tell({"op": "subscribe", "stream": stream, "after": after, "epoch": epoch})

    async def _acknowledge(self) -> None:
        now = time.monotonic()
        if self._bytes - self._acked < ACK_BYTES and now - self._acked_at < ACK_SECONDS:
            return
        self._acked, self._acked_at = self._bytes, now
        await self.tell({"op": "ack", "bytes": self._bytes})

    # --- what a person does -----------------------------------------------------------------------

    async def send(self, id: str, text: str, thread: str | None = None, **more: Any) -> None:
        """Send a message, now and again until it is answered."""
        self.outbox[id] = {"op": "send", "id": id, "text": text, "thread": thread, **more}
        with contextlib.suppress(*GONE):
            await self.tell(self.outbox[id])

    async def live(self, until: Callable[[], bool], within: float = 60.0) -> None:
        """Take frames until the condition holds; whenever the socket is gone, open another one."""
        try:
            async with asyncio.timeout(within):
                while not until():
                    try:
                        if self._socket is None:
                            await self.open()
                        await self.step()
                    except GONE:
                        self._socket = None
                        await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(self._where()) from None

    async def catch_up(self) -> None:
        """Take frames until this reader stands where the journal stands."""
        rows = self.server.installation.rows("SELECT name, last_seq FROM journal_stream")
        last = {row["name"]: row["last_seq"] for row in rows}
        places = self.reader.places
        await self.live(
            lambda: (
                not self.reader.stale
                and all(
                    stream in places and places[stream][0] >= last[stream]
                    for stream in self.streams
                )
            )
        )

    def all_ended(self) -> bool:
        """Whether all that we sent was taken, and every run we know of has ended."""
        taken = [frame["run"] for frame in self.answers.values() if "run" in frame]
        return not self.outbox and all(map(self.reader.ended, [*taken, *self.reader.runs]))

    def _where(self) -> str:
        reader = self.reader
        return (
            f"waited too long: places {reader.places}, runs {reader.runs}, outbox "
            f"{list(self.outbox)}, answers {self.answers}, strange {self.strange}, "
            f"violations {reader.violations}, log: {self.server.log.read_text()[-3000:]}"
        )
