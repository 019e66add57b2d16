"""Text as browsers count it and databases keep it.

Offsets and lengths are UTF-16 code units, what JavaScript's ``string.length`` counts. PostgreSQL
refuses U+0000 and no UTF-8 encoder takes half a surrogate pair, so every text that comes from
outside (model, tool, user) passes through this cleaner once, at the door.
"""

import math
import re
import zlib
from typing import Any

REPLACEMENT = "\ufffd"
_ODD = re.compile("[\x00\ud800-\udfff]")
_HIGH = re.compile("[\ud800-\udbff]$")


def units(text: str) -> int:
    """Length of ``text`` in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """``text`` with surrogate pairs joined, and lone halves and U+0000 replaced by U+FFFD."""
    if not _ODD.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\x00", REPLACEMENT)


def clean_json(value: Any) -> Any:
    """``value`` with every string in it cleaned, and numbers that JSON has no word for turned to
    null.
    """
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(str(key)): clean_json(item) for key, item in value.items()}
        case list() | tuple():
            return [clean_json(item) for item in value]
        case float() if not math.isfinite(value):
            return None
    return value


def checksum(text: str) -> int:
    """CRC-32 of the UTF-8 bytes: what ``message.completed`` carries and a client compares."""
    return zlib.crc32(text.encode())


class Cleaner:
    """The same cleaning for text that arrives in pieces: half a pair waits for its other half."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """What of the pieces so far can be shown."""
        if self._half:
            text = self._half + text
            self._half = ""
        if text.isascii() and "\x00" not in text:
            return text
        if _HIGH.search(text):
            self._half = text[-1]
            text = text[:-1]
        return clean(text)

    def end(self) -> str:
        """What was still waiting when the text ended: nothing, or a replacement for a lone half."""
        half, self._half = self._half, ""
        return REPLACEMENT if half else ""
