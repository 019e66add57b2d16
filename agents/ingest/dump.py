"""JSON that people saved, cut into its objects while it is read: a chunk and one object are held,
never the whole.

A dump is one object, a list, ``{"object": "list", "data": […]}``, an object with several such lists
(``{"assistants": […], "threads": […]}``), or any of these one after another (JSON lines).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import orjson

from giint.core.errors import GiintError

CHUNK = 65_536  # bytes
LARGEST = 32 * 1_048_576  # bytes of one object: a thread with all of its messages may be one
DEPTH = 100  # brackets inside each other
# Members of an outermost object whose elements are objects of their own.
LISTS = frozenset(
    {
        *("data", "assistants", "agents", "prompts", "threads", "sessions", "conversations"),
        *("messages", "items", "runs", "files", "vector_stores"),
    }
)
_BLANK = re.compile(rb"[ \t\r\n\x1e]*")
_IN_TEXT = re.compile(rb'["\\]')
# Blanks, scalars and whole texts: everything up to the next bracket.
_FLAT = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_SCALAR_END = re.compile(rb"[\s,\]}:\x1e]")
_MARKS = {
    b"PK\x03\x04": "it is a ZIP archive; unpack it and give the JSON files in it, one by one",
    b"\x1f\x8b": "it is compressed; unpack it first",
    b"\xff\xfe": "it is UTF-16; save it as UTF-8",
    b"\xfe\xff": "it is UTF-16; save it as UTF-8",
    b"<": "it is a page of HTML, not JSON",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """An object of a dump. ``key``: the list it stood in, empty for an outermost one; ``group``:
    which outermost value it belongs to; ``at``: the byte it begins at.
    """

    key: str
    group: int
    at: int
    raw: bytes

    def value(self) -> Any:
        """What it says. Raises GiintError ``dump_broken``."""
        return parsed(self.raw, self.at)


def parsed(raw: bytes, at: int = 0) -> Any:
    """The JSON in ``raw``. Raises GiintError ``dump_broken`` with the byte at which it is none."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)  # takes half a surrogate pair and NaN, which orjson refuses
    except (ValueError, RecursionError) as error:
        place = at + getattr(error, "pos", 0)
        raise GiintError("dump_broken", f"at byte {place:,}") from None


def pieces(source: IO[bytes], most: int) -> Iterator[Piece]:
    """The objects of a dump of at most ``most`` bytes, each as soon as it is read. Of an outermost
    object with lists, what stands beside them comes last.

    Raises GiintError ``dump_too_large, dump_truncated, dump_broken``.
    """
    reader = _Reader(source, most)
    reader.begin()
    group = 0
    while first := reader.peek():
        if first == b"[":
            yield from _elements(reader, "", group)
        elif first == b"{":
            yield from _members(reader, group)
        else:
            raise reader.broken()
        group += 1


def _elements(reader: "_Reader", key: str, group: int) -> Iterator[Piece]:
    reader.expect(b"[")
    if reader.peek() == b"]":
        reader.expect(b"]")
        return
    while True:
        at, raw = reader.value()
        yield Piece(key, group, at, raw)
        if reader.peek() == b"]":
            break
        reader.expect(b",")
    reader.expect(b"]")


def _members(reader: "_Reader", group: int) -> Iterator[Piece]:
    at = reader.at
    reader.expect(b"{")
    rest: list[bytes] = []
    size = 0
    while reader.peek() != b"}":
        place, name = reader.value()
        key = parsed(name, place)
        if not isinstance(key, str):
            raise reader.broken(place)
        reader.expect(b":")
        if key in LISTS and reader.peek() == b"[":
            yield from _elements(reader, key, group)
        else:
            rest.append(name + b":" + reader.value()[1])
            size += len(rest[-1])
            if size > LARGEST:
                raise too_large()
        if reader.peek() != b"}":
            reader.expect(b",")
    reader.expect(b"}")
    yield Piece("", group, at, b"{" + b",".join(rest) + b"}")


