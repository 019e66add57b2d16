"""Redis killed, restarted, flushed, paused, cut off: streams go on through rows, channels are
joined again, health says degraded. Flushed again and again while readers come and go, too.

A trial is a conversation at a server that runs no turns, so that all of its text comes from another
process.
"""

import asyncio
import http.client
import json
import random
import time
from typing import Any

from tests.faults.proxy import Proxy
from tests.faults.services import Redis
from tests.faults.stage import Stage, server
from tests.faults.talks import BABBLE, has_said, is_under_way, moment, talks, through, until
from tests.faults.tally import Tally, settle
from tests.harness.client import Client
from tests.harness.server import Server

AT_ONCE = 8
HOWS = ("killed", "restarted", "flushed", "joined", "paused", "cut", "stalled")
TEXTS = ["babble 150 words every 10 ms", "babble 200 words every 10 ms", "use slow, slow"]
FLUSHES = 40
JOINS, JOINED = 4, 0.3  # readers, and the seconds that each of them stays
LIVE = 15  # frames of two seconds of text: rows alone give four


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    at = stage.postgres()
    redis = stage.redis
    sent: list[str] = []
    async with Proxy.to(redis.port) as proxy:
        with (
            server(at, REDIS_URL=redis.url),
            server(
                at, GIINT_EMBEDDED="false", REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0"
            ) as web,
        ):
            turn = 0
            while tally.trials < count:
                how = HOWS[turn % len(HOWS)]
                turn += 1
                number = min(AT_ONCE, count - tally.trials)
                begun = await talks(web, at.alice, [chance.choice(TEXTS) for _ in range(number)])
                sent += begun
                clients = list(begun.values())
                wrong: list[str] = []
                fault = _broken(stage, proxy, web, clients, how, wrong)
                hit, late = await through(clients, fault)
                tally.count(how, hit)
                tally.judge(at, clients, sent, trials=hit, faults=1, more=[*wrong, *late])
            wrong = await _live_again(web, sent, tally)
            tally.judge(at, [], sent, trials=0, more=wrong)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """The tick reads no streams and no texts: what no hint told of is not found."""
    at = stage.postgres()
    redis = stage.redis
    with (
        server(at, REDIS_URL=redis.url),
        server(at, GIINT_EMBEDDED="false", REDIS_URL=redis.url, FAULTS_OFF="net") as web,
    ):
        begun = await talks(web, at.alice, [BABBLE] * 10)
        clients = list(begun.values())

        async def killed() -> int:
            await moment(clients, chance, talking=True)
            await asyncio.to_thread(redis.kill)
            return sum(map(is_under_way, clients))

        hit, late = await through(clients, killed(), 20)
        await asyncio.to_thread(redis.start)
        tally.judge(at, clients, begun, trials=hit, faults=1, more=late)


async def _broken(
    stage: Stage, proxy: Proxy, web: Server, clients: list[Client], how: str, wrong: list[str]
) -> int:
    """Break it while texts are on their way, mend it; how many conversations were hit."""
    redis = stage.redis
    await until(lambda: any(has_said(client, 40) for client in clients), 10)
    hit = sum(map(is_under_way, clients))
    match how:
        case "killed":
            await asyncio.to_thread(redis.kill)
            if not await _says(web, "degraded"):
                wrong.append("Redis was away, and health did not say so")
            await asyncio.to_thread(redis.start)
        case "restarted":
            await asyncio.to_thread(redis.stop)
            await asyncio.to_thread(redis.start)
        case "flushed":
            await asyncio.to_thread(redis.flush)
        case "joined":
            clients += await _joined(web, redis, clients, wrong)
        case "paused":
            redis.pause()
            await asyncio.sleep(1.5)
            redis.resume()
        case "cut":
            proxy.cut(refuse=True)
            await asyncio.sleep(1.0)
            proxy.heal()
        case "stalled":
            proxy.stall()
            await asyncio.sleep(1.5)
            proxy.heal()
    if not await _says(web, "ok"):
        wrong.append(f"Redis was there again ({how}), and health did not say so")
    return hit


async def _joined(
    web: Server, redis: Redis, clients: list[Client], wrong: list[str]
) -> list[Client]:
    """Readers who know nothing come to each conversation, while Redis forgets all that it has again
    and again.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_come(web, one)) for one in clients]
        for _ in range(FLUSHES):
            await asyncio.to_thread(redis.flush)
            await asyncio.sleep(0.02)
    readers = [reader for task in tasks for reader in task.result()]
    wrong += await settle(readers)
    return readers


async def _come(web: Server, one: Client) -> list[Client]:
    """One reader after the other, each for a moment."""
    readers = [Client(web, one.person, *one.streams) for _ in range(JOINS)]
    for reader in readers:
        await reader.open()
        gone = time.monotonic() + JOINED
        await reader.live(lambda gone=gone: time.monotonic() > gone)  # type: ignore[misc]
        reader.drop()
    return readers


async def _live_again(web: Server, sent: list[str], tally: Tally) -> list[str]:
    """After all of it text comes as it is said, not twice a second from rows."""
    (client,) = (begun := await talks(web, web.installation.alice, [TEXTS[1]])).values()
    sent += begun
    late = await settle([client])
    tally.note("frames of two seconds of text, afterwards", client.frames)
    few = f"text came in {client.frames} frames after Redis was back"
    return [*late, few] if client.frames < LIVE else late


async def _says(web: Server, status: str) -> bool:
    """Whether health comes to say so within some seconds."""
    for _ in range(100):
        if await asyncio.to_thread(_health, web) == status:
            return True
        await asyncio.sleep(0.1)
    return False


def _health(web: Server) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return json.load(connection.getresponse())["status"]
    except OSError:
        return "nothing"
    finally:
        connection.close()
