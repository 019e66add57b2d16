"""How each row is measured. A group measures one or more rows in the same servers."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks import meter
from benchmarks.figures import median
from benchmarks.places import Places
from benchmarks.rendering import browser
from benchmarks.servers import ROOT, Server

Figures = dict[str, Any]
KIB, MIB = 1024, 1024 * 1024
CHATS, RATE = 50, 50.0


@dataclass(slots=True)
class Bench:
    """One run. ``times``: how often each figure is taken; ``short``: a part of the usual work.

    ``found``: the rows' figures. ``facts``: what else is worth telling, in words. ``failed``:
    groups that came to no end.
    """

    places: Places
    times: int
    short: float
    found: dict[str, tuple[float, ...]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def load(self, scenario: str, *names: str, **options: Any) -> Figures:
        """Play a scenario against these servers, with the others standing still."""
        with self.places.alone(*names) as servers:
            return play(scenario, servers, self.places.people(names[0]), **options)

    def each(self, scenario: str, *names: str, **options: Any) -> dict[str, list[Figures]]:
        """The scenario at each server in turn, ``times`` times over."""
        figures: dict[str, list[Figures]] = {name: [] for name in names}
        for _ in range(self.times):
            for name in names:
                figures[name].append(self.load(scenario, name, **options))
        return figures

    def some(self, count: int, least: int = 1) -> int:
        return max(least, int(count * self.short))


def play(
    scenario: str,
    servers: list[Server],
    people: Any,
    *,
    by: str = "benchmarks.load",
    **options: Any,
) -> Figures:
    """The figures of a scenario, played ``by`` a process. Raises RuntimeError with its error."""
    plan = {
        "scenario": scenario,
        "origins": [server.origin for server in servers],
        "pids": [server.pid for server in servers],
        "people": people,
        **options,
    }
    words = [sys.executable, "-m", by, orjson.dumps(plan).decode()]
    played = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=200)
    if played.returncode:
        log = servers[0].log.read_text()[-2000:]
        raise RuntimeError(f"{scenario}: {played.stderr.decode()[-2000:]}\n{log}")
    figures: Figures = orjson.loads(played.stdout)
    return figures


def middle(figures: list[Figures], name: str) -> float:
    return median([one[name] for one in figures])


def paced(bench: Bench) -> None:
    """Also lag, persistence, and the memory of 50 chats."""
    options = {"chats": CHATS, "rate": RATE, "seconds": max(2.0, 5 * bench.short)}
    names = ["bare", "sqlite", "sqlite unkept"]
    if bench.places.has_postgres:
        names += ["postgres", "postgres unkept"]
    figures = bench.each("paced", *names, **options)
    cost = {name: middle(figures[name], "cpu_per_1000") for name in names}
    bench.found["paced"] = (cost["sqlite"] / cost["bare"],)
    bench.found["lag"] = (
        middle(figures["sqlite"], "lag_p50"),
        middle(figures["sqlite"], "lag_p99"),
    )
    bench.places.with_chats = middle(figures["sqlite"], "resident") / MIB
    if bench.places.has_postgres:
        bench.found["surcharge"] = (
            100 * (cost["sqlite"] / cost["sqlite unkept"] - 1),
            100 * (cost["postgres"] / cost["postgres unkept"] - 1),
        )
        ratio = cost["postgres"] / cost["bare"]
        bench.facts["on PostgreSQL, 50 chats paced"] = f"{ratio:.2f} × the bare relay"
    bare = figures["bare"]
    bench.facts["the bare relay, 50 chats paced"] = (
        f"{cost['bare']:.1f} ms CPU per 1,000 deltas, lag {middle(bare, 'lag_p50'):.1f} / "
        f"{middle(bare, 'lag_p99'):.1f} ms"
    )


def flat(bench: Bench) -> None:
    figures = bench.each("flat", "bare", "sqlite", chats=8, deltas=bench.some(6000, 2000))
    cost = {name: middle(figures[name], "cpu_per_1000") for name in figures}
    bench.found["flat"] = (cost["sqlite"] / cost["bare"],)
    bench.facts["the bare relay, flat"] = f"{cost['bare']:.1f} ms CPU per 1,000 deltas"


def turn(bench: Bench) -> None:
    figures = bench.each("turns", "bare", "sqlite", tabs=5, each=bench.some(20, 6))
    bench.found["turn"] = (middle(figures["sqlite"], "cpu_per_turn"),)
    bench.facts["the bare relay, a turn"] = f"{middle(figures['bare'], 'cpu_per_turn'):.1f} ms CPU"


def first(bench: Bench) -> None:
    one = bench.each("first", "bare", "sqlite", tabs=1, rounds=bench.some(80, 30))
    many = bench.each("first", "bare", "sqlite", tabs=50, rounds=bench.some(3))
    bench.found["first"] = (middle(one["sqlite"], "first_p50"), middle(one["sqlite"], "first_p99"))
    bench.found["first_50"] = (middle(many["sqlite"], "first_p50"),)
    bench.facts["the bare relay, first token"] = (
        f"{middle(one['bare'], 'first_p50'):.1f} / {middle(one['bare'], 'first_p99'):.1f} ms, "
        f"{middle(many['bare'], 'first_p50'):.0f} ms with 50 at once"
    )


def one_core(bench: Bench) -> None:
    """More chats than it can serve, each paced, and all of them under way: what comes through."""
    options = {"chats": 250, "rate": RATE, "seconds": max(3.0, 5 * bench.short), "beginning": 12.0}
    figures = [bench.load("paced", "sqlite on one core", **options) for _ in range(bench.times)]
    bench.found["one_core"] = (middle(figures, "per_second"),)


def memory(bench: Bench) -> None:
    """A fresh server before anybody came, with 1,000 idle sockets, and the cost beside them."""
    with bench.places.fresh() as server:
        start = meter.resident([server.pid]) / MIB
        people = bench.places.people("sqlite")
        idle = play("idle", [server], people, sockets=1000)
    bench.found["memory"] = (start, bench.places.with_chats)
    bench.found["idle_each"] = (idle["idle_each"] / KIB,)
    bench.found["idle_total"] = (idle["idle_total"] / MIB,)
    options = {"chats": CHATS, "rate": RATE, "seconds": max(2.0, 5 * bench.short)}
    alone, beside = [], []
    for _ in range(bench.times):
        alone.append(bench.load("paced", "sqlite", **options))
        beside.append(bench.load("paced", "sqlite", **options, idle=1000))
    bench.found["beside"] = (middle(beside, "cpu_per_1000") / middle(alone, "cpu_per_1000"),)


def history(bench: Bench) -> None:
    threads = bench.places.threads("sqlite")
    opened = bench.load(
        "opening", "sqlite", threads=[threads["50"][0], threads["20000"][0]], times=20
    )["opening"]
    bench.found["opening"] = (opened[1] / opened[0],)
    bench.found["opening_time"] = (opened[1],)
    cost: dict[str, list[Figures]] = {"50": [], "2000": []}
    for _ in range(bench.times):
        for length, figures in cost.items():
            options = {"tabs": 4, "each": bench.some(8, 4), "threads": threads[length]}
            figures.append(bench.load("turns", "sqlite", **options, nobody_else=True))
    short, long = (middle(cost[length], "cpu_per_turn") for length in ("50", "2000"))
    bench.found["history"] = (long / short,)
    bench.facts["a turn at 50 / at 2,000 messages"] = f"{short:.1f} / {long:.1f} ms CPU"


def readers(bench: Bench) -> None:
    """A burst, dropped sockets, readers that never read: all texts whole, and the memory kept."""
    burst = bench.load("flat", "sqlite", chats=2, deltas=bench.some(40_000, 20_000))
    bench.facts["bursts"] = f"every delta came, {burst['per_second']:,.0f} a second"
    drops = bench.load("reconnect", "sqlite", chats=10, drops=bench.some(6, 2))["drops"]
    bench.facts["sockets dropped mid-stream"] = f"{drops}, every text whole"
    stuck = bench.load("stuck", "sqlite", sockets=20, deltas=bench.some(120_000, 60_000))
    bench.found["stuck"] = (stuck["stuck_each"] / MIB,)


def two(bench: Bench) -> None:
    """Two web processes on PostgreSQL and Redis; each chat is watched on the other one too."""
    if not bench.places.has_redis:
        return
    options = {"chats": CHATS, "rate": RATE, "seconds": max(2.0, 5 * bench.short)}
    figures = [
        bench.load("paced", "first of two", "second of two", **options, watched=True)
        for _ in range(bench.times)
    ]
    bare = [bench.load("paced", "bare", **options) for _ in range(bench.times)]
    ratio = middle(figures, "cpu_per_1000") / middle(bare, "cpu_per_1000")
    bench.facts["two processes, PostgreSQL and Redis, every chat watched on the other too"] = (
        f"{ratio:.2f} × the bare relay for both together, every delta on both"
    )


def rendering(bench: Bench) -> None:
    """The page draws 200 KB of Markdown at 60 deltas a second, which takes it half a minute."""
    if lacks := browser.lacks():
        bench.facts["the page's drawing"] = f"not measured: {lacks}"
        return
    figures: dict[int, list[Figures]] = {1: [], 4: []}
    people = bench.places.people("sqlite")
    with bench.places.page() as server:
        for slower in [1] + [4] * bench.times:
            drawn = play("rendering", [server], people, by="benchmarks.rendering", slower=slower)
            figures[slower].append(drawn)
    bench.found["dropped"] = (middle(figures[4], "dropped"),)
    bench.found["blocked"] = (middle(figures[4], "blocked"),)
    bench.facts["the page with the whole processor"] = (
        f"{middle(figures[1], 'dropped'):.0f} of {middle(figures[1], 'frames'):,.0f} frames "
        f"dropped, blocked for {middle(figures[1], 'blocked'):.2f} s; every word was on it"
    )


GROUPS: dict[str, Callable[[Bench], None]] = {
    group.__name__: group
    for group in (paced, flat, turn, first, one_core, memory, history, readers, two, rendering)
}