def too_large() -> GiintError:
    return GiintError("dump_too_large", f"one object of it is over {LARGEST // 1_048_576} MiB")


class _Reader:
    """The bytes of a dump, as far as they are needed."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source = source
        self._most = most
        self._held = bytearray()
        self._pos = 0  # in what is held
        self._gone = 0  # bytes that were held before it

    @property
    def at(self) -> int:
        return self._gone + self._pos

    def begin(self) -> None:
        """Look at the first bytes. Raises ``dump_broken`` for what is another kind of file."""
        self._more()
        if self._held.startswith(b"\xef\xbb\xbf"):
            self._pos = 3
        for mark, why in _MARKS.items():
            if self._held[self._pos :].lstrip().startswith(mark):
                raise GiintError("dump_broken", why)

    def peek(self) -> bytes:
        """The next byte that is no blank; empty at the end."""
        while True:
            found = _BLANK.match(self._held, self._pos)
            self._pos = found.end() if found else self._pos
            if self._pos < len(self._held):
                return bytes(self._held[self._pos : self._pos + 1])
            if not self._more():
                return b""

    def expect(self, sign: bytes) -> None:
        found = self.peek()
        if not found:
            raise self._ended()
        if found != sign:
            raise self.broken()
        self._pos += 1

    def value(self) -> tuple[int, bytes]:
        """Where the next value begins, and its bytes."""
        first = self.peek()
        if not first:
            raise self._ended()
        self._drop()
        start = self.at
        end = self._nested() if first in b'{["' else self._scalar()
        if end == 0:
            raise self.broken()
        raw = bytes(self._held[:end])
        self._pos = end
        return start, raw

    def _nested(self) -> int:
        """The length of the object, list or text that begins what is held."""
        depth, pos = 0, 0
        while True:
            found = _FLAT.match(self._held, pos)
            pos = found.end() if found else pos
            if depth == 0 and pos:  # it is a text
                return self._text(0)
            if pos >= len(self._held):
                self._must_have_more()
                continue
            sign = self._held[pos : pos + 1]
            if sign == b'"':  # a text whose end is not held
                pos = self._text(pos)
                if depth == 0:
                    return pos
                continue
            depth += 1 if sign in b"{[" else -1
            pos += 1
            if depth == 0:
                return pos
            if depth > DEPTH:
                raise self.broken(why=f"nested more than {DEPTH} deep")
            if pos > LARGEST:
                raise too_large()

    def _text(self, pos: int) -> int:
        """Where the text ends that begins at ``pos``."""
        pos += 1
        while True:
            found = _IN_TEXT.search(self._held, pos)
            if found is None:
                pos = len(self._held)
                self._must_have_more()
                continue
            pos = found.end()
            if found.group() == b'"':
                return pos
            while pos >= len(self._held):
                self._must_have_more()
            pos += 1

    def _scalar(self) -> int:
        while True:
            found = _SCALAR_END.search(self._held, 0)
            if found:
                return found.start()
            if len(self._held) > CHUNK * 2:
                raise self.broken()
            if not self._more():
                return len(self._held)

    def _must_have_more(self) -> None:
        if len(self._held) > LARGEST:
            raise too_large()
        if not self._more():
            raise self._ended()

    def _more(self) -> bool:
        chunk = self._source.read(CHUNK)
        self._held += chunk
        if self._gone + len(self._held) > self._most:
            raise GiintError("dump_too_large", f"at most {self._most // 1_048_576} MiB")
        return bool(chunk)

    def _drop(self) -> None:
        """Let go of what was read."""
        del self._held[: self._pos]
        self._gone += self._pos
        self._pos = 0

    def broken(self, at: int | None = None, why: str = "") -> GiintError:
        place = f"at byte {self.at if at is None else at:,}"
        return GiintError("dump_broken", f"{place}: {why}" if why else place)

    def _ended(self) -> GiintError:
        return GiintError("dump_truncated", f"after {self._gone + len(self._held):,} bytes")
