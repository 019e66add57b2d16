"""Clients dropped at every frame of a run, each on its own; a new socket goes on from there.

``python -m tests.harness.drops --every 1``: 240 clients, each dropped at another frame.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation, Template
from tests.harness.server import Server

FRAMES = 200  # of the run, at least
AT_ONCE = 20  # clients against one run
TRIES = 3
TEXTS = ["use slow, mark", f"babble {FRAMES + 40} words every 6 ms"]  # the second one waits


@dataclass(slots=True)
class Report:
    """What came of it. ``dropped``: the frames at which a client really was dropped."""

    dropped: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    frames: int = 0  # what the author, who was never dropped, was sent


async def drops(server: Server, indexes: Iterable[int]) -> Report:
    """Drop one client at each of these frames, ``AT_ONCE`` clients against one thread.

    Frames gather on a busy machine, so that a run may end before the last of its indexes: those
    are tried against another one.
    """
    report = Report()
    sent: list[str] = []
    wanted = list(indexes)
    for number in range(len(wanted) // AT_ONCE + TRIES):
        missing = [index for index in wanted if index not in report.dropped]
        if missing:
            await _against_one(server, missing[:AT_ONCE], number, sent, report)
    return report


async def _against_one(
    server: Server, group: list[int], number: int, sent: list[str], report: Report
) -> None:
    person = server.installation.alice
    author = Client(server, person, person.stream)
    opening = f"open-{number}"
    sent.append(opening)
    await author.send(opening, "Hello")
    await author.live(author.all_ended)
    thread = author.answers[opening]["thread"]
    readers = [Client(server, person, person.stream, f"thread:{thread}") for _ in group]
    for reader in readers:
        await reader.open()
        await reader.live(lambda reader=reader: len(reader.reader.places) == 2)  # type: ignore[misc]
        reader.frames = 0
    ids = [f"{number}-{place}" for place in range(len(TEXTS))]
    sent += ids
    async with asyncio.TaskGroup() as group_of_tasks:
        author.frames = 0
        for reader, index in zip(readers, group, strict=True):
            group_of_tasks.create_task(_dropped_at(reader, index, len(ids), report))
        for id, text in zip(ids, TEXTS, strict=True):
            await author.send(id, text, thread)
        group_of_tasks.create_task(author.live(author.all_ended))
    report.frames = max(report.frames, author.frames)
    for client in [*readers, author]:
        await client.catch_up()
        await client.close()
    report.wrong += check(server.installation, [*readers, author], sent)


async def _dropped_at(client: Client, index: int, sends: int, report: Report) -> None:
    while client.frames < index and not _over(client, sends):
        await client.step()
    if client.frames == index and not _over(client, sends):
        report.dropped.append(index)
    client.drop()
    snapshots = client.reader.snapshots
    await client.live(lambda: _over(client, sends))
    if client.reader.snapshots != snapshots:
        report.wrong.append(f"dropped at {index}: given a snapshot instead of what was missed")


def _over(client: Client, sends: int) -> bool:
    """The opening run and those that were sent have ended, as far as this client knows."""
    runs = client.reader.runs
    return len(runs) == 1 + sends and all(map(client.reader.ended, runs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="drop at every so many-th frame")
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    parser.add_argument("--postgres", default="", help="a server that may make databases, as a URL")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        template = Template(Path(name, "template"), given.postgres)
        with template.copy(Path(name, "data")) as installation:
            report = asyncio.run(_with_server(installation, given.server, given.every))
        template.remove()
    print(f"{len(report.dropped)} clients dropped, the run had {report.frames} frames")
    sys.exit("\n".join(report.wrong) or 0)


async def _with_server(installation: Installation, kind: str, every: int) -> Report:
    with Server(installation, kind=kind) as server:
        return await drops(server, range(0, FRAMES + 1, every))


if __name__ == "__main__":
    main()
