"""The invariants: what every reader has == the journal == the rows, and everything has its end."""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.harness.client import Client
from tests.harness.installation import Installation, Row
from tests.harness.reader import TERMINAL, Told

EVENTS = """
    SELECT s.name AS stream, s.last_seq, s.first_seq, e.seq, e.type, e.payload
    FROM journal_stream s JOIN journal_event e ON e.stream_id = s.id ORDER BY s.id, e.seq
"""


def check(
    installation: Installation, clients: Iterable[Client], sent: Iterable[str] = ()
) -> list[str]:
    """Whatever is wrong, in words; nothing, if all is well. ``sent``: the client ids of everything
    that was sent.
    """
    clients = list(clients)
    messages = installation.rows("SELECT * FROM giint_message")
    every = installation.rows("SELECT * FROM giint_run")
    runs = [run for run in every if run["parent_id"] is None]
    events = [_parsed(row) for row in installation.rows(EVENTS)]
    return [
        *_numbers(events),
        *_endings(runs, events),
        *_texts(messages, events),
        *(f"child {r['id']} is {r['status']}" for r in every if r["status"] not in TERMINAL),
        *_left_open(installation),
        *(wrong for client in clients for wrong in _entries(client, installation)),
        *_once(messages, runs, sent),
        *_effects(installation),
        *(wrong for client in clients for wrong in _client(client, messages, runs, events)),
    ]


def _parsed(row: Row) -> Row:
    payload = row["payload"]
    return row | {"payload": json.loads(payload) if isinstance(payload, str) else payload}


def _numbers(events: list[Row]) -> list[str]:
    """seq without gap or repeat, up to where the stream says that it stands."""
    wrong = []
    by_stream = defaultdict(list)
    for event in events:
        by_stream[event["stream"]].append(event)
    for stream, rows in by_stream.items():
        expected = list(range(rows[0]["first_seq"], rows[0]["last_seq"] + 1))
        if [row["seq"] for row in rows] != expected:
            wrong.append(f"journal of {stream}: {[row['seq'] for row in rows]}")
    return wrong


def _endings(runs: list[Row], events: list[Row]) -> list[str]:
    """Every run has one end, told by one event."""
    told: Counter[str] = Counter()
    for event in events:
        if event["type"] == "run.status" and event["payload"]["run"]["status"] in TERMINAL:
            told[event["payload"]["run"]["id"]] += 1
    wrong = [f"run {r['id']} is {r['status']}" for r in runs if r["status"] not in TERMINAL]
    return wrong + [
        f"run {r['id']} ended {told[r['id']]} times in the journal"
        for r in runs
        if told[r["id"]] != 1
    ]


def _texts(messages: list[Row], events: list[Row]) -> list[str]:
    """What an event says of a text is true of the row."""
    wrong = []
    completed, whole = defaultdict(list), set[str]()
    for event in events:
        if event["type"] == "message.created" and event["payload"]["message"]["status"] != (
            "streaming"
        ):
            whole.add(event["payload"]["message"]["id"])
        if event["type"] == "message.completed":
            completed[event["payload"]["message"]].append(event["payload"])
    for row in messages:
        if row["status"] not in {"complete", "partial"}:
            wrong.append(f"message {row['id']} is {row['status']}")
        if row["role"] != "assistant":
            continue
        ends = completed[row["id"]]
        if row["id"] in whole:  # the result of a command: written in one go
            continue
        if len(ends) != 1:
            wrong.append(f"message {row['id']} was completed {len(ends)} times")
        elif ends[0]["checksum"] != zlib.crc32(row["text"].encode()):
            wrong.append(f"message {row['id']}: the row is not the text that was told of")
    return wrong


def _entries(client: Client, installation: Installation) -> Iterable[str]:
    """What this reader has of transcripts that it was told of, against their rows."""
    rows = installation.rows("SELECT * FROM transcripts_transcriptentry")
    for row in rows:
        if row["status"] == "streaming":
            yield f"entry {row['id']} is left open"
        if row["id"] in client.reader.messages:
            yield from _message(client.reader.messages[row["id"]], row)


def _left_open(installation: Installation) -> list[str]:
    steps = installation.rows("SELECT id FROM giint_step WHERE state = 'open'")
    calls = installation.rows("SELECT id FROM transcripts_tooloutput WHERE status = 'running'")
    return [f"{row['id']} is left open" for row in steps + calls]


def _once(messages: list[Row], runs: list[Row], sent: Iterable[str]) -> list[str]:
    """Each message that was sent is there once, and was answered once."""
    written = Counter(row["client_id"] for row in messages if row["client_id"])
    started = Counter(row["client_id"] for row in runs if row["client_id"])
    wrong = [
        f"{id}: {written[id]} messages, {started[id]} runs"
        for id in sent
        if written[id] != 1 or started[id] != 1
    ]
    return wrong + [f"{id} was sent by nobody" for id in set(written) - set(sent)]


def _effects(installation: Installation) -> list[str]:
    marks = Counter(installation.effects())
    return [f"{id} took effect {count} times" for id, count in marks.items() if count > 1]


def _client(
    client: Client, messages: list[Row], runs: list[Row], events: list[Row]
) -> Iterable[str]:
    """What this reader has, against the rows of the threads it follows."""
    reader = client.reader
    yield from reader.violations
    yield from (f"refused: {frame}" for frame in client.strange)
    last = {event["stream"]: event["last_seq"] for event in events}
    for stream, (seq, _) in reader.places.items():
        if seq != last.get(stream, 0):
            yield f"a reader of {stream} stands at {seq} of {last.get(stream, 0)}"
    followed = {stream.removeprefix("thread:") for stream in reader.places}
    for row in messages:
        if row["thread_id"] in followed:
            yield from _message(reader.messages.get(row["id"]), row)
    for row in runs:
        if row["thread_id"] in followed and reader.runs.get(row["id"]) != row["status"]:
            yield f"run {row['id']} is {row['status']}, told {reader.runs.get(row['id'])}"


def _message(told: Told | None, row: Row) -> Iterable[str]:
    if told is None:
        yield f"message {row['id']} was never told"
    elif told.text() != row["text"]:
        yield f"message {row['id']}: a reader has other text than the row"
    elif told.text("reasoning") != row["reasoning"]:
        yield f"message {row['id']}: a reader has other reasoning than the row"
    elif (told.status, told.attempt) != (row["status"], row["attempt"]):
        yield f"message {row['id']} is told as {told.status}, attempt {told.attempt}"
