"""``docs/reliability.md``, made from the results."""

from collections.abc import Iterator

from tests.faults.figures import bound
from tests.faults.results import FILE, Row, read
from tests.faults.table import LINES
from tests.faults.upstream import FAULTS, WIRES

PAGE = FILE.with_suffix(".md")
HEAD = """# Reliability

What GIINT promises of a stream: **at least once on the wire, applied once by (epoch, seq)**. A
client may be sent an event again; by its number it knows that it has it, and applies it once. What
a tool does outside is done at least once, unless the tool takes our call id as its idempotency key;
a call that was cut short and may not be made again is reported as of *unknown outcome*.

`make faults` breaks things on purpose, against real servers, sockets, databases and a real Redis,
and lets one checker (`tests/harness/checker.py`) compare what every client applied, the journal and
the rows: the same text, numbers without gap or repeat, one end to every run, tool effects counted.
`make faults ONLY=8,12 TRIALS=100 SEED=abc` plays some of it; each time adds to
`docs/reliability.jsonl`, of which this page is made. A quick version of every line is in
`make test`; `python -m tests.faults --controls` plays the controls alone.

A *trial* is a conversation that the fault hit (what exactly, says the line's module in
`tests/faults/lines/`); one fault, such as a kill, may hit several. *Lost*, *repeated* and *without
an end* count findings of the checker. The *bound* says how many of 1,000 trials may show damage in
the long run, at most, with 95% confidence (Clopper and Pearson; with no damage about 3 ÷ trials);
it takes trials for independent, which those that share a fault are not quite. The *control* plays
the same with a guard taken away, and has to show the very damage that the guard is there for in
most of its trials: a harness that finds nothing there would prove nothing here. Each line has what
its latest commit came to.

"""
UPSTREAM = """## What a model server may do wrong

Lines 14 to 20 (refused keys, limits, failures, silence, what is not the protocol, cut streams,
streams without an end) are tests and part of `make test`: {faults} faults, each in {dialects}
dialects, {cases} cases against a real server over loopback HTTP
(`tests/faults/test_upstream_faults.py`; the table is in `tests/faults/upstream.py`).

"""
DEPLOYMENT = """## Two servers and two workers, any of them killed

`python -m tests.faults.deploy --minutes 5`: two web servers and two workers on PostgreSQL and
Redis, one of the four killed with -9 every few seconds. Each conversation is followed at both
servers.

"""
FOUND = """## What it has found

Mended, each with a test of its own, before the figures above were taken:

- A PostgreSQL that restarted at the wrong moment left a run that was some process's by its row and
  nobody's in fact: nothing ended it. A socket whose reading failed stayed open and said nothing.
- Text in Redis was appended. After a flush a reader could take later text for earlier, of the same
  length; a Redis that was paused could append a piece twice. Each piece is now put at its place.
- The Redis library's own tries took up to ten seconds, in which health did not say "degraded".

And in the harness and the tests themselves, when the machine had ten times more to do than it can:

- What was waited for after a kill was counted from before it, so that slow starts of servers
  looked like runs without an end (line 3 at commit ccf3380 in the file). A tab left before the
  other one had sent (line 6 at commit dac1581). A process was paused in the middle of a transaction
  on SQLite, and with its lock it stopped everybody.

"""
COLUMNS = (
    *("", "fault", "trials", "faults", "events", "lost", "repeated", "without an end"),
    *("bound, of 1,000", "control damaged"),
)


def write() -> None:
    PAGE.write_text(make(read()))


def make(rows: list[Row]) -> str:
    """The page. Every line's results of the latest commit at which it was played are added up."""
    parts = [HEAD, _cells(*COLUMNS), "|--:|---" + "|--:" * 8 + "|\n"]
    parts += [*(_line(number, found) for number, found in latest(rows)), "\n"]
    parts += _without(rows)
    parts.append(_upstream())
    parts += _deployments(rows)
    parts.append(FOUND)
    parts += _notes(rows)
    return "".join(parts).rstrip() + "\n"


def latest(rows: list[Row]) -> Iterator[tuple[int, list[Row]]]:
    """By line, what was played at the latest commit at which it was."""
    for number in LINES:
        mine = [row for row in rows if row["line"] == number]
        if mine:
            yield number, [row for row in mine if row["commit"] == mine[-1]["commit"]]


def _line(number: int, rows: list[Row]) -> str:
    total = {
        name: sum(row[name] for row in rows)
        for name in ("trials", "faults", "events", "lost", "repeated", "unended", "damaged")
    }
    at_most = 1000 * bound(total["damaged"], total["trials"])
    damaged = sum(row["control"]["damaged"] for row in rows)
    of = sum(row["control"]["trials"] for row in rows)
    counts = [total[name] for name in ("trials", "faults", "events", "lost", "repeated", "unended")]
    told = f"{at_most:.1f}", f"{damaged} of {of}"
    return _cells(number, LINES[number].title, *counts, *told)


def _cells(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |\n"


def _without(rows: list[Row]) -> list[str]:
    """What each control does without."""
    there = [number for number, _ in latest(rows)]
    if not there:
        return []
    said = [f"| {number} | {LINES[number].without} |\n" for number in there]
    return ["## What the controls do without\n\n", "| | |\n|--:|---|\n", *said, "\n"]


def _upstream() -> str:
    faults, dialects = len(FAULTS), len(WIRES)
    return UPSTREAM.format(faults=faults, dialects=dialects, cases=faults * dialects)


def _deployments(rows: list[Row]) -> list[str]:
    found = [row for row in rows if row["line"] == "deploy"]
    if not found:
        return []
    said = [
        f"- {row['faults']} kills in {row['seconds']} s, {row['trials']} conversations, "
        f"{row['events']} events: {row['lost']} lost, {row['repeated']} repeated, "
        f"{row['unended']} without an end ({row['when']}, commit {row['commit']}, "
        f"seed {row['seed']}).\n"
        for row in found
    ]
    return [DEPLOYMENT, *said, "\n"]


def _notes(rows: list[Row]) -> list[str]:
    said = ["## Notes of the latest runs\n\n"]
    for number, found in latest(rows):
        last = found[-1]
        told = "; ".join(f"{name}: {value:g}" for name, value in last["notes"].items())
        where = f"{last['when']}, commit {last['commit']}, {last['machine']}, seed {last['seed']}"
        said.append(f"- {number}: {told + '; ' if told else ''}{where}, {last['seconds']} s.\n")
    return said if len(said) > 1 else []
