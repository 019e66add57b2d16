"""What came of a line: counted from what the checker says, in words."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation

_ID = re.compile(r"[0-9a-f]{12}")
# What the checker says, by what it means to somebody who waits for an answer.
REPEATED = re.compile(
    r"^repeat:|created twice|began twice|ended [2-9]\d* times|completed [2-9]\d* times"
    r"|took effect [2-9]|: [2-9]\d* messages|messages, [2-9]\d* runs|was sent by nobody"
    r"|(called|is there|delivered) [2-9]\d* times|two at once|told as .*, attempt"
)
UNENDED = re.compile(
    r" is (running|queued|waiting|streaming)\b|left open|ended 0 times|completed 0 times"
    r"|waited too long|never let go"
)

FAULT = 600.0  # seconds that a fault may last, with all that is started again after it


@dataclass(slots=True)
class Tally:
    """``damaged``: trials that showed any damage; ``faults``: how often something was broken (one
    fault may hit several trials). Everything in ``wrong`` is in one of the counts below it.
    """

    trials: int = 0
    faults: int = 0
    damaged: int = 0
    events: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    repeated: int = 0
    unended: int = 0
    notes: dict[str, float] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _events: dict[str, int] = field(default_factory=dict)

    def add(self, trials: int, found: Iterable[str], faults: int = 0) -> None:
        """``trials`` are over; ``found`` is what is wrong now. What is said of a row may have been
        said before: it counts once.
        """
        new = [text for text in found if text not in self._known]
        self._known.update(text for text in new if _ID.search(text))
        self.trials += trials
        self.faults += faults
        self.damaged += min(trials, len(new))
        self.wrong += new
        for text in new:
            if REPEATED.search(text):
                self.repeated += 1
            elif UNENDED.search(text):
                self.unended += 1
            else:  # whatever else is wrong, somebody was not told the truth
                self.lost += 1

    def judge(
        self,
        installation: Installation,
        clients: Iterable[Client],
        sent: Iterable[str],
        trials: int,
        faults: int = 0,
        more: Iterable[str] = (),
    ) -> None:
        """Let the checker judge everything of this installation so far."""
        self.add(trials, [*check(installation, clients, sent), *more], faults)
        (row,) = installation.rows("SELECT count(*) AS n FROM journal_event")
        key = str(installation.folder)
        self.events += row["n"] - self._events.get(key, 0)
        self._events[key] = row["n"]

    def count(self, name: str, by: float = 1) -> None:
        """Add to a number that is worth telling."""
        self.notes[name] = self.notes.get(name, 0) + by

    def note(self, name: str, value: float) -> None:
        """The largest of a number that is worth telling."""
        self.notes[name] = max(self.notes.get(name, value), value)


async def settle(
    clients: Iterable[Client], within: float = 60.0, over: asyncio.Event | None = None
) -> list[str]:
    """Every client reads on until all has ended and it stands where the journal stands; then it
    leaves. Returns who waited in vain: for so many seconds, not counting those until ``over``,
    while servers that were killed are started again.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_settle(client, within, over)) for client in clients]
    return [text for task in tasks if (text := task.result())]


async def _settle(client: Client, within: float, over: asyncio.Event | None) -> str:
    try:
        if over is not None:
            await client.live(lambda: over.is_set() or client.all_ended(), FAULT)
        await client.live(client.all_ended, within)
        async with asyncio.timeout(within):
            await client.catch_up()
            while not client.all_ended():  # it has heard of something new
                await client.live(client.all_ended, within)
                await client.catch_up()
    except (AssertionError, TimeoutError) as error:
        return f"waited too long: {str(error)[:1500]}"
    finally:
        await client.close()
    return ""
