"""What a run found: to the terminal, and to docs/performance.md."""

import platform
from pathlib import Path

from benchmarks.goals import GOALS, Goal
from benchmarks.rows import Bench

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
NOTES = Path(__file__).resolve().parent / "notes.md"
HEAD = """# Performance

What a relay of many streams costs here, beside the limit: a bare relay that takes the same events
from the same upstream to a websocket and does nothing else (`benchmarks/bare.py`). GIINT signs
people in, keeps every text, and calls upstream through the SDK. `make bench` measures both in one
run and writes this page; what each row does is in `benchmarks/rows.py`.

Ratios (×) are to the bare relay of the same run, and travel; milliseconds belong to this machine.
CPU is the scheduler's own account of all threads of the server, without its clients, its upstream
and its database server. Every text is checked: each delta once and in order.

"""


def lines(bench: Bench) -> list[str]:
    """The table of goals, as Markdown."""
    head = ["| | reach | then | here | |", "|---|---|---|---|---|"]
    return head + [_row(goal, bench.found[goal.key]) for goal in GOALS if goal.key in bench.found]


def _row(goal: Goal, figures: tuple[float, ...]) -> str:
    sign = "≥" if goal.more else "≤"
    said = "missed"
    if goal.reached(figures, goal.reach):
        both = any(goal.then) and goal.reached(figures, goal.then)
        said = "both reached" if both else "reached"
    reach, then = (
        f"{sign} {goal.written(asked)}" if any(asked) else "" for asked in (goal.reach, goal.then)
    )
    return f"| {goal.label} | {reach} | {then} | **{goal.written(figures)}** | {said} |"


def write(bench: Bench, command: str, minutes: float) -> None:
    """The page, with the notes that people keep (``notes.md``) below the figures."""
    parts = [
        HEAD,
        f"`{command}` on {machine()}; {minutes:.1f} minutes, median of {bench.times}.\n\n",
        "\n".join(lines(bench)),
        "\n\n## Beside it\n\n",
        "\n".join(f"- {name}: {fact}" for name, fact in bench.facts.items()),
        "\n\n",
        NOTES.read_text("utf-8"),
    ]
    PAGE.write_text("".join(parts), "utf-8")


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text()
    names = [
        line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")
    ]
    total = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    return (
        f"{len(names)} cores ({names[0] if names else 'unknown'}), {total:.0f} GiB, "
        f"Python {platform.python_version()}, Linux {platform.release().split('-')[0]}"
    )
