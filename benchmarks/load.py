"""The clients, in a process of their own: a plan as JSON on the command line, figures as JSON out.

Each scenario opens its tabs, plays, checks every text, and reads the servers' clocks itself, so
that a window of counting begins and ends where the scenario says.
"""

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import orjson
import uvloop

from benchmarks import meter, slow
from benchmarks.figures import percentile
from benchmarks.tabs import Person, Tab, Turn

LONGEST = 120.0  # seconds of one scenario
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who asks whom: the servers' addresses and process ids, and the people."""

    origins: list[str]
    pids: list[int]
    people: list[Person]
    session: aiohttp.ClientSession

    def tab(self, number: int, *, other: int = 0) -> Tab:
        """A tab of person ``number``, at the server whose turn it is."""
        origin = self.origins[(number + other) % len(self.origins)]
        return Tab(self.session, origin, self.people[number % len(self.people)])

    @contextlib.asynccontextmanager
    async def tabs(self, count: int) -> AsyncIterator[list[Tab]]:
        tabs = [self.tab(number) for number in range(count)]
        for at in range(0, count, 20):
            await asyncio.gather(*(tab.open() for tab in tabs[at : at + 20]))
        try:
            yield tabs
        finally:
            for at in range(0, count, 50):
                await asyncio.gather(*(tab.close() for tab in tabs[at : at + 50]))


def lags_of(turns: list[Turn]) -> Figures:
    lags = sorted(lag for turn in turns for lag in turn.lags or ())
    return {"lag_p50": percentile(lags, 50) / 1000, "lag_p99": percentile(lags, 99) / 1000}


async def paced(
    plan: Plan,
    *,
    chats: int,
    rate: float,
    seconds: float,
    idle: int = 0,
    watched: bool = False,
    beginning: float = 1.5,
) -> Figures:
    """Chats that stream at ``rate`` each: CPU per 1,000 deltas in the middle of it, lag, memory.

    ``beginning``: seconds until the last of them streams, at most; the first must not be over then.
    """
    async with plan.tabs(idle), plan.tabs(chats) as tabs:
        await _warm(tabs)
        watchers = [plan.tab(number, other=1) for number in range(chats if watched else 0)]
        for tab, watcher in zip(tabs, watchers, strict=False):
            await watcher.open()
            await watcher.follow(f"thread:{tab.thread}")
        await asyncio.sleep(1.0)
        deltas = int(rate * (seconds + 1.0 + beginning))
        expected = [watcher.expect(deltas) for watcher in watchers]
        turns = await asyncio.gather(
            *(_begun(tab, deltas, rate, place / chats) for place, tab in enumerate(tabs))
        )
        await asyncio.sleep(0.5)
        before, begun, seen = meter.cpu(plan.pids), time.monotonic(), _seen(turns)
        for turn in turns:
            turn.lags = []
        await asyncio.sleep(seconds)
        spent, deltas = meter.cpu(plan.pids) - before, _seen(turns) - seen
        elapsed = time.monotonic() - begun
        figures = lags_of(turns) | {"resident": meter.resident(plan.pids)}
        await asyncio.gather(*(turn.done for turn in [*turns, *expected]))
        await asyncio.gather(*(watcher.close() for watcher in watchers))
    figures |= {"deltas": deltas, "per_second": deltas / elapsed, "busy": spent / elapsed}
    return figures | {"cpu_per_1000": 1000 * spent / deltas * 1000}


async def _begun(tab: Tab, deltas: int, rate: float, after: float) -> Turn:
    """A turn that streams; they are spread over a second, each on its own: where a server is full,
    one that waited for the one before would find the first ones over.
    """
    await asyncio.sleep(after)
    turn = await tab.turn(deltas, rate, lags=True)
    while not _seen([turn]):  # noqa: ASYNC110 (an event would be set with each delta)
        await asyncio.sleep(0.02)
    return turn


async def flat(plan: Plan, *, chats: int, deltas: int) -> Figures:
    """Answers as fast as upstream writes them: CPU per 1,000 deltas, from send to end."""
    async with plan.tabs(chats) as tabs:
        await _warm(tabs)
        await asyncio.sleep(1.0)
        before, begun = meter.cpu(plan.pids), time.monotonic()
        turns = [await tab.turn(deltas) for tab in tabs]
        await asyncio.gather(*(turn.done for turn in turns))
        spent, elapsed = meter.cpu(plan.pids) - before, time.monotonic() - begun
    total = chats * deltas
    return {"cpu_per_1000": 1000 * spent / total * 1000, "per_second": total / elapsed}


