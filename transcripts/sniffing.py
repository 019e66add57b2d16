"""What a file is, by its bytes, and what it may be called. What it says it is does not count."""

import re
import unicodedata
from pathlib import PurePosixPath

import puremagic

from giint.core.errors import BadField
from giint.core.text import clean

HEAD = 65_536  # bytes that are looked at
NAME = 200  # characters
UNKNOWN = "application/octet-stream"
# Texts are told apart by how they begin, or by their name where that runs no script anywhere.
_MARKUP = re.compile(r"<\s*(svg|html|!doctype\s+html|script|body|head|iframe)\b", re.IGNORECASE)
_BY_NAME = {
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".json": "application/json",
    ".xml": "application/xml",
}
_WRITTEN = {
    "%PDF-": "application/pdf",
    "{\\rtf": "application/rtf",
    "%!PS": "application/postscript",
}
# A browser runs what is in these; they are given out as bytes.
ACTIVE = ("html", "svg", "xml", "javascript", "ecmascript", "flash", "pdf")


def sniffed(head: bytes, name: str) -> str:
    """The media type of a file that begins with ``head`` (up to ``HEAD`` bytes)."""
    if not head:
        return UNKNOWN
    suffix = PurePosixPath(name).suffix.lower()
    text = _as_text(head)
    if text is not None:
        if markup := _MARKUP.search(text):
            return "image/svg+xml" if markup[1].lower() == "svg" else "text/html"
        written = next((kind for mark, kind in _WRITTEN.items() if text.startswith(mark)), "")
        return written or _BY_NAME.get(suffix, "text/plain")
    try:
        found = [one for one in puremagic.magic_string(head) if one.mime_type]
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    # Several kinds begin alike (all office documents are archives): then its name chooses.
    same = [one for one in found if one.extension.lower() == suffix]
    chosen = next(iter(same or found), None)
    return str(chosen.mime_type)[:100] if chosen else UNKNOWN


def served_as(kind: str) -> str:
    """The Content-Type a file of that type is given out with: never one that a browser runs."""
    return UNKNOWN if any(word in kind.lower() for word in ACTIVE) else kind


def clean_name(name: str) -> str:
    """``name`` as it is kept: no control or direction characters, at most ``NAME`` characters.

    Raises BadField for one that is a path.
    """
    name = "".join(
        char for char in clean(name) if unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp")
    ).strip()
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        raise BadField(file="The name of a file is not empty, and is no path.")
    path = PurePosixPath(name)
    return f"{path.stem[: NAME - len(path.suffix[:20])]}{path.suffix[:20]}"


def _as_text(head: bytes) -> str | None:
    """``head`` if it is text (UTF-8, or UTF-16 with its mark); the end of it may be cut."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    for cut in range(4 if len(head) == HEAD else 1):
        try:
            text = head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None
