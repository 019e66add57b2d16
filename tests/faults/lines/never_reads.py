"""A client that never reads: others have their text, the server's memory is bounded, it is let go
with 4408, and goes on where it was.

A trial is such a client. The server's patience is shortened from 30 s.
"""

import asyncio
import json
import os
import random
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.faults.stage import Stage, server
from tests.faults.talks import has_said
from tests.faults.tally import Tally, settle
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 10
PATIENCE = 3.0
FLOOD = "flood 1600 KiB every 4 ms"
BYTES = 1600 * 1024
MEMORY = 48 * 1024 * 1024  # that ten stalled readers and the text itself may cost together


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    await _play(stage, count, tally)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Readers may owe any number of acknowledgements, and daphne takes whatever it is given."""
    await _play(stage, 10, tally, kind="daphne", FAULTS_OFF="window")


async def _play(stage: Stage, count: int, tally: Tally, **more: Any) -> None:
    at = stage.sqlite()
    sent: list[str] = []
    with server(at, FAULTS_PATIENCE=str(PATIENCE), **more) as web:
        await _warm(web, sent)
        while tally.trials < count:
            number = min(AT_ONCE, count - tally.trials)
            clients, wrong = await _group(web, number, sent, tally)
            tally.judge(at, clients, sent, trials=number, faults=number, more=wrong)


async def _warm(web: Server, sent: list[str]) -> None:
    """Once without anybody who does not read: what the server needs anyway it has from here on."""
    sent.append("warm")
    client = Client(web, web.installation.alice)
    await client.send("warm", FLOOD)
    await settle([client])


async def _group(
    web: Server, number: int, sent: list[str], tally: Tally
) -> tuple[list[Client], list[str]]:
    author = Client(web, web.installation.alice)
    ids = [f"{len(sent)}-open", f"{len(sent)}-flood"]
    sent += ids
    await author.send(ids[0], "Hello")
    await author.live(author.all_ended)
    thread = author.answers[ids[0]]["thread"]
    stalled = [await _stall(web, f"thread:{thread}") for _ in range(number)]
    before = _memory(web)
    began = time.monotonic()
    await author.send(ids[1], FLOOD, thread)
    await author.live(lambda: has_said(author, BYTES // 2))
    tally.note("seconds until half a flood was read by others", time.monotonic() - began)
    await author.live(author.all_ended)
    grown = _memory(web) - before
    tally.note("MiB that the server grew by", round(grown / 1024 / 1024, 1))
    wrong = [f"the server grew by {grown} bytes"] if grown > MEMORY else []
    await author.live(_for(PATIENCE + 1.5))
    readers = [Client(web, author.person, f"thread:{thread}") for _ in stalled]
    async with asyncio.TaskGroup() as group:
        ends = [
            group.create_task(_let_go(socket, reader))
            for socket, reader in zip(stalled, readers, strict=True)
        ]
    wrong += [text for task in ends if (text := task.result())]
    late = await settle([author, *readers])
    return [author, *readers], [*wrong, *late]


def _for(seconds: float) -> Any:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


async def _stall(web: Server, stream: str) -> ClientConnection:
    """A socket that follows the thread, and from which nothing is read."""
    socket = await connect(
        web.socket,
        origin=web.origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": web.installation.alice.cookie},
        compression=None,
        max_size=None,
        max_queue=1,
        ping_interval=None,
    )
    await socket.send(
        json.dumps({"op": "subscribe", "stream": stream, "after": None, "epoch": None})
    )
    return socket


async def _let_go(socket: ClientConnection, reader: Client) -> str:
    """Read what was on its way, to its end; the reader goes on from there."""
    try:
        async with asyncio.timeout(10):
            while True:
                reader.reader.apply(json.loads(await socket.recv()))
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 1006
        reader.reader.stale.clear()
        return "" if code == 4408 else f"a client that never read was let go with {code}"
    except TimeoutError:
        socket.transport.abort()
        return f"a client that never read was never let go ({reader.reader.places})"


def _memory(web: Server) -> int:
    """Resident bytes of the server's process."""
    process = web._process
    if process is None:
        return 0
    pages = Path(f"/proc/{process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
