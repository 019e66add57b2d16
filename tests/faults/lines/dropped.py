"""Sockets lost at every frame of a run: reset, half-open in one direction or both, slowed down.

A trial is a client that lost its connection after so many frames and went on from there; none may
be given a snapshot where it asked for what it missed. One in each group comes with the epoch of
another life of the database, and must be.
"""

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any

from tests.faults.proxy import Proxy
from tests.faults.stage import Behind, Stage, server
from tests.faults.tally import Tally, settle
from tests.harness.client import GONE, Client
from tests.harness.server import Server

AT_ONCE = 20
FRAMES = 120  # that the run has at least
TEXT = f"babble {FRAMES + 60} words every 8 ms"
HOWS = ("drop", "cut", "stall", "deaf", "mute", "slow")
PATIENCE = 0.6  # seconds until a client takes a silent connection for dead


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, chance, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """A bare hub: what was said meanwhile is not replayed. Every connection is lost for good."""
    more = {"FAULTS_OFF": "replay"}
    await _play(stage, 10, chance, tally, within=8.0, hows=("drop", "cut", "stall"), **more)


async def _play(
    stage: Stage,
    count: int,
    chance: random.Random,
    tally: Tally,
    within: float = 60.0,
    hows: tuple[str, ...] = HOWS,
    **more: Any,
) -> None:
    at = stage.sqlite()
    sent: list[str] = []
    with server(at, **more) as web:
        while tally.trials < count:
            left = range(tally.trials, min(tally.trials + AT_ONCE, count))
            group = [FRAMES * place // count for place in left]
            clients, hit, wrong = await _group(web, group, chance, sent, within, hows)
            tally.judge(at, clients, sent, trials=hit, faults=hit, more=wrong)


async def _group(
    web: Server,
    indexes: list[int],
    chance: random.Random,
    sent: list[str],
    within: float,
    hows: tuple[str, ...],
) -> tuple[list[Client], int, list[str]]:
    person = web.installation.alice
    author = Client(web, person)
    ids = [f"{len(sent)}-open", f"{len(sent)}-run"]
    sent += ids
    await author.send(ids[0], "Hello")
    await author.live(author.all_ended)
    thread = author.answers[ids[0]]["thread"]
    async with AsyncExitStack() as stack:
        proxies = [await stack.enter_async_context(Proxy.to(web.port)) for _ in indexes]
        readers = [Client(Behind(web, one.port), person, f"thread:{thread}") for one in proxies]
        for reader in readers:
            await reader.open()
            await reader.live(lambda reader=reader: bool(reader.reader.places))  # type: ignore[misc]
        async with asyncio.TaskGroup() as tasks:
            lost = [
                tasks.create_task(_lost(reader, proxy, index, chance.choice(hows)))
                for reader, proxy, index in zip(readers, proxies, indexes, strict=True)
            ]
            await author.send(ids[1], TEXT, thread)
            tasks.create_task(author.live(author.all_ended))
        snapshots = [reader.reader.snapshots for reader in readers]
        _forget_epoch(readers[0])
        late = await settle([author, *readers], within)
    wrong = []
    if readers[0].reader.snapshots == snapshots[0]:
        wrong.append("a reader of another epoch was given no snapshot")
    wrong += [
        f"dropped at {index}: given a snapshot instead of what was missed"
        for index, reader, had in zip(indexes[1:], readers[1:], snapshots[1:], strict=True)
        if reader.reader.snapshots != had
    ]
    return [author, *readers], sum(task.result() for task in lost), [*wrong, *late]


async def _lost(client: Client, proxy: Proxy, index: int, how: str) -> bool:
    """Read ``index`` frames of the run, lose the connection, and leave it to whoever settles.
    Whether the run was still under way.
    """
    client.frames = 0
    while client.frames < index and not _is_over(client):
        await client.step()
    hit = not _is_over(client)
    match how:
        case "cut":
            proxy.cut()
        case "stall":
            proxy.stall()
        case "deaf":  # hears nothing, and still acknowledges
            proxy.stall(up=False)
        case "mute":  # hears, and its acknowledgements are lost
            proxy.stall(down=False)
        case "slow":
            proxy.slow(0.02)
    if how != "drop":
        await _read_on(client)
    if how != "slow":
        client.drop()
    proxy.heal()
    return hit


async def _read_on(client: Client) -> None:
    """What still comes, until the client takes the connection for dead."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not _is_over(client):
                await client.step()
    except (TimeoutError, *GONE):
        pass


def _is_over(client: Client) -> bool:
    return len(client.reader.runs) == 2 and all(map(client.reader.ended, client.reader.runs))


def _forget_epoch(client: Client) -> None:
    client.drop()
    client.reader.places = {name: (seq, "other") for name, (seq, _) in client.reader.places.items()}
