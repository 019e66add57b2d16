"""Bytes of other people's servers to text, whatever they say about themselves. Pure.

Only what pages are written in is decoded as it says: ``punycode`` is a codec too, and takes minutes
for a megabyte.
"""

import codecs
import re

_PAGES = re.compile(
    r"ascii|utf-8|utf-8-sig|utf-16(-[lb]e)?|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|tis-620"
    r"|gbk|gb2312|gb18030|big5(hkscs)?|euc_\w+|shift_jis\w*|iso2022_\w+"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)
_HEAD = 4_096  # bytes in which a page says what it is written in


def decoded(data: bytes, charset: str | None) -> str:
    """``data`` as text; what cannot be read is U+FFFD. Without a usable ``charset``: UTF-8."""
    return data.decode(_usable(charset) or "utf-8", errors="replace")


def of_page(data: bytes, charset: str | None) -> str:
    """An HTML page as text: by its mark, its header, its own words, else UTF-8 or windows-1252."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, errors="replace")
    said = _META.search(data[:_HEAD])
    name = _usable(charset) or _usable(said[1].decode("ascii") if said else None)
    if name:
        return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _usable(charset: str | None) -> str:
    try:
        name = codecs.lookup(charset or "").name
    except (LookupError, ValueError):  # a NUL in the name is a ValueError
        return ""
    return name if _PAGES.fullmatch(name) else ""
