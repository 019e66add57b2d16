"""The tool ``current_time``."""

import difflib
import functools
import unicodedata
import zoneinfo
from datetime import datetime
from typing import Annotated

from agents.tools.base import ToolContext, ToolRetry, tool


@tool(retry="safe", timeout=5)
def current_time(
    context: ToolContext,
    zone: Annotated[str, "IANA time zone, such as Europe/Zurich or America/New_York"] = "UTC",
) -> dict[str, str]:
    """The current date and time in a time zone."""
    now = datetime.now(_zone(zone.strip()))
    return {
        "zone": zone.strip(),
        "time": now.isoformat(timespec="seconds"),
        "weekday": now.strftime("%A"),
    }


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    # A folder such as "Europe" is an OSError; a path that leads out of the data is a ValueError.
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = ", ".join(suggestions(name))
        hint = f"Did you mean {near}?" if near else "Use a name such as Europe/Zurich."
        raise ToolRetry(f"{name[:80]!r} is not an IANA time zone. {hint}") from None


def suggestions(name: str) -> list[str]:
    """Up to five zones whose city or whole name is like ``name``."""
    wanted = _plain(name)
    cities = _by_city()
    near = difflib.get_close_matches(wanted, cities, n=5, cutoff=0.75)
    near += difflib.get_close_matches(wanted.rpartition("/")[2], cities, n=5, cutoff=0.75)
    return [cities[city] for city in dict.fromkeys(near)][:5]


@functools.cache  # listing the zones reads some 600 files
def _by_city() -> dict[str, str]:
    names = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules", "Factory"})
    whole = {_plain(name): name for name in names}
    return {_plain(name.rpartition("/")[2]): name for name in names if "/" in name} | whole


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return letters.replace(" ", "_")
