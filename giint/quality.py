"""How well answers go: runs, failures by code, times and thumbs, per agent, template or revision.

Percentiles are by nearest rank, over the runs that have the time in question. Everything is read in
one pass over the runs of the days asked for; children of other runs are left out, for nobody waited
for them by themselves.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from giint.core.errors import BadField
from giint.models import Feedback, Run

DAYS, MOST_DAYS = 30, 366
RUNS = 200_000  # the newest; a table of more says nothing new and takes seconds
UNNAMED = {"agent": "No agent any more", "template": "From scratch", "revision": "From scratch"}
# What the runs are told apart by → the columns that name it.
BY: dict[str, tuple[str, ...]] = {
    "agent": ("agent", "agent__name", "thread__owner__username"),
    "template": ("revision__template", "revision__template__name"),
    "revision": ("revision", "revision__template__name", "revision__number"),
}
_ENDED = ("completed", "failed", "cancelled", "interrupted")


@dataclass(slots=True)
class Tally:
    """What was counted of a group of runs."""

    runs: int = 0
    failed: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    first: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)

    def add(self, run: dict[str, Any]) -> None:
        self.runs += 1
        if run["status"] == Run.Status.FAILED:
            self.failed += 1
            self.codes[run["code"]] += 1
        if run["first_token"] is not None:
            self.first.append(run["first_token"])
        if run["started"] and run["ended"] and run["status"] == Run.Status.COMPLETED:
            self.total.append((run["ended"] - run["started"]).total_seconds())

    def row(self) -> dict[str, Any]:
        """Times are seconds, null where there were none."""
        return {
            "runs": self.runs,
            "failed": self.failed,
            "codes": dict(self.codes.most_common()),
            "first_p50": percentile(self.first, 50),
            "first_p95": percentile(self.first, 95),
            "total_p50": percentile(self.total, 50),
            "total_p95": percentile(self.total, 95),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be told apart, over how many days, of which template if not of all."""

    by: str = "agent"
    days: int = DAYS
    template: str = ""


def asked(by: str | None, days: str | None, template: str | None) -> Asked:
    """The question as it comes in an address. Raises BadField."""
    wrong = {}
    by = by or "agent"
    if by not in BY:
        wrong["by"] = f"This is one of {', '.join(BY)}."
    number = int(days) if days and days.isascii() and days.isdigit() and len(days) < 5 else None
    if days and (number is None or not 1 <= number <= MOST_DAYS):
        wrong["days"] = f"This is a whole number from 1 to {MOST_DAYS}."
    if wrong:
        raise BadField(**wrong)
    return Asked(by, number or DAYS, (template or "").replace("\x00", "")[:40])


def quality(*, user: User, asked: Asked) -> dict[str, Any]:
    """``rows``: one per agent, template or revision, most runs first. ``days``: all of it per day,
    oldest first. Staff see everybody's runs, others their own.
    """
    runs = _runs(user, asked)
    names = BY[asked.by]
    groups: dict[Any, Tally] = {}
    labels: dict[Any, str] = {}
    days: dict[str, Tally] = {}
    columns = ("status", "code", "first_token", "started", "ended", "created")
    for run in runs.values(*columns, *names).order_by("-created")[:RUNS].iterator(2_000):
        key = run[names[0]]
        if key not in groups:
            groups[key], labels[key] = Tally(), _label(asked.by, run, is_staff=user.is_staff)
        groups[key].add(run)
        days.setdefault(run["created"].date().isoformat(), Tally()).add(run)
    thumbs = _thumbs(runs, names[0])
    rows = [
        {"id": key, "name": labels[key], **tally.row(), **thumbs.get(key, NO_THUMBS)}
        for key, tally in groups.items()
    ]
    rows.sort(key=lambda row: (-row["runs"], str(row["name"])))
    return {
        "by": asked.by,
        "rows": rows,
        "days": [{"day": day, **days[day].row()} for day in sorted(days)],
    }


NO_THUMBS = {"good": 0, "bad": 0}


def percentile(values: Iterable[float], percent: int) -> float | None:
    """The nearest rank, in milliseconds' precision; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[math.ceil(len(ordered) * percent / 100) - 1], 3)


HEAD = (
    "id",
    "name",
    "runs",
    "failed",
    "first_p50",
    "first_p95",
    "total_p50",
    "total_p95",
    "good",
    "bad",
    "codes",
)


def table(rows: Iterable[dict[str, Any]], write: Callable[[list[Any]], object]) -> None:
    """The rows as lines of a table, its head first; codes as ``code: count``."""
    write(list(HEAD))
    for row in rows:
        codes = "; ".join(f"{code}: {count}" for code, count in row["codes"].items())
        write([*(row[name] for name in HEAD[:-1]), codes])


def _runs(user: User, asked: Asked) -> QuerySet[Run]:
    since = timezone.now() - timedelta(days=asked.days)
    runs = Run.objects.filter(created__gte=since, status__in=_ENDED, parent=None)
    if not user.is_staff:
        runs = runs.filter(thread__owner=user)
    if asked.template:
        runs = runs.filter(revision__template=asked.template)
    return runs


def _thumbs(runs: QuerySet[Run], key: str) -> dict[Any, dict[str, int]]:
    counted = (
        Feedback.objects.filter(message__run__in=runs.order_by().values("pk"))
        .order_by()
        .values(f"message__run__{key}")
        .annotate(good=Count("pk", filter=Q(thumb=1)), bad=Count("pk", filter=Q(thumb=-1)))
    )
    return {
        row[f"message__run__{key}"]: {"good": row["good"], "bad": row["bad"]} for row in counted
    }


def _label(by: str, run: dict[str, Any], *, is_staff: bool) -> str:
    named = [run[column] for column in BY[by][1:]]
    if named[0] is None:
        return UNNAMED[by]
    if by == "revision":
        return f"{named[0]}, revision {named[1]}"
    return f"{named[0]} ({named[1]})" if by == "agent" and is_staff else str(named[0])
