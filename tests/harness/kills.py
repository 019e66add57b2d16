"""The server killed with -9 in the middle of runs, and started again.

``python -m tests.harness.kills --runs 40``. In every round two threads are at work, one perhaps
with a second message waiting; the server is killed at a moment of chance, in some rounds again
while it recovers. The author repeats what was not answered, under the same ids; a second tab
follows everything.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Template
from tests.harness.reader import TERMINAL
from tests.harness.server import GUARDED, UNGUARDED, Server

LATEST = 1.3  # seconds after the first message was sent
KILLS = (1, 1, 1, 2, 3)  # in one round; the third cut ends a model call for good


@dataclass(slots=True)
class Report:
    """What came of it: kills, how runs ended (status → count), messages begun again."""

    kills: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    restarted: int = 0
    repeated: int = 0  # sends whose first answer was lost with the server
    wrong: list[str] = field(default_factory=list)


async def kills(server: Server, runs: int, seed: str) -> Report:
    """``runs`` rounds, each with at least one kill. The server is to be running."""
    report = Report()
    sent: list[str] = []
    for number in range(runs):
        chance = random.Random(f"{seed} {number}")
        clients = await _round(server, chance, f"{number}", sent, report)
        wrong = check(server.installation, clients, sent)
        report.wrong += [f"round {number} of seed {seed}: {text}" for text in wrong]
    rows = server.installation.rows("SELECT status, id FROM giint_run")
    report.ended = Counter(row["status"] for row in rows if row["status"] in TERMINAL)
    attempts = server.installation.rows("SELECT attempt FROM giint_message")
    report.restarted = sum(row["attempt"] > 1 for row in attempts)
    return report


async def _round(
    server: Server, chance: random.Random, name: str, sent: list[str], report: Report
) -> list[Client]:
    person = server.installation.alice
    author = Client(server, person, person.stream, curious=True)
    tab = Client(server, person, person.stream, curious=True)
    await author.open()
    await tab.open()
    plan = {f"{name}-{letter}": _text(chance) for letter in "ab"}
    sent += plan
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_killed(server, chance, report))
        group.create_task(tab.live(over.is_set))
        for id, text in plan.items():
            await author.send(id, text)
        if chance.random() < 0.5:
            sent.append(await _follow_up(author, f"{name}-a", _text(chance)))
        await author.live(author.all_ended)
        over.set()
    report.repeated += sum(not author.answers[id]["created"] for id in plan)
    await _repeat(author, plan, report)
    for client in (author, tab):
        await client.catch_up()
        await client.close()
    return [author, tab]


def _text(chance: random.Random) -> str:
    words, pace = chance.randint(60, 240), chance.randint(2, 8)
    return chance.choice(
        [
            f"babble {words} words every {pace} ms",
            f"babble {words} words every {pace} ms",
            "use slow",
            "use mark, slow, calculate",
            "use slow, mark, nonsense",
            "Think: what is 6 * 7, and what time is it in Berlin?",
        ]
    )


async def _follow_up(author: Client, opener: str, text: str) -> str:
    """A second message in a thread whose first one is being answered."""
    await author.live(lambda: opener in author.answers)
    id = f"{opener}-more"
    await author.send(id, text, author.answers[opener]["thread"])
    return id


async def _killed(server: Server, chance: random.Random, report: Report) -> None:
    for _ in range(chance.choice(KILLS)):
        # Some kills hit the first messages on their way in, before anything is answered.
        await asyncio.sleep(chance.choice([chance.uniform(0, 0.02), chance.uniform(0, LATEST)]))
        await asyncio.to_thread(server.kill)
        report.kills += 1
        await asyncio.to_thread(server.start)


async def _repeat(author: Client, plan: dict[str, str], report: Report) -> None:
    """Everything once more under its id: it must be found to be there already."""
    before = {id: author.answers.pop(id) for id in plan}
    for id, text in plan.items():
        await author.send(id, text)
    await author.live(lambda: all(id in author.answers for id in plan))
    for id, answer in before.items():
        again = author.answers[id]
        if again != answer | {"created": False}:
            report.wrong.append(f"{id} was answered with {answer}, then with {again}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40, help="rounds, each with a kill")
    parser.add_argument("--seed", default=f"{random.getrandbits(32):08x}")
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    parser.add_argument("--unguarded", default="", help="takeover: show the damage without it")
    parser.add_argument("--log", action="store_true", help="print what the server said at the end")
    parser.add_argument("--postgres", default="", help="a server that may make databases, as a URL")
    given = parser.parse_args()
    application = UNGUARDED if given.unguarded else GUARDED
    with tempfile.TemporaryDirectory() as name:
        template = Template(Path(name, "template"), given.postgres)
        with template.copy(Path(name, "data")) as installation:
            server = Server(
                installation,
                kind=given.server,
                application=application,
                HARNESS_UNGUARDED=given.unguarded,
            )
            with server:
                report = asyncio.run(kills(server, given.runs, given.seed))
            if given.log:
                print(server.log.read_text())
        template.remove()
    print(f"seed {given.seed}: {report.kills} kills in {given.runs} rounds; {dict(report.ended)};")
    print(f"{report.restarted} messages begun again, {report.repeated} sends repeated")
    sys.exit("\n".join(report.wrong) or 0)


if __name__ == "__main__":
    main()
