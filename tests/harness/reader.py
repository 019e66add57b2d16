"""What a client knows, kept by the rules of docs/protocol.md, and whatever broke them.

Stricter than a client has to be: an event that comes again, a hole, text that differs where it
overlaps are written down as violations, where a browser would quietly put them right.
"""

import zlib
from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]
TERMINAL = ("completed", "failed", "cancelled", "interrupted")


@dataclass(slots=True)
class Told:
    """A message, or an entry of a transcript (its role is its kind), as this reader was told of it.
    Texts are UTF-16, as JavaScript counts.
    """

    stream: str
    role: str
    attempt: int
    status: str
    client_id: str | None
    texts: dict[str, bytearray]
    lost: bool = False  # deltas were left out for us; the whole is to come

    def text(self, part: str = "text") -> str:
        return self.texts[part].decode("utf-16-le", "surrogatepass")


@dataclass(slots=True)
class Reader:
    """Applies frames. ``places``: stream → (seq, epoch). ``stale``: streams to ask for anew."""

    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    messages: dict[str, Told] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)  # of calls
    threads: dict[str, Frame] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    snapshots: int = 0
    resyncs: int = 0

    def apply(self, frame: Frame) -> None:
        match frame["op"]:
            case "event":
                self._event(frame)
            case "delta":
                self._delta(frame)
            case "snapshot":
                self._snapshot(frame)
            case "subscribed":
                self._subscribed(frame)
            case "resync":
                self._resync(frame.get("message") or frame["entry"])

    def ended(self, run: str) -> bool:
        return self.runs.get(run) in TERMINAL

    def wrong(self, what: str) -> None:
        self.violations.append(what)

    # --- places -----------------------------------------------------------------------------------

    def _subscribed(self, frame: Frame) -> None:
        seq, epoch = self.places.get(frame["stream"], (0, ""))
        if frame["epoch"] != epoch or frame["seq"] < seq:
            self.wrong(f"subscribed to {frame} from {seq} of {epoch}")
        self.stale.discard(frame["stream"])

    def _snapshot(self, frame: Frame) -> None:
        self.snapshots += 1
        self.stale.discard(frame["stream"])
        self.places[frame["stream"]] = (frame["seq"], frame["epoch"])
        for row in frame.get("messages", []):
            self.messages[row["id"]] = _told(row, frame["stream"])
        for row in frame.get("entries", []):
            self.messages[row["id"]] = _told(_entry(row), frame["stream"])
        self.runs |= {row["id"]: row["status"] for row in frame.get("runs", [])}
        for row in frame.get("calls", []):
            self.calls[row["id"]], self.results[row["id"]] = row["status"], row["result"]
        self.threads |= {row["id"]: row for row in frame.get("threads", [])}

    def _event(self, frame: Frame) -> None:
        stream, seq = frame["stream"], frame["seq"]
        last, epoch = self.places.get(stream, (-1, ""))
        if seq <= last:
            self.wrong(f"repeat: {stream} {seq} after {last}")
            return
        if seq > last + 1:
            self.wrong(f"gap: {stream} {seq} after {last}")
            self.stale.add(stream)
            return
        self.places[stream] = (seq, epoch)
        self.types.add(frame["type"])
        handler = _EVENTS.get(frame["type"])
        if handler is None:
            return
        try:
            handler(self, stream, frame["payload"])
        except KeyError as missing:
            self.wrong(f"{frame['type']} of {missing}, which we were never told of")

    # --- events -----------------------------------------------------------------------------------

    def _created(self, stream: str, payload: Frame) -> None:
        row = payload["message"] | {"text": payload.get("text", payload["message"]["text"])}
        if row["id"] in self.messages:
            self.wrong(f"message {row['id']} was created twice")
        self.messages[row["id"]] = _told(row, stream)

    def _placed(self, stream: str, payload: Frame) -> None:
        self.messages[payload["message"]].status = "complete"

    def _requeued(self, stream: str, payload: Frame) -> None:
        self.messages[payload["message"]].status = "queued"

    def _removed(self, stream: str, payload: Frame) -> None:
        self.messages.pop(payload["message"])

    def _restarted(self, stream: str, payload: Frame) -> None:
        told = self.messages[payload["message"]]
        if payload["attempt"] <= told.attempt:
            self.wrong(f"restarted as attempt {payload['attempt']} after {told.attempt}")
        told.attempt, told.status, told.lost = payload["attempt"], "streaming", False
        told.texts = {"text": bytearray(), "reasoning": bytearray()}

    def _entered(self, stream: str, payload: Frame) -> None:
        row = payload["entry"]
        told = self.messages.get(row["id"])
        if told is None:
            told = self.messages[row["id"]] = _told(_entry(row), stream)
        if row["status"] == "streaming":
            if row["attempt"] > told.attempt:
                told.texts = {"text": bytearray(), "reasoning": bytearray()}
            elif row["attempt"] < told.attempt:
                self.wrong(f"{row['id']}: attempt {row['attempt']} after {told.attempt}")
            told.attempt, told.status, told.lost = row["attempt"], "streaming", False
            return
        told.status = "streaming"  # it may be told again: what it chose
        self._completed(stream, payload | row | {"message": row["id"]} | _texts(payload))

    def _completed(self, stream: str, payload: Frame) -> None:
        told = self.messages[payload["message"]]
        if told.status != "streaming" or payload["attempt"] != told.attempt:
            self.wrong(f"completed {payload} in {told.status}, attempt {told.attempt}")
        told.status, told.attempt, told.lost = payload["status"], payload["attempt"], False
        for part in ("text", "reasoning"):
            if payload.get(part) is not None:
                told.texts[part] = _utf16(payload[part])
        lengths = (payload["length"], payload["reasoning_length"])
        if (len(told.texts["text"]) // 2, len(told.texts["reasoning"]) // 2) != lengths:
            self.wrong(f"{payload['message']}: its text has not the length {lengths}")
            self.stale.add(stream)
        elif zlib.crc32(told.text().encode("utf-8", "replace")) != payload["checksum"]:
            self.wrong(f"{payload['message']}: its text has another checksum")
            self.stale.add(stream)

    def _run(self, stream: str, payload: Frame) -> None:
        run = payload["run"]
        if self.ended(run["id"]):
            self.wrong(f"run {run['id']} was {self.runs[run['id']]}, then {run['status']}")
        self.runs[run["id"]] = run["status"]

    def _tool_started(self, stream: str, payload: Frame) -> None:
        if payload["call"]["id"] in self.calls:
            self.wrong(f"call {payload['call']['id']} began twice")
        self.calls[payload["call"]["id"]] = payload["call"]["status"]

    def _tool_changed(self, stream: str, payload: Frame) -> None:
        if self.calls.get(payload["call"]) not in {"waiting", "ready", "running"}:
            self.wrong(f"call {payload['call']} is {payload['status']} after its end")
        self.calls[payload["call"]] = payload["status"]

    def _tool_completed(self, stream: str, payload: Frame) -> None:
        if self.calls.get(payload["call"]) not in {"running", "waiting"}:  # withdrawn, or denied
            self.wrong(f"call {payload['call']} ended without running")
        self.calls[payload["call"]] = payload["status"]
        self.results[payload["call"]] = payload["result"]

    def _thread_created(self, stream: str, payload: Frame) -> None:
        self.threads[payload["thread"]["id"]] = payload["thread"]

    def _thread_updated(self, stream: str, payload: Frame) -> None:
        if payload["thread"] in self.threads:
            self.threads[payload["thread"]] |= payload["changes"]

    # --- text in flight ---------------------------------------------------------------------------

    def _delta(self, frame: Frame) -> None:
        id_ = frame.get("message") or frame["entry"]
        told = self.messages.get(id_)
        if told is None:
            self.wrong(f"delta of the unknown text {id_}")
        elif frame["attempt"] < told.attempt:
            return  # late, and refused
        elif frame["attempt"] > told.attempt:
            self.wrong(f"delta of attempt {frame['attempt']} in attempt {told.attempt}")
            self.stale.add(told.stream)
        elif told.status != "streaming":
            self.wrong(f"delta of {id_}, which is {told.status}")
        else:
            self._put(told, frame.get("part", "text"), frame["offset"] * 2, _utf16(frame["text"]))

    def _put(self, told: Told, part: str, offset: int, new: bytearray) -> None:
        had = told.texts[part]
        if offset > len(had):
            if not told.lost:
                self.wrong(f"hole: offset {offset // 2} beyond {len(had) // 2}")
                self.stale.add(told.stream)
            return
        told.lost = told.lost and offset > 0
        both = min(len(had) - offset, len(new))
        if had[offset : offset + both] != new[:both]:
            self.wrong(f"at {offset // 2} the text differs where it overlaps")
            told.texts[part] = had[:offset] + new
        elif both < len(new):
            told.texts[part] = had[:offset] + new

    def _resync(self, message: str) -> None:
        self.resyncs += 1
        told = self.messages[message]
        told.texts, told.lost = {"text": bytearray(), "reasoning": bytearray()}, True
        self.stale.add(told.stream)


_EVENTS = {
    "message.created": Reader._created,
    "message.placed": Reader._placed,
    "message.requeued": Reader._requeued,
    "message.removed": Reader._removed,
    "message.restarted": Reader._restarted,
    "message.completed": Reader._completed,
    "transcript.entry": Reader._entered,
    "run.status": Reader._run,
    "tool.started": Reader._tool_started,
    "tool.changed": Reader._tool_changed,
    "tool.completed": Reader._tool_completed,
    "thread.created": Reader._thread_created,
    "thread.updated": Reader._thread_updated,
}


def _told(row: Frame, stream: str) -> Told:
    texts = {part: _utf16(row[part]) for part in ("text", "reasoning")}
    return Told(stream, row["role"], row["attempt"], row["status"], row["client_id"], texts)


def _utf16(text: str) -> bytearray:
    return bytearray(text.encode("utf-16-le", "surrogatepass"))


def _entry(row: Frame) -> Frame:
    return row | {"role": row["kind"], "client_id": None}


def _texts(payload: Frame) -> Frame:
    """The texts that came along; a row's own are empty."""
    return {part: payload.get(part) for part in ("text", "reasoning")}
