"""One reader: what it follows, how far it has got, and the frames it is to be sent.
docs/invariants/journal.md.

A follower is a websocket's or an SSE response's view of the hub. Whoever owns it iterates
``frames()`` in one task and sends each frame; that task never waits for more text, only for room or
for news.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from accounts.models import User
from giint.core.db import read_db
from giint.core.errors import NotFound
from giint.core.events import (
    Happening,
    MessageCompleted,
    MessageCreated,
    MessageRestarted,
    TranscriptEntered,
)
from giint.core.journal import News
from giint.engine import journal
from giint.engine.hub import Hub, LiveMessage, noun_of

WINDOW = 262_144  # bytes sent and not acknowledged: less than any server's own buffers take
BACKLOG = 1_048_576  # units of text waiting above that before deltas are left out
PATIENCE = 30.0  # seconds without acknowledgement while the window is shut
HELD = 1_000  # events held for a slow reader; beyond that it reads them from the journal


class TooSlow(Exception):
    """Nothing was acknowledged for ``PATIENCE`` seconds. The reader may come back and resume."""


@dataclass(slots=True)
class Watch:
    """A followed stream: the last seq that was sent; events that came while joining."""

    seq: int = 0
    ready: bool = False
    held: list[News] = field(default_factory=list)


class Follower:
    """See the module. ``encode`` makes a frame (bytes of JSON, as text) of a dict."""

    def __init__(self, hub: Hub, user: User) -> None:
        self._hub = hub
        self._user = user
        self._watched: dict[str, Watch] = {}
        self._replies: deque[str] = deque()
        self._news: deque[News] = deque()
        self.known: dict[str, tuple[str, int]] = {}  # streaming messages: stream and attempt
        self._places: dict[LiveMessage, list[int]] = {}  # [text, reasoning]: next piece to send
        self._grown: dict[LiveMessage, None] = {}  # an ordered set: who grew first is sent first
        self._stale: set[str] = set()  # streams whose events have to be read from the journal
        self._progress: dict[str, dict[str, Any]] = {}
        self._wake = asyncio.Event()
        self._sent = 0
        self._acked = 0

    # --- what the hub calls -----------------------------------------------------------------------

    def touch(self, message: LiveMessage) -> None:
        """A message this reader has a place in has grown."""
        self._grown[message] = None
        self._wake.set()

    def opened(self, message: LiveMessage) -> None:
        """A message begins to be written, or to be heard of, in this process."""
        if self.known.get(message.id) == (message.stream, message.attempt):
            self._take_place(message)

    def hear(self, news: News) -> None:
        """An event of a followed stream was committed."""
        watch = self._watched.get(news.stream)
        if watch is None:
            return
        if not watch.ready:
            watch.held.append(news)
            return
        if len(self._news) >= HELD:
            self._news.clear()
            self._stale.update(name for name, other in self._watched.items() if other.ready)
        self._news.append(news)
        self._wake.set()

    def look(self, stream: str, last: int) -> None:
        """The stream is at ``last``: if that is news, read the journal."""
        watch = self._watched.get(stream)
        if watch and watch.ready and last > watch.seq:
            self._stale.add(stream)
            self._wake.set()

    def closing(self, message: LiveMessage) -> None:
        """The message is final. A reader that is far behind lets go of its text now and gets it
        whole.
        """
        if self._lag(message) > BACKLOG:
            self._leave(message)

    def progress(self, call: str, payload: dict[str, Any]) -> None:
        self._progress[call] = payload
        self._wake.set()

    def noticed(self, stream: str) -> None:
        """What a run of the thread waits for, if it waits."""
        watch = self._watched.get(stream)
        notice = self._hub.notice(stream)
        if watch and watch.ready and notice:
            self.reply(notice)

    # --- what the interface calls -----------------------------------------------------------------

    def reply(self, frame: dict[str, Any]) -> None:
        """Send this frame as soon as there is room."""
        self._replies.append(encode(frame))
        self._wake.set()

    def ack(self, received: int) -> None:
        """The reader has ``received`` bytes in all. Numbers that make no sense are kept in
        bounds.
        """
        self._acked = max(self._acked, min(received, self._sent))
        self._wake.set()

    async def subscribe(self, stream: str, after: int | None, epoch: str | None) -> None:
        """Follow ``stream`` from ``after``: register, then read, then apply. Raises NotFound."""
        self.unsubscribe(stream)
        watch = self._watched[stream] = Watch()
        self._hub.watch(stream, self)
        try:
            start = await read_db(journal.join, self._user, stream, after, epoch)
        except BaseException:
            self.unsubscribe(stream)
            raise
        if self._watched.get(stream) is not watch:  # unsubscribed meanwhile
            return
        self._begin(stream, watch, start)

    def unsubscribe(self, stream: str) -> None:
        """Stop following; unknown streams are fine."""
        self._stale.discard(stream)
        self._news = deque(news for news in self._news if news.stream != stream)
        if self._watched.pop(stream, None) is None:
            return
        for message in [m for m, (its, _) in self.known.items() if its == stream]:
            self._forget(message)
        self._hub.unwatch(stream, self)

    def leave(self) -> None:
        """The reader is gone."""
        for stream in list(self._watched):
            self.unsubscribe(stream)

    @property
    def streams(self) -> list[str]:
        return list(self._watched)

    # --- frames out -------------------------------------------------------------------------------

    async def frames(self) -> AsyncGenerator[str]:
        """Frames in order, each as soon as it exists and there is room. Raises TooSlow."""
        while True:
            if self._sent - self._acked >= WINDOW:
                await self._room()
            if self._stale and not self._replies:
                await self._catch_up(self._stale.pop())
                continue
            frame = self._next()
            if frame is not None:
                self._sent += len(frame) if frame.isascii() else len(frame.encode())
                yield frame
            elif not self._stale:
                self._wake.clear()
                await self._wake.wait()

    async def _room(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE) as patience:
                acked = self._acked
                while self._sent - self._acked >= WINDOW:
                    self._wake.clear()
                    await self._wake.wait()
                    if self._acked > acked:
                        acked = self._acked
                        patience.reschedule(asyncio.get_running_loop().time() + PATIENCE)
        except TimeoutError:
            raise TooSlow from None
        for message in [m for m in self._places if self._lag(m) > BACKLOG]:
            self._leave(message)

    def _next(self) -> str | None:
        if self._replies:
            return self._replies.popleft()
        while self._news:
            frame = self._from_news(self._news[0])
            if frame is not None:
                return frame
            if self._stale:  # events before text
                return None
        while self._grown:
            frame = self._delta(next(iter(self._grown)))
            if frame is not None:
                return frame
        if self._progress:
            call = next(iter(self._progress))
            return encode({"op": "progress", "call": call, **self._progress.pop(call)})
        return None

    def _from_news(self, news: News) -> str | None:
        """The frame that comes next because of ``news``: itself, or text that must go first; None:
        it is dropped.
        """
        watch = self._watched.get(news.stream)
        if watch is None or news.stream in self._stale or news.seq <= watch.seq:
            self._news.popleft()
            return None
        if news.seq > watch.seq + 1:
            self._stale.add(news.stream)
            self._news.popleft()
            return None
        ended = _ends(news.event)
        if ended is not None and (delta := self._rest_of(ended[0])) is not None:
            return delta
        self._news.popleft()
        return self._event(watch, news)

    def _event(self, watch: Watch, news: News) -> str:
        event = news.event
        watch.seq = news.seq
        match event:
            case TranscriptEntered() if event.entry["status"] == "streaming":
                self._enter(news.stream, event.entry["id"], event.entry["attempt"])
            case MessageCompleted() | TranscriptEntered():
                id_, attempt = _ends(event) or ("", 0)
                if self._had_all(id_, attempt, event):
                    event = replace(event, text=None, reasoning=None)
                self._forget(id_)
            case MessageCreated() if event.message["status"] == "streaming":
                self._enter(news.stream, event.message["id"], event.message["attempt"])
            case MessageRestarted():
                self._enter(news.stream, event.message, event.attempt)
        return encode(
            {
                "op": "event",
                "stream": news.stream,
                "seq": news.seq,
                "type": event.type,
                "payload": event.payload(),
            }
        )

    async def _catch_up(self, stream: str) -> None:
        watch = self._watched.get(stream)
        if watch is None:
            return
        try:
            news = await read_db(journal.replay, self._user, stream, watch.seq)
        except NotFound:  # removed meanwhile; its owner's stream tells of it
            self.unsubscribe(stream)
            return
        if self._watched.get(stream) is not watch:
            return
        if news is None:  # pruned, or too much: begin anew
            await self.subscribe(stream, None, None)
            return
        self._news.extendleft(reversed(news))

    # --- places in live text ----------------------------------------------------------------------

    def _begin(self, stream: str, watch: Watch, start: "journal.Start") -> None:
        self._replies.append(encode(start.frame))
        watch.seq = start.after
        for news in start.news:
            self._replies.append(self._event(watch, news))
        for message_id, attempt in start.streaming:
            self._enter(stream, message_id, attempt)
        watch.ready = True
        self._news.extend(watch.held)
        watch.held.clear()
        self.noticed(stream)
        self._wake.set()

    def _enter(self, stream: str, message_id: str, attempt: int) -> None:
        """From here on the client knows this attempt at the message: its text may go out, from the
        beginning, as soon as it is here.
        """
        self._forget(message_id)
        self.known[message_id] = (stream, attempt)
        message = self._hub.live.get(message_id)
        if message is not None and message.attempt == attempt:
            self._take_place(message)
        elif self._hub.relay is not None:
            self._hub.relay.want(stream, message_id, attempt)

    def _take_place(self, message: LiveMessage) -> None:
        self._places[message] = [0, 0]
        message.readers.add(self)
        if message.text.length or message.reasoning.length:
            self.touch(message)

    def _delta(self, message: LiveMessage) -> str | None:
        place = self._places.get(message)
        if place is not None:
            for index, part in ((1, message.reasoning), (0, message.text)):
                if place[index] < len(part.pieces):
                    place[index], frame = part.frame(place[index], message.heads[index])
                    return frame
        self._grown.pop(message, None)
        return None

    def _rest_of(self, message_id: str) -> str | None:
        message = next((m for m in self._places if m.id == message_id), None)
        return self._delta(message) if message else None

    def _had_all(self, id_: str, attempt: int, event: MessageCompleted | TranscriptEntered) -> bool:
        return any(
            m.id == id_
            and m.attempt == attempt
            and m.text.length == event.length
            and m.reasoning.length == event.reasoning_length
            for m in self._places
        )

    def _lag(self, message: LiveMessage) -> int:
        place = self._places.get(message)
        if place is None or place[0] >= len(message.text.pieces):
            return 0
        return message.text.length - message.text.starts[place[0]]

    def _leave(self, message: LiveMessage, *, tell: bool = True) -> None:
        self._forget(message.id)
        if tell:
            self._replies.append(encode({"op": "resync", noun_of(message.id): message.id}))

    def _forget(self, message_id: str) -> None:
        self.known.pop(message_id, None)
        for message in [m for m in self._places if m.id == message_id]:
            del self._places[message]
            self._grown.pop(message, None)
            message.readers.discard(self)
            self._hub.left(message)


def _ends(event: Happening) -> tuple[str, int] | None:
    """Which text the event ends, and at which attempt."""
    match event:
        case MessageCompleted():
            return event.message, event.attempt
        case TranscriptEntered() if event.entry["status"] != "streaming":
            return event.entry["id"], event.entry["attempt"]
    return None


def encode(frame: dict[str, Any]) -> str:
    """A frame as it goes over the wire."""
    return orjson.dumps(frame).decode()
