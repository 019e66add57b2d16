"""What the model server is told to say, as data: replies, and the faults they are served with."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """How a reply goes wrong. Times in seconds; counts are of events of the stream."""

    hang_up: bool = False  # the connection is reset instead of an answer
    before_headers: float = 0.0
    before_events: float = 0.0  # after the headers
    between: float = 0.0
    chunk: int = 0  # bytes written at once: 1 cuts every character; 0 writes whole events
    cut_after: int | None = None  # then the connection is reset
    end_after: int | None = None  # then the body ends cleanly, without what was left
    raw: dict[int, str] = field(default_factory=dict)  # before this event, this text as it is
    drip_after: int | None = None  # then comments for ever
    drip_every: float = 0.05
    stall_after: int | None = None  # then nothing, and the connection stays open
    endless_after: int | None = None  # then this event for ever
    fill_after: int | None = None  # then a line without an end
    line_end: str = "\n"
    named: bool = True  # an ``event:`` line before each ``data:``, where the dialect has them
    numbered: bool = True  # a ``sequence_number`` in each event, where the dialect has them
    done: bool = False  # a last ``data: [DONE]``

    @property
    def holds(self) -> bool:
        """The answer is not cut: it just does not come."""
        ways = (self.drip_after, self.stall_after, self.endless_after, self.fill_after)
        return any(at is not None for at in ways)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the events of a stream, or, where ``body`` is given, that instead. A wire that
    keeps state makes the events itself, when it comes to it, from what is ``said``.
    """

    events: list[Event] = field(default_factory=list)
    said: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None  # a text goes out as it is, anything else as JSON
    fault: Fault = field(default_factory=Fault)

    def but(self, **changes: Any) -> "Reply":
        """The same reply with a fault: ``reply.but(cut_after=3)``."""
        return dataclasses.replace(self, fault=dataclasses.replace(self.fault, **changes))


def error(status: int, body: Any, **headers: str) -> Reply:
    """An HTTP error; ``retry_after="3"`` becomes the header ``retry-after``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=body, headers=named)


def load(path: Path) -> list[Reply]:
    """The replies in a file: a JSON list of objects with the fields of ``Reply``."""
    replies = []
    for row in json.loads(path.read_text()):
        fault = row.pop("fault", {})
        fault["raw"] = {int(at): text for at, text in fault.get("raw", {}).items()}
        replies.append(Reply(**row, fault=Fault(**fault)))
    return replies
