"""What the offline demo understands: from a request to what it says and which tools it calls."""

import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.providers import items as shape
from agents.providers import offline_words as words
from agents.providers.base import Item, ToolCall, TurnRequest

PACE = 0.02  # seconds between pieces: a reading pace that shows streaming
MOST_WORDS = 200_000

_PLACES = {
    "berlin": "Europe/Berlin",
    "london": "Europe/London",
    "new york": "America/New_York",
    "paris": "Europe/Paris",
    "sydney": "Australia/Sydney",
    "tokyo": "Asia/Tokyo",
    "zurich": "Europe/Zurich",
    "zürich": "Europe/Zurich",
}
_ASKED = re.compile(r"\b(?:what is|what's|calculate|compute|how much is|work out)\b", re.IGNORECASE)
_SUM = re.compile(r"(?:sqrt)?[-(]*\d(?:[\d.,()%^*/+×÷−\s-]|of\b|sqrt\b)*", re.IGNORECASE)
_OPERATOR = re.compile(r"[%^*/+×÷−-]|sqrt", re.IGNORECASE)
_TIME = re.compile(r"\btime\b[^.?!]*?\bin\s+([^\W\d_][\w/+. -]*)", re.IGNORECASE)
_NOW = re.compile(r"\bwhat time\b|\bcurrent time\b|\btime is it\b", re.IGNORECASE)
_STREAM = re.compile(
    r"\bstream\s+(\d+)\s+words?(?:\s+every\s+(\d+)\s*ms)?(.*)", re.IGNORECASE | re.DOTALL
)
_THINK = re.compile(r"\bthink\b", re.IGNORECASE)
_AFTER_PLACE = re.compile(r"\s+(?:and|right now|now|please)\b|\.\s", re.IGNORECASE)
_MEANT = re.compile(r"Did you mean ([\w/+-]+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """One answer: thoughts, pieces of text ``pace`` seconds apart, then calls; or a failure."""

    id: str
    pieces: Iterable[str] = ()
    calls: list[ToolCall] = field(default_factory=list)
    thoughts: str = ""
    pace: float = field(default_factory=lambda: PACE)
    fails: bool = False


def plan(request: TurnRequest) -> Plan:
    """What to answer. The same request gives the same plan."""
    asked, after = _last_question(request.items)
    id = f"offline_{zlib.crc32(json.dumps(request.items).encode()):08x}"
    if request.instructions.startswith(("Summarise", "Summarize")):
        return Plan(id, words.split(words.summary(request.items)))
    if streamed := _STREAM.search(asked):
        return _stream(id, streamed)
    if re.match(r"\W*fail\b", asked, re.IGNORECASE):
        return Plan(id, fails=True)
    thoughts = (
        words.thoughts(asked) if re.search(r"\bthink\b", asked, re.IGNORECASE) and not after else ""
    )
    wanted = _again(after) if after else _wanted(asked)
    offered = {tool.name for tool in request.tools}
    if wanted and offered.issuperset(name for name, _ in wanted):
        return Plan(id, calls=_numbered(request.items, wanted), thoughts=thoughts)
    if after:
        return Plan(id, words.split(words.told(after)))
    if wanted:
        missing = ", ".join(sorted({name for name, _ in wanted} - offered))
        text = f"That needs the tool {missing}, which this agent may not use."
        return Plan(id, words.split(text), thoughts=thoughts)
    if re.search(r"\bmarkdown\b", asked, re.IGNORECASE):
        return Plan(id, words.split(words.MARKDOWN), thoughts=thoughts)
    return Plan(id, words.split(words.reply(asked)), thoughts=thoughts)


def _last_question(items: list[Item]) -> tuple[str, list[Item]]:
    """The last thing a person said, and the calls and outputs since."""
    for index in range(len(items) - 1, -1, -1):
        if shape.is_user(items[index]):
            since = items[index + 1 :]
            done = any(item.get("type") == "function_call_output" for item in since)
            return shape.text_of(items[index]).strip(), since if done else []
    return "", []


def _stream(id: str, found: re.Match[str]) -> Plan:
    count = min(int(found[1]), MOST_WORDS)
    pace = PACE if found[2] is None else int(found[2]) / 1000
    pieces = (f" w{n}" if n > 1 else "w1" for n in range(1, count + 1))
    thoughts = words.thoughts(found[0]) if "think" in found[3].lower() else ""
    return Plan(id, pieces, thoughts=thoughts, pace=pace, fails="fail" in found[3].lower())


def _wanted(asked: str) -> list[tuple[str, dict[str, str]]]:
    """Which tools would answer, with their arguments."""
    both = re.search(r"\btwo tools\b|\bboth tools\b", asked, re.IGNORECASE)
    wanted: list[tuple[str, dict[str, str]]] = []
    if found := _expression(asked) or ("6 * 7" if both else ""):
        wanted.append(("calculate", {"expression": found}))
    if place := _TIME.search(asked):
        wanted.append(("current_time", {"zone": _zone(place[1])}))
    elif both or _NOW.search(asked):
        wanted.append(("current_time", {"zone": "UTC"}))
    return wanted


def _expression(asked: str) -> str:
    verb = _ASKED.search(asked)
    whole = _SUM.fullmatch(asked.rstrip("=? "))
    if not verb and not whole:
        return ""
    for found in _SUM.finditer(asked, verb.end() if verb else 0):
        text = re.sub(r"\s*\bof\s*$", "", found[0].strip(" ,.\n")).strip(" ,.")
        if _OPERATOR.search(text):
            return text
    return ""


def _zone(place: str) -> str:
    named = re.split(r"\s+(?:and|right now|now|please)\b|\.\s", place.strip(), flags=re.IGNORECASE)[
        0
    ]
    named = named.strip(" .")
    return _PLACES.get(named.lower(), named)


def _again(after: list[Item]) -> list[tuple[str, dict[str, str]]]:
    """A zone that the tool did not know and has a better name for is asked for once more."""
    calls = [item for item in after if item.get("type") == "function_call"]
    meant = _MEANT.search(str(after[-1].get("output", "")))
    times = [item for item in calls if item.get("name") == "current_time"]
    return [("current_time", {"zone": meant[1]})] if meant and len(times) == 1 else []


def _numbered(items: list[Item], wanted: list[tuple[str, dict[str, str]]]) -> list[ToolCall]:
    before = sum(item.get("type") == "function_call" for item in items)
    mark = zlib.crc32(json.dumps(items).encode())
    return [
        ToolCall(f"call_{mark:08x}_{before + n}", name, json.dumps(given, ensure_ascii=False))
        for n, (name, given) in enumerate(wanted, 1)
    ]
