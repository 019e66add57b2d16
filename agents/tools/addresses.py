"""URL templates of HTTP functions: arguments fill places in it and change nothing else. Pure.

``https://api.example.org/clients/{id}/offices?city={city}``: a place is within a path segment or
a value of the query. Scheme, host and port are literal. What fills a place is percent-encoded;
in the path it may hold no slash, backslash or per cent sign (servers that decode twice would climb)
and no segment may come out as ``.`` or ``..``. A query value that is not given leaves the whole
pair out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from giint.core.net import check_url
from giint.core.text import clean

LONGEST = 500  # characters of a template
LONGEST_FILLED = 4_000  # characters of a URL: what servers commonly take
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,63})\}")
_LITERAL = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%-]*")
_ENCODED = re.compile(r"%(?:2[ef]|5c|00|25)|%(?![0-9a-f]{2})", re.IGNORECASE)
_ODD = re.compile(r"[/\\%\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """A template, taken apart. ``segments`` and the values of ``pairs`` may hold places."""

    origin: str
    segments: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    @property
    def needed(self) -> set[str]:
        """The names in the path: without one of them there is no URL."""
        return {name for segment in self.segments for name in _PLACE.findall(segment)}

    @property
    def names(self) -> set[str]:
        """Every name that has a place."""
        return self.needed | {name for _, value in self.pairs for name in _PLACE.findall(value)}

    def fill(self, arguments: Mapping[str, Any]) -> str:
        """The URL, already encoded. Raises ValueError with a sentence for the model."""
        path = "/".join(_segment(segment, arguments) for segment in self.segments)
        pairs = [
            f"{name}={_filled(value, arguments)}"
            for name, value in self.pairs
            if all(arguments.get(one) is not None for one in _PLACE.findall(value))
        ]
        url = f"{self.origin}{path}" + (f"?{'&'.join(pairs)}" if pairs else "")
        if len(url) > LONGEST_FILLED:
            raise ValueError(f"The arguments are too long for a URL of {LONGEST_FILLED} characters")
        return url


def address(template: str) -> Address:
    """The template, taken apart. Raises ValueError with a sentence for whoever wrote it, and
    GiintError ``address_refused`` for a host that may not be called.
    """
    if len(template) > LONGEST:
        raise ValueError(f"The URL is longer than {LONGEST} characters.")
    if "#" in template:
        raise ValueError("A URL that is called has no part behind a #.")
    head = re.match(r"(https?://[^/?{}]+)(/[^?]*)?(?:\?(.*))?$", template)
    if head is None:
        raise ValueError(
            "The URL begins with http:// or https:// and a host that holds no {place}; "
            "a path begins with a slash."
        )
    origin, path, query = head[1], head[2] or "/", head[3]
    check_url(f"{origin}/")
    parts = urlsplit(origin)
    if parts.path or parts.query:
        raise ValueError("The URL cannot be read.")
    segments = tuple(path.split("/"))
    for number, segment in enumerate(segments):
        _judge_segment(segment, number in (0, len(segments) - 1))
    return Address(
        origin, segments, tuple(_pair(pair) for pair in (query or "").split("&") if pair)
    )


def _judge_segment(segment: str, may_be_empty: bool) -> None:
    literal = _PLACE.sub("", segment)
    if not segment and not may_be_empty:
        raise ValueError("The path of the URL has two slashes in a row.")
    if not _LITERAL.fullmatch(literal) or _ENCODED.search(literal):
        raise ValueError(f"The path of the URL holds what may not stand there: {segment[:60]!r}.")
    if segment in (".", ".."):
        raise ValueError("The path of the URL climbs; write it without . and .. segments.")


def _pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if _PLACE.search(name):
        raise ValueError("In the query of the URL only values have places, not names.")
    literal = name + _PLACE.sub("", value)
    if not name or not equals or not re.fullmatch(_LITERAL.pattern[:-2] + "/?]*", literal):
        raise ValueError(f"The query of the URL cannot be read at {pair[:60]!r}.")
    if re.search(r"%(?![0-9A-Fa-f]{2})", literal):
        raise ValueError(f"The query of the URL has a lone % at {pair[:60]!r}.")
    return name, value


def _segment(segment: str, arguments: Mapping[str, Any]) -> str:
    names = _PLACE.findall(segment)
    for name in names:
        value = _text(name, arguments.get(name))
        if not value:
            raise ValueError(f"{name} may not be empty")
        if _ODD.search(value):
            raise ValueError(
                f"{name} may not hold a slash, a backslash, a % or a control character"
            )
    filled = _filled(segment, arguments)
    if names and (filled.strip(".") == "" or filled.startswith("..")):
        raise ValueError(f"{', '.join(names)} may not make a path that climbs")
    return filled


def _filled(text: str, arguments: Mapping[str, Any]) -> str:
    return _PLACE.sub(lambda found: quote(_text(found[1], arguments.get(found[1])), safe=""), text)


def _text(name: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return clean(value)
        case int() | float():
            return str(value)
    raise ValueError(f"{name} must be a text, a number, true or false")
