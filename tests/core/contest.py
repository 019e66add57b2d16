"""``python -m tests.core.contest NAME``: threads at one database, on whichever it is.

Prints one line of JSON. A process of its own, because the tests' own database is SQLite.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

django.setup()

from django.db import connections, transaction  # noqa: E402  (apps must be ready)

from giint.core import journal  # noqa: E402
from giint.core.db import one_view  # noqa: E402
from giint.core.events import HeadChanged, StateChanged  # noqa: E402
from giint.core.models import Event, Stream  # noqa: E402

WRITERS = 8


def order() -> dict[str, Any]:
    """Eight writers at one stream, and a reader who never looks back."""
    stop = threading.Event()
    read: list[int] = []

    def reader() -> None:
        is_last_look = False
        while not is_last_look:
            is_last_look = stop.is_set()
            last = read[-1] if read else 0
            read.extend(
                Event.objects.filter(stream__name="thread:one", seq__gt=last)
                .order_by("seq")
                .values_list("seq", flat=True)
            )

    def writer(number: int) -> None:
        chance = random.Random(number)
        for _ in range(25):
            with transaction.atomic():
                journal.append("thread:one", HeadChanged(head=f"msg_{number}"))
                time.sleep(chance.uniform(0, 0.004))  # the commit comes later than the number

    watching = threading.Thread(target=_at_its_end(reader))
    watching.start()
    failed = _together(writer, WRITERS)
    stop.set()
    watching.join()
    stored = Event.objects.filter(stream__name="thread:one").order_by("seq")
    return {"read": read, "stored": [event.seq for event in stored], "failed": failed}


def pairs(count: int = 40) -> dict[str, Any]:
    """Pairs of writers who want the same two streams, each in the other's order."""
    guarded = journal._take

    def take(name: str, count: int) -> tuple[int, int]:
        taken = guarded(name, count)
        time.sleep(0.01)  # holds the first stream while the other one takes its own
        return taken

    journal._take = take
    together = [threading.Barrier(2) for _ in range(count)]

    def writer(number: int) -> None:
        names = [f"user:{number // 2}", f"thread:{number // 2}"]
        together[number // 2].wait(20)
        with transaction.atomic():
            journal.append_all(
                *((name, HeadChanged(head=None)) for name in names[:: (-1) ** number])
            )

    failed = []
    for begin in range(0, 2 * count, WRITERS):
        failed += _together(writer, WRITERS, begin)
    return {"failed": failed, "written": Event.objects.count()}


def pairs_as_they_come() -> dict[str, Any]:
    """The control: the same writers, who lock streams in the order in which they name them."""
    journal._lock_order = lambda name: (False, "")
    return pairs(8)  # each deadlock takes PostgreSQL a second to find


def writers() -> dict[str, Any]:
    """Eight writers, 1,600 transactions that read, then write."""

    def writer(number: int) -> None:
        for turn in range(200):
            with transaction.atomic():
                Event.objects.filter(stream__name="user:one").count()
                journal.append("user:one", StateChanged(version=turn, patch={}))

    failed = _together(writer, WRITERS)
    return {"failed": failed, "last": Stream.objects.get(name="user:one").last_seq}


def view() -> dict[str, Any]:
    """What a reader sees before, while and after somebody else commits."""

    def look() -> tuple[int, int]:
        return Event.objects.count(), sum(Stream.objects.values_list("last_seq", flat=True))

    def write(number: int) -> None:
        with transaction.atomic():
            journal.append("thread:one", HeadChanged(head=None))

    with one_view():
        before = look()
        failed = _together(write, 1)
        inside = look()
    with transaction.atomic():  # the mode of writers is back: this one may write
        journal.append("thread:one", HeadChanged(head=None))
    return {"before": before, "inside": inside, "after": look(), "failed": failed}


def _together(writer: Callable[[int], None], count: int, begin: int = 0) -> list[str]:
    """Run so many writers at once; how those that failed did."""

    def guarded(number: int) -> str:
        try:
            writer(number)
        except Exception as error:
            return f"{type(error).__name__}: {str(error).splitlines()[0]}"
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(count) as pool:
        return [text for text in pool.map(guarded, range(begin, begin + count)) if text]


def _at_its_end(work: Callable[[], None]) -> Callable[[], None]:
    def worked() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return worked


CONTESTS = {one.__name__: one for one in (order, pairs, pairs_as_they_come, writers, view)}

if __name__ == "__main__":
    print(json.dumps(CONTESTS[sys.argv[1]]()))
