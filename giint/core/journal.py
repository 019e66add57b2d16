"""The one way to emit. Rules and proofs: docs/invariants/journal.md.

``append`` is the last statement before the commit. Taking a stream's next number locks its row, so
that numbers become visible in the order in which they were taken; readers can trust that nothing
appears below what they read.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from giint.core.events import Happening
from giint.core.models import Event, Stream
from giint.core.prepared import Given, Update, insert


@dataclass(frozen=True, slots=True)
class News:
    """One committed event on its way to the readers of this process."""

    stream: str
    seq: int
    event: Happening


_TAKE = Update(
    lambda: Stream.objects.filter(name=Given("name")), last_seq=F("last_seq") + Given("count")
)
Listener = Callable[[Sequence[News]], None]
# Called after each commit, in the thread that committed. The hub is the only listener; tests add
# theirs.
listeners: list[Listener] = []


def append(stream: str, event: Happening) -> int:
    """Write ``event`` to ``stream`` and return its seq. See ``append_all``."""
    return append_all((stream, event))[0].seq


def append_all(*pairs: tuple[str, Happening]) -> list[News]:
    """Write events to their streams, in the order given within each stream; the push is on commit.

    Streams are locked threads before users, then by name: with any other order two writers can wait
    for each other for good (40 pairs of writers: 24 deadlocks in the order of writing, none in this
    one). Raises RuntimeError outside ``atomic()``: an event without its rows must not exist.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("journal.append needs the transaction that changes the rows")
    by_stream: dict[str, list[Happening]] = defaultdict(list)
    for name, event in pairs:
        by_stream[name].append(event)
    news: list[News] = []
    rows: list[Event] = []
    for name in sorted(by_stream, key=_lock_order):
        events = by_stream[name]
        stream_id, last = _take(name, len(events))
        for seq, event in enumerate(events, start=last - len(events) + 1):
            news.append(News(name, seq, event))
            rows.append(
                Event(stream_id=stream_id, seq=seq, type=event.type, payload=event.stored())
            )
    insert(*rows)
    transaction.on_commit(lambda: _announce(news))
    return news


def _lock_order(name: str) -> tuple[bool, str]:
    return name.startswith("user:"), name


def _take(name: str, count: int) -> tuple[int, int]:
    """Lock the stream's row and take ``count`` numbers. Returns its id and the last number
    taken.
    """
    taken = _TAKE.rows(name=name, count=count)
    if not taken:
        Stream.objects.bulk_create([Stream(name=name)], ignore_conflicts=True)
        taken = _TAKE.rows(name=name, count=count)
    return taken[0].pk, taken[0].last_seq


def _announce(news: Sequence[News]) -> None:
    for listener in listeners:
        listener(news)
