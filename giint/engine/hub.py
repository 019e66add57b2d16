"""Text to readers: what is in flight in this process, and who follows it.
docs/invariants/journal.md.

Lives on the event loop; nothing here is touched from another thread but ``news``. A message's text
is held once, in pieces; a reader has a place in it (``Cursor``) and takes what lies beyond when it
gets to run. So gathering costs nothing, a slow reader holds no queue of text, and joining is one
step without an ``await``.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from giint.core import journal
from giint.core.journal import News
from giint.core.text import units

if TYPE_CHECKING:
    from giint.engine.follower import Follower
    from giint.engine.relay import Relay

ENTRY = "entry_"  # how the ids of entries of transcripts begin; every other text is a message's
FRAME = 32_768  # units of text in one delta frame, so that acknowledgements come in between


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message written elsewhere: its attempt, and how much of its text and reasoning is here,
    in code points (what a database counts) and in UTF-16 units.
    """

    stream: str
    attempt: int
    points: tuple[int, int] = (0, 0)
    units: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Grown:
    """What a row has beyond that."""

    text: str
    reasoning: str


class LiveText:
    """One part (text or reasoning) of one attempt at one message: its pieces and where each
    begins.
    """

    __slots__ = ("_joined", "_joined_to", "_made", "length", "pieces", "points", "starts")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.starts: list[int] = []
        self.length = 0  # UTF-16 units
        self.points = 0  # code points, what a database counts
        self._joined = ""
        self._joined_to = 0
        self._made: tuple[int, int, str] = (-1, -1, "")

    def add(self, piece: str) -> None:
        if len(piece) > FRAME:  # a model that sends whole pages at once
            for begin in range(0, len(piece), FRAME):
                self.add(piece[begin : begin + FRAME])
            return
        self.starts.append(self.length)
        self.pieces.append(piece)
        self.length += units(piece)
        self.points += len(piece)

    def extend(self, offset: int, text: str) -> bool:
        """Add what of ``text``, which begins at ``offset``, lies beyond the end. False: there is a
        hole before it.
        """
        if offset > self.length:
            return False
        known = self.length - offset
        if known:
            text = text.encode("utf-16-le")[2 * known :].decode("utf-16-le", "replace")
        if text:
            self.add(text)
        return True

    def whole(self) -> str:
        """All of it, joined; what was joined before is not joined again."""
        if self._joined_to < len(self.pieces):
            self._joined += "".join(self.pieces[self._joined_to :])
            self._joined_to = len(self.pieces)
        return self._joined

    def from_place(self, place: int) -> tuple[int, int, str]:
        """(offset, next place, text) of what lies beyond ``place``, at most about ``FRAME``
        units.
        """
        end, size = place, 0
        while end < len(self.pieces) and size < FRAME:
            size += len(self.pieces[end])
            end += 1
        return self.starts[place], end, "".join(self.pieces[place:end])

    def frame(self, place: int, head: dict[str, Any]) -> tuple[int, str]:
        """(next place, delta frame) from ``place``. Readers that keep up share one encoding."""
        made_from, made_to, frame = self._made
        if made_from == place and made_to == len(self.pieces):
            return made_to, frame
        offset, end, text = self.from_place(place)
        frame = orjson.dumps({"op": "delta", **head, "offset": offset, "text": text}).decode()
        self._made = (place, end, frame)
        return end, frame


def noun_of(id: str) -> str:
    """What a text in flight is of: ``message``, or ``entry`` of a transcript."""
    return "entry" if id.startswith(ENTRY) else "message"


class LiveMessage:
    """A message, or an entry of a transcript, being written: which attempt, under which generation
    of its run, and its readers. Without a generation it is written in another process and only
    followed here.
    """

    __slots__ = (
        "attempt",
        "generation",
        "heads",
        "heard",
        "id",
        "readers",
        "reasoning",
        "run",
        "stream",
        "text",
    )  # fmt: skip

    def __init__(
        self, *, id: str, stream: str, attempt: int, run: str = "", generation: int | None = None
    ) -> None:
        self.id = id
        self.stream = stream
        self.run = run
        self.attempt = attempt
        self.generation = generation
        self.text = LiveText()
        self.reasoning = LiveText()
        self.readers: set[Follower] = set()
        self.heard = 0.0  # when it last grew (monotonic), if it is written elsewhere
        head = {noun_of(id): id, "attempt": attempt}
        self.heads = (head, {**head, "part": "reasoning"})

    @property
    def is_ours(self) -> bool:
        """Whether a run of this process writes it."""
        return self.generation is not None


