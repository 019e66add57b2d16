"""Server-sent events out of bytes as they come. This is the hot path: every token passes here once.

Source: HTML, "Server-sent events", the parsing of an event stream. What lies outside it: ``id`` and
``retry`` are dropped, and bytes are not decoded here, so a character may be cut anywhere between
two chunks.
"""

import re

MANY = 2048  # bytes of a chunk in which whole events follow the end of one
LONGEST = 8 * 1024 * 1024  # bytes of one event; an encoded image fits, an endless line does not

Event = tuple[bytes, bytes]
"""Its type (empty when no ``event`` line named one) and its data."""


_USUAL = re.compile(rb"(?:event: ?([^\r\n]*)\n)?data: ?([^\r\n]*)\n\n")


class TooLong(ValueError):
    """An event is longer than ``LONGEST``."""


class Splitter:
    """Bytes in, whole events out. Comments, which servers send to keep a connection alive, give
    none.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []  # of a line whose end has not come
        self._held = 0  # bytes since the last blank line, near enough
        self._kind = b""
        self._data: list[bytes] = []
        self._first = True

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that ``chunk`` completes. Raises TooLong."""
        events: list[Event] = []
        if len(chunk) > MANY and self._is_within and (end := chunk.find(b"\n\n") + 2) > 1:
            events, chunk = self._by_line(chunk[:end]), chunk[end:]
        if not self._is_within:
            chunk = _usual(chunk, events)
            self._first = self._first and not events
        return events + self._by_line(chunk) if chunk else events

    @property
    def _is_within(self) -> bool:
        """Whether an event has begun."""
        return bool(self._pieces or self._data or self._kind)

    def _by_line(self, chunk: bytes) -> list[Event]:
        events: list[Event] = []
        self._held += len(chunk)
        if b"\n" not in chunk and b"\r" not in chunk and not self._ends_in_cr():
            self._pieces.append(chunk)
            self._check()
            return events
        text = b"".join([*self._pieces, chunk])
        self._pieces.clear()
        if b"\r" in text:
            text = self._line_feeds(text)
        lines = text.split(b"\n")
        if rest := lines.pop():
            self._pieces.insert(0, rest)
        events = [event for event in map(self._line, lines) if event]
        self._check()
        return events

    def end(self) -> Event | None:
        """What stood there when the stream ended, if it is an event but for its last blank line."""
        if line := b"".join(self._pieces).rstrip(b"\r"):
            self._line(line)
        self._pieces.clear()
        return self._line(b"")

    def _line(self, line: bytes) -> Event | None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif not line:
            return self._dispatch()
        elif line.startswith(b"event:"):
            self._kind = line[6:].removeprefix(b" ")
        elif line == b"data":
            self._data.append(b"")
        elif self._first and line.startswith(b"\xef\xbb\xbf"):
            self._first = False
            return self._line(line[3:])
        self._first = False
        return None

    def _dispatch(self) -> Event | None:
        kind, data = self._kind, self._data
        self._kind, self._data, self._held = b"", [], 0
        return (kind, data[0] if len(data) == 1 else b"\n".join(data)) if data else None

    def _ends_in_cr(self) -> bool:
        return bool(self._pieces) and self._pieces[-1].endswith(b"\r")

    def _line_feeds(self, text: bytes) -> bytes:
        """All line ends as line feeds. A CR at the end waits: it may be half of a CRLF."""
        if text.endswith(b"\r"):
            text = text[:-1]
            self._pieces.append(b"\r")
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _check(self) -> None:
        if self._held > self._longest:
            raise TooLong(f"an event of more than {self._longest} bytes")


def _usual(chunk: bytes, events: list[Event]) -> bytes:
    """Take the whole events of the usual form at the start of ``chunk``; returns what follows.

    It is how nearly every token comes, and costs a third of going line by line.
    """
    at = 0
    next_one = _USUAL.scanner(chunk).match  # type: ignore[attr-defined]
    while found := next_one():
        events.append((found[1] or b"", found[2]))
        at = found.end()
    return chunk[at:] if at else chunk