async def turns(
    plan: Plan, *, tabs: int, each: int, threads: list[str] | None = None, nobody_else: bool = False
) -> Figures:
    """Short turns, one after the other in each tab: CPU milliseconds of one.

    In ``threads`` (of the first person: ``nobody_else``), or in new ones; one turn in each comes
    first and is not counted.
    """
    if nobody_else:
        plan = replace(plan, people=plan.people[:1])
    async with plan.tabs(tabs) as opened:
        for tab, thread in zip(opened, threads or (), strict=False):
            tab.thread = thread
            await tab.follow(f"thread:{thread}")
        await _warm(opened)
        await asyncio.sleep(1.0)
        before = meter.cpu(plan.pids)
        await asyncio.gather(*(_turns(tab, each) for tab in opened))
        spent = meter.cpu(plan.pids) - before
    return {"cpu_per_turn": 1000 * spent / (tabs * each)}


async def _turns(tab: Tab, each: int) -> None:
    for _ in range(each):
        await tab.say(10)


async def first(plan: Plan, *, tabs: int, rounds: int) -> Figures:
    """Milliseconds from sending a message to its first delta, ``tabs`` at once."""
    waits: list[float] = []
    async with plan.tabs(tabs) as opened:
        await _warm(opened)
        for _ in range(rounds):
            await asyncio.sleep(0.05)
            begun = await asyncio.gather(*(tab.turn(3) for tab in opened))
            await asyncio.gather(*(turn.done for turn in begun))
            waits += [1000 * (turn.first - turn.begun) for turn in begun]
    waits.sort()
    return {"first_p50": percentile(waits, 50), "first_p99": percentile(waits, 99)}


async def idle(plan: Plan, *, sockets: int) -> Figures:
    """Bytes in memory that idle sockets cost, each following its person's own stream."""
    async with plan.tabs(10):
        await asyncio.sleep(1.0)
    before = meter.resident(plan.pids)
    async with plan.tabs(sockets):
        await asyncio.sleep(2.0)
        after = meter.resident(plan.pids)
    return {"idle_total": after - before, "idle_each": (after - before) / sockets}


async def opening(plan: Plan, *, threads: list[str], times: int) -> Figures:
    """Milliseconds until a thread's snapshot is here, the median; for each of ``threads``."""
    figures: Figures = {"opening": []}
    async with plan.tabs(1) as tabs:
        for thread in threads:
            waits = []
            for _ in range(times):
                begun = time.monotonic()
                await tabs[0].follow(f"thread:{thread}")
                waits.append(1000 * (time.monotonic() - begun))
                tabs[0].places.pop(f"thread:{thread}")
                await asyncio.sleep(0.06)  # what a tab may ask in a second is bounded
            figures["opening"].append(percentile(sorted(waits), 50))
    return figures


async def reconnect(plan: Plan, *, chats: int, drops: int) -> Figures:
    """Sockets dropped along their answers and opened again: every text is whole."""
    async with plan.tabs(chats) as tabs:
        await _warm(tabs)
        turns = [await tab.turn(100 * drops, 100) for tab in tabs]
        for number in range(drops * chats):
            tab = tabs[number % chats]
            await asyncio.sleep(0.7 / chats)
            tab.drop()
            await tab.open()
        await asyncio.gather(*(turn.done for turn in turns))
    return {"drops": drops * chats}


async def stuck(plan: Plan, *, sockets: int, deltas: int) -> Figures:
    """Readers that never read beside one that does: bytes kept for each, at most.

    The first answer of this size, whose traces are there in any case, is another thread's: a
    snapshot that holds it would be counted once for each reader.
    """
    async with plan.tabs(2) as (other, tab):
        await _warm([other, tab])
        await other.say(deltas)
        before = meter.resident(plan.pids)
        places = [f"thread:{tab.thread}"]
        mute = [await slow.mute(plan.origins[0], tab.person, places) for _ in range(sockets)]
        await asyncio.sleep(0.5)
        turn = await tab.turn(deltas)
        most = 0
        while not turn.done.done():
            most = max(most, meter.resident(plan.pids))
            await asyncio.sleep(0.02)
        await turn.done
        most = max(most, meter.resident(plan.pids))
        for one in mute:
            one.close()
    return {"stuck_each": max(0, most - before) / sockets}


async def _warm(tabs: list[Tab]) -> None:
    """Each opens its thread, if it has none, and has an answer."""
    for at in range(0, len(tabs), 10):
        await asyncio.gather(*(tab.say(3) for tab in tabs[at : at + 10]))


def _seen(turns: list[Turn]) -> int:
    return sum(turn.check.count for turn in turns)


SCENARIOS: dict[str, Callable[..., Awaitable[Figures]]] = {
    scenario.__name__: scenario
    for scenario in (paced, flat, turns, first, idle, opening, reconnect, stuck)
}


async def main(given: Figures) -> None:
    people = [Person(**one) for one in given.pop("people")]
    connector = aiohttp.TCPConnector(limit=0, family=socket.AF_INET)
    async with aiohttp.ClientSession(connector=connector) as session:
        plan = Plan(given.pop("origins"), given.pop("pids"), people, session)
        async with asyncio.timeout(LONGEST):
            figures = await SCENARIOS[given.pop("scenario")](plan, **given)
    print(orjson.dumps(figures).decode())


if __name__ == "__main__":
    uvloop.run(main(orjson.loads(sys.argv[1])))
