"""The table of goals: what is measured, what is to be reached, what is to be aimed at.

A row has as many figures as goals. ``None``: the second column asks nothing more of that figure.
"""

from dataclasses import dataclass

Figure = float | None


@dataclass(frozen=True, slots=True)
class Goal:
    """One row. ``form``: how a figure of it is written. ``more``: larger is better."""

    key: str
    label: str
    reach: tuple[float, ...]
    then: tuple[Figure, ...]
    form: str
    more: bool = False

    def written(self, figures: tuple[Figure, ...]) -> str:
        return " / ".join("–" if one is None else self.form.format(one) for one in figures)

    def reached(self, figures: tuple[float, ...], goals: tuple[Figure, ...]) -> bool:
        return all(
            goal is None or (one >= goal if self.more else one <= goal)
            for one, goal in zip(figures, goals, strict=True)
        )


GOALS = (
    Goal("paced", "CPU per 1,000 deltas, 50 chats paced", (2.0,), (1.4,), "{:.2f} ×"),
    Goal("flat", "the same, flat", (1.5,), (1.0,), "{:.2f} ×"),
    Goal("turn", "CPU per turn", (5.0,), (3.3,), "{:.1f} ms"),
    Goal("first", "time to first token, one user, p50 / p99", (8.0, 15.0), (4.0, 8.0), "{:.1f} ms"),
    Goal("first_50", "first token p50, 50 turns at once", (60.0,), (30.0,), "{:.0f} ms"),
    Goal("lag", "lag at 2,500 deltas/s, p50 / p99", (2.0, 10.0), (1.0, 5.0), "{:.1f} ms"),
    Goal("one_core", "deltas a second on one core", (8500.0,), (12000.0,), "{:,.0f}", more=True),
    Goal(
        "surcharge", "persistence surcharge, SQLite / PostgreSQL",
        (15.0, 35.0), (5.0, 5.0), "{:.0f}%",
    ),
    Goal("idle_each", "memory of an idle socket", (32.0,), (24.0,), "{:.1f} KiB"),
    Goal("idle_total", "1,000 idle sockets, above start", (75.0,), (None,), "{:.0f} MiB"),
    Goal("beside", "per-delta cost beside 1,000 idle sockets", (1.1,), (1.0,), "{:.2f} ×"),
    Goal(
        "memory", "resident memory idle / with 50 chats",
        (100.0, 130.0), (80.0, 100.0), "{:.0f} MiB",
    ),
    Goal("opening", "opening a thread of 20,000 ÷ of 50 messages", (1.2,), (1.0,), "{:.2f}"),
    Goal("opening_time", "opening a thread of 20,000 messages", (10.0,), (5.0,), "{:.1f} ms"),
    Goal("history", "CPU of a turn at 2,000 ÷ at 50 messages", (1.2,), (1.0,), "{:.2f}"),
    Goal(
        "dropped", "frames the page drops of 1,800, processor ÷ 4",
        (64.0,), (None,), "{:.0f}",
    ),
    Goal("blocked", "page blocked in 30 s, processor ÷ 4", (1.0,), (None,), "{:.2f} s"),
    Goal("stuck", "kept for a reader that never reads", (2.0,), (None,), "{:.2f} MiB"),
)  # fmt: skip
