"""Conversations that a fault is to hit: clients that have something to say, and where they are."""

import asyncio
import random
import uuid
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from tests.faults.tally import settle
from tests.harness.client import Client
from tests.harness.installation import Person
from tests.harness.server import Server

BABBLE = "babble 200 words every 10 ms"  # two seconds in which nothing but text comes


def text(chance: random.Random) -> str:
    """Something that takes a second or two to answer."""
    words, pace = chance.randint(80, 200), chance.randint(5, 12)
    babble = f"babble {words} words every {pace} ms"
    return chance.choice([babble, babble, "use slow", "use mark, slow", "use slow, nonsense, mark"])


def texts(chance: random.Random, number: int, *, talking: bool = False) -> list[str]:
    """``talking``: the answers are nothing but text."""
    return [BABBLE if talking else text(chance) for _ in range(number)]


async def talks(server: Server, person: Person, texts: Iterable[str]) -> dict[str, Client]:
    """A client for each text, in a thread of its own; by the id under which it was sent."""
    begun = {}
    for one in texts:
        id = f"{uuid.uuid4().hex[:12]}"
        begun[id] = Client(server, person)
        await begun[id].send(id, one)
    return begun


def is_under_way(client: Client) -> bool:
    """Whether this conversation waits for anything: an answer to its send, or its run's end."""
    return not client.all_ended()


def has_begun(client: Client) -> bool:
    return any(run == "running" for run in client.reader.runs.values())


def has_said(client: Client, units: int = 1) -> bool:
    """Whether an answer of at least so many UTF-16 units is on its way to this client."""
    return any(
        told.role == "assistant" and len(told.texts["text"]) >= 2 * units
        for told in client.reader.messages.values()
    )


async def moment(
    clients: list[Client], chance: random.Random, *, talking: bool = False, within: float = 30.0
) -> None:
    """Wait for a moment of chance in these conversations. ``talking``: for one in which all of them
    are being answered, so that whatever happens then cuts every text short.
    """
    if talking:
        await until(lambda: all(map(has_said, clients)), within)
    else:
        await until(lambda: any(map(has_begun, clients)), within)
        await asyncio.sleep(chance.uniform(0, 1.0))


async def until(condition: Callable[[], bool], within: float = 30.0) -> bool:
    """Wait for it; whether it came in time."""
    try:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        return False
    return True


async def through(
    clients: Iterable[Client], fault: Coroutine[Any, Any, int], within: float = 60.0
) -> tuple[int, list[str]]:
    """Let the fault happen while the clients live on to their ends, which come within so many
    seconds after all is mended. How many it hit (what ``fault`` returns), and who waited in vain.
    """
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        hit = group.create_task(_until_over(fault, over))
        late = group.create_task(settle(clients, within, over))
    return hit.result(), late.result()


async def _until_over(fault: Coroutine[Any, Any, int], over: asyncio.Event) -> int:
    try:
        return await fault
    finally:
        over.set()
