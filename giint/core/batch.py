"""Many things at once: what succeeded stays, what failed is named, and no transaction is long.

``each`` is for deeds that are services of their own, one transaction apiece; ``in_slices`` for rows
that are changed together, at most ``ROWS`` of them in one transaction.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from giint.core.errors import GiintError

log = logging.getLogger(__name__)
T = TypeVar("T")
M = TypeVar("M", bound=Model)
ROWS = 500  # that one transaction may hold
NAMED = 20  # failures that are told one by one


@dataclass(slots=True)
class Outcome:
    """What came of a batch. ``failures``: what it was, and the sentence that says why not."""

    done: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.done + len(self.failures)

    def lines(self) -> list[str]:
        """Each failure as a line for people; beyond ``NAMED`` of them, how many more there are."""
        told = [f"{name}: {sentence}" for name, sentence in self.failures[:NAMED]]
        more = len(self.failures) - len(told)
        return [*told, f"and {more} more"] if more else told


def each(
    items: Iterable[T],
    act: Callable[[T], object],
    *,
    name: Callable[[T], str] = str,
    progress: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Call ``act`` on every item. One that fails stops none of the others and undoes none of them.

    ``progress`` is told after each item how many have been tried. Not to be called in a
    transaction: it would make all of them one.
    """
    outcome = Outcome()
    for item in items:
        try:
            act(item)
        except GiintError as error:
            outcome.failures.append((name(item), error.sentence))
        except Exception:
            log.exception("a batch failed at %s", name(item))
            outcome.failures.append((name(item), GiintError("internal").sentence))
        else:
            outcome.done += 1
        progress(outcome.total)
    return outcome


def in_slices(
    rows: QuerySet[M],
    act: Callable[[list[M]], object],
    *,
    size: int = ROWS,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Call ``act`` on ``rows``, up to ``size`` at once, each time in a transaction of its own.

    In the order of their ids; what ``act`` does may take rows out of ``rows``. Broken off, what was
    done stays. Returns how many rows there were; ``progress`` is told after each slice.
    """
    done, after = 0, None
    while True:
        with transaction.atomic():
            rest = rows if after is None else rows.filter(pk__gt=after)
            found = list(rest.order_by("pk")[: min(size, ROWS)])
            if found:
                act(found)
        if not found:
            return done
        done, after = done + len(found), found[-1].pk
        progress(done)