class Hub:
    """What is live in this process: messages in flight by id, followers by stream."""

    def __init__(self) -> None:
        self.live: dict[str, LiveMessage] = {}
        self.grown: set[LiveMessage] = set()  # what the persister has not written yet
        self.followers: dict[str, set[Follower]] = defaultdict(set)
        self._waits: dict[str, tuple[float, dict[str, Any]]] = {}  # by thread: until when, and why
        self.relay: Relay | None = None  # the way to other processes, where there is one
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve this loop. A hub that moves to another loop starts empty."""
        if self._loop is not loop:
            self.live.clear()
            self.grown.clear()
            self.followers.clear()
            self._waits.clear()
            self._loop = loop
        if self.news not in journal.listeners:
            journal.listeners.append(self.news)

    # --- text -------------------------------------------------------------------------------------

    def open(self, message: LiveMessage) -> None:
        """A message begins to be written; an earlier attempt at it is forgotten. Readers that know
        of it already take their place.
        """
        self.live[message.id] = message
        for follower in tuple(self.followers.get(message.stream, ())):
            follower.opened(message)

    def add(self, message: LiveMessage, text: str, *, reasoning: bool = False) -> None:
        """More of the message's text. The hot path: once per delta."""
        (message.reasoning if reasoning else message.text).add(text)
        self.grown.add(message)
        if self.relay is not None:
            self.relay.touch(message)
        for follower in message.readers:
            follower.touch(message)

    def extend(self, message: LiveMessage, *, reasoning: bool, offset: int, text: str) -> bool:
        """More of a message that is written elsewhere. False: there is a hole before it."""
        part = message.reasoning if reasoning else message.text
        before = part.length
        message.heard = time.monotonic()
        if not part.extend(offset, text):
            return False
        if part.length > before:
            for follower in message.readers:
                follower.touch(message)
        return True

    def left(self, message: LiveMessage) -> None:
        """A reader let go of it. What is written elsewhere is kept for readers only."""
        if not message.readers and not message.is_ours and self.live.get(message.id) is message:
            del self.live[message.id]

    def close(self, message: LiveMessage) -> None:
        """The message is final in the database, or no longer ours. Readers keep their place until
        they pass it.
        """
        self.grown.discard(message)
        if self.live.get(message.id) is message:
            del self.live[message.id]
        for follower in tuple(message.readers):
            follower.closing(message)

    def progress(self, stream: str, call: str, payload: dict[str, Any]) -> None:
        """How far a running tool call is: only the latest is worth sending."""
        news = {"call": call, "payload": payload}
        self.said(stream, news)
        if self.relay is not None:
            self.relay.say(stream, call, news)

    def wait(self, stream: str, seconds: float, frame: dict[str, Any]) -> None:
        """A run of this thread waits. Live only: whoever follows it is told, and whoever comes
        before ``go_on``.
        """
        news = {"seconds": seconds, "frame": frame}
        self.said(stream, news)
        if self.relay is not None:
            self.relay.say(stream, "wait", news)

    def go_on(self, stream: str) -> None:
        """It waits no longer."""
        if self._waits.pop(stream, None) is not None and self.relay is not None:
            self.relay.say(stream, "wait", {"seconds": 0.0, "frame": {}})

    def said(self, stream: str, news: dict[str, Any]) -> None:
        """Something live that is kept nowhere, from this process or, by the relay, from another."""
        if "call" in news:
            for follower in self.followers.get(stream, ()):
                follower.progress(news["call"], news["payload"])
        elif news["seconds"] > 0:
            self._waits[stream] = (time.monotonic() + news["seconds"], news["frame"])
            for follower in self.followers.get(stream, ()):
                follower.noticed(stream)
        else:
            self._waits.pop(stream, None)

    def notice(self, stream: str) -> dict[str, Any] | None:
        """What the thread's run waits for, and for how many seconds more."""
        until, frame = self._waits.get(stream, (0.0, {}))
        left = until - time.monotonic()
        return {"op": "notice", **frame, "seconds": round(left, 1)} if left > 0 else None

    # --- followers --------------------------------------------------------------------------------

    def watch(self, stream: str, follower: "Follower") -> None:
        if not self.followers[stream] and self.relay is not None:
            self.relay.follow(stream)
        self.followers[stream].add(follower)

    def unwatch(self, stream: str, follower: "Follower") -> None:
        self.followers[stream].discard(follower)
        if not self.followers[stream]:
            del self.followers[stream]
            if self.relay is not None:
                self.relay.unfollow(stream)

    def unheard(self, patience: float) -> dict[str, Awaited]:
        """Messages that readers know to be written elsewhere and that nothing was heard of for
        ``patience`` seconds: the tick reads them from their rows.
        """
        now = time.monotonic()
        awaited: dict[str, Awaited] = {}
        for followers in self.followers.values():
            for follower in followers:
                for message, (stream, attempt) in follower.known.items():
                    live = self.live.get(message)
                    if live is None or live.attempt < attempt:
                        awaited[message] = Awaited(stream, attempt)
                    elif not live.is_ours and now - live.heard > patience:
                        awaited[message] = Awaited(
                            stream,
                            attempt,
                            (live.text.points, live.reasoning.points),
                            (live.text.length, live.reasoning.length),
                        )
        return awaited

    def grew(self, message: str, awaited: Awaited, grown: Grown) -> None:
        """The tick read this from a row."""
        live = self.live.get(message)
        if live is None or (not live.is_ours and live.attempt < awaited.attempt):
            live = LiveMessage(id=message, stream=awaited.stream, attempt=awaited.attempt)
            self.open(live)
        if not live.is_ours and live.attempt == awaited.attempt:
            text_at, reasoning_at = awaited.units
            self.extend(live, reasoning=True, offset=reasoning_at, text=grown.reasoning)
            self.extend(live, reasoning=False, offset=text_at, text=grown.text)
        self.left(live)

    # --- events -----------------------------------------------------------------------------------

    def news(self, news: Sequence[News]) -> None:
        """Events were committed (called in the thread that committed)."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._spread, news)

    def _spread(self, news: Sequence[News]) -> None:
        for item in news:
            for follower in self.followers.get(item.stream, ()):
                follower.hear(item)
        if self.relay is not None:
            self.relay.tell({item.stream: item.seq for item in news})

    def behind(self, places: dict[str, int]) -> None:
        """The tick saw these streams at these numbers: wake whoever is not there yet."""
        for stream, last in places.items():
            for follower in self.followers.get(stream, ()):
                follower.look(stream, last)


hub = Hub()
