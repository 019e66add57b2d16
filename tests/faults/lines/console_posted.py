"""A console message in each phase of a thread, by each policy, and kill -9: at a moment of chance
after the first was posted, or exactly before, within or after a transaction that it takes part in.

A trial is a message. Each is posted, under its own id, until it is answered that it is there; it is
delivered once, stands once on the path, above the answer to it, and is answered.
"""

import asyncio
import contextlib
import http.client
import itertools
import json
import random
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.dies import WHENS
from tests.faults.stage import Stage, server
from tests.faults.talks import has_begun, has_said, until
from tests.faults.tally import FAULT, Tally, settle
from tests.harness.client import Client
from tests.harness.installation import Installation, Row
from tests.harness.server import Server

POLICIES = ("interrupt", "steer", "wait")
# What is said to bring the thread into a phase, and how it is known to be there.
SLOWLY = "babble 60 words every 40 ms"
PHASES: dict[str, tuple[str, Callable[[Client], bool]]] = {
    "idle": ("babble 3 words every 5 ms", Client.all_ended),
    "failed": ("fail, please", Client.all_ended),
    "nobody connected": ("babble 3 words every 5 ms", Client.all_ended),
    "awaiting approval": ("use sign", lambda one: "waiting" in one.reader.runs.values()),
    "waiting upstream": ("wait 2000 ms", has_begun),
    "mid-delta": (SLOWLY, lambda one: has_said(one, 20)),
    "in a safe tool": ("use slow", lambda one: "running" in one.reader.calls.values()),
    "in a tool once": ("use mark", lambda one: "running" in one.reader.calls.values()),
    "finishing": ("babble 24 words every 30 ms", lambda one: has_said(one, 110)),
}
STANDING = ("idle", "failed", "nobody connected", "awaiting approval")
# Where it ends itself: a transaction, and at which of its calls once something is posted.
PLACES = [
    *(("post", at) for at in (1, 4, 12)),
    *(("take", at) for at in (1, 2)),
    *(("open_call", at) for at in (2, 8)),
    *(("close_run", at) for at in (1, 5)),
    *(("close_with_calls", 1), ("record_call", 2), ("_take_up", 3)),
]
REPLY = "babble 8 words every 10 ms"
TEMPO = {"HARNESS_SLOW": "1500", "HARNESS_MARK": "1.5", "GIINT_CONSOLE_RATE": "10000"}


@dataclass(slots=True)
class Cell:
    """One thread, and what is posted to it."""

    phase: str
    policy: str
    client: Client
    sent: str
    posted: str
    is_away: bool = False  # and reads nothing until all is over

    @property
    def thread(self) -> str:
        return str(self.client.answers[self.sent]["thread"])


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    # A place, or a moment: after so many messages were posted.
    deaths: list[Any] = [*itertools.product(PLACES, WHENS), *range(1, 27, 2)]
    chance.shuffle(deaths)
    await _play(stage, count, tally, deaths)


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """A console message's own id means nothing. It ends when one was posted, before it says so."""
    deaths = [(("post", at), "after") for at in (1, 2, 3)]
    await _play(stage, 3, tally, deaths, 1, phases=("idle",), FAULTS_OFF="posted_once")


async def _play(
    stage: Stage,
    count: int,
    tally: Tally,
    deaths: list[Any],
    each: int = 0,
    phases: tuple[str, ...] = tuple(PHASES),
    **more: str,
) -> None:
    """``each``: how many trials a death counts for; 0: every message that was posted."""
    at = stage.sqlite()
    sent: list[str] = []
    web = server(at, **TEMPO, **more)
    try:
        for death in itertools.cycle(deaths):
            cells = await _queued(web, sent) if not each else []
            dies = "" if isinstance(death, int) else f"{death[0][0]} {death[1]} {death[0][1]} armed"
            (at.folder / "armed").unlink(missing_ok=True)
            await asyncio.to_thread(web.start, FAULTS_DIES=dies)
            cells += [_cell(web, *pair, sent) for pair in itertools.product(phases, POLICIES)]
            moment = death if isinstance(death, int) else 0
            hit, late = await _through(cells, _posted(web, at, cells, moment, tally))
            clients = [cell.client for cell in cells]
            tally.count("at a moment of chance" if moment else "at a place", hit)
            found = [*late, *_outcomes(at, cells)]
            tally.judge(at, clients, sent, trials=each or hit, faults=2, more=found)
            web.kill()
            if tally.trials >= count:
                break
    finally:
        web.kill()


def _cell(web: Server, phase: str, policy: str, sent: list[str]) -> Cell:
    cell = Cell(phase, policy, Client(web, web.installation.alice), _id(), _id())
    sent.append(cell.sent)
    return cell


def _id() -> str:
    return uuid.uuid4().hex[:12]


async def _queued(web: Server, sent: list[str]) -> list[Cell]:
    """Messages that nobody takes up, each with one of ours; then the server is killed."""
    await asyncio.to_thread(web.start, GIINT_EMBEDDED="false", FAULTS_DIES="")
    cells = [_cell(web, "queued", policy, sent) for policy in POLICIES]
    for cell in cells:
        await cell.client.send(cell.sent, REPLY)
        await cell.client.live(lambda cell=cell: cell.sent in cell.client.answers)  # type: ignore[misc]
        assert await asyncio.to_thread(_post, web, cell)
    web.kill()
    return cells


async def _through(cells: list[Cell], fault: Coroutine[Any, Any, int]) -> tuple[int, list[str]]:
    """Let it happen while the clients live on, and then to their ends."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for cell in cells:
            group.create_task(_live(cell, over))
        hit = await fault
        over.set()
    return hit, await settle([cell.client for cell in cells])


async def _live(cell: Cell, over: asyncio.Event) -> None:
    await cell.client.live(lambda: over.is_set() or cell.is_away, FAULT)
    if cell.is_away:
        await cell.client.close()
        await over.wait()


# --- posting, and the death -----------------------------------------------------------------------


async def _posted(
    web: Server, at: Installation, cells: list[Cell], moment: int, tally: Tally
) -> int:
    """Each is posted in its phase, and again until it is there; meanwhile the server dies, and is
    started again. Returns how many were posted.
    """
    ready = asyncio.Barrier(sum(cell.phase != "queued" for cell in cells))
    begun = Counter[str]()
    async with asyncio.TaskGroup() as group:
        group.create_task(_death(web, moment, begun))
        for cell in cells:
            if cell.phase != "queued":
                group.create_task(_one(web, at, cell, ready, begun))
    await _approved(web, at)
    tally.count("died by itself", begun["by itself"])
    return len(cells)


async def _one(
    web: Server, at: Installation, cell: Cell, ready: asyncio.Barrier, begun: Counter[str]
) -> None:
    text, is_there = PHASES[cell.phase]
    if cell.phase not in STANDING:
        await ready.wait()
    await cell.client.send(cell.sent, text)
    await until(lambda: cell.sent in cell.client.answers and is_there(cell.client))
    if cell.phase in STANDING:
        await ready.wait()
        await asyncio.sleep(0.5)  # until the others are where they should be
    if cell.phase == "nobody connected":
        cell.is_away = True
    (at.folder / "armed").touch()
    begun["posted"] += 1
    while not await asyncio.to_thread(_post, web, cell):
        await asyncio.sleep(0.05)


async def _death(web: Server, moment: int, begun: Counter[str]) -> None:
    await until(lambda: begun["posted"] >= max(moment, 1))
    if not moment and await until(lambda: web.is_gone, 8):
        begun["by itself"] = 1
    web.kill()
    await asyncio.to_thread(web.start, FAULTS_DIES="")


def _post(web: Server, cell: Cell) -> bool:
    body = {"text": REPLY, "thread": cell.thread, "policy": cell.policy, "id": cell.posted}
    return _asked(web, "POST", "console", body) in (200, 201)


async def _approved(web: Server, at: Installation) -> None:
    """Whatever is still asked is allowed, until every message of ours is over."""
    open_ones = (
        "SELECT id FROM transcripts_consolemessage WHERE status IN ('held', 'pending', 'delivered')"
    )
    asks = "SELECT id FROM giint_approval WHERE decision = ''"

    def is_over() -> bool:
        for row in at.rows(asks):
            _asked(web, "POST", f"approvals/{row['id']}", {"decision": "approve"})
        return not at.rows(open_ones)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(is_over):
                await asyncio.sleep(0.1)


def _asked(web: Server, verb: str, path: str, body: Any) -> int:
    """The status of the answer; 0 where none came."""
    token = "c" * 32
    cookie = f"{web.installation.alice.cookie}; csrftoken={token}"
    headers = {"Cookie": cookie, "X-CSRFToken": token, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    try:
        connection.request(verb, f"/api/v1/{path}", json.dumps(body), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


# --- what came of them ----------------------------------------------------------------------------


def _outcomes(at: Installation, cells: list[Cell]) -> Iterator[str]:
    rows = at.rows("SELECT * FROM transcripts_consolemessage")
    messages = {row["id"]: row for row in at.rows("SELECT * FROM giint_message")}
    heads = {row["id"]: row["head_id"] for row in at.rows("SELECT * FROM giint_giintthread")}
    steps = {row["id"]: row for row in at.rows("SELECT * FROM giint_step")}
    told = _told(at)
    for cell in cells:
        where = f"{cell.posted} ({cell.phase}, {cell.policy})"
        mine = [row for row in rows if row["thread_id"] == cell.thread]
        if len(mine) != 1:
            yield f"{where} is there {len(mine)} times"
        path = list(_path(messages, heads[cell.thread]))
        for one in mine:
            if one["status"] != "answered":
                yield f"{where} is {one['status']} ({one['code']})"
                continue
            if (times := told[one["id"]]) != {"console.delivered": 2, "console.answered": 2}:
                yield f"{where} was delivered {times} times"
            yield from _placed(where, cell, one, path, steps)


def _placed(
    where: str, cell: Cell, one: Row, path: list[Row], steps: dict[str, Row]
) -> Iterator[str]:
    ids = [row["id"] for row in path]
    if one["message_id"] not in ids:
        yield f"{where} is not shown"
        return
    place = ids.index(one["message_id"])
    answer = path[place + 1] if place + 1 < len(path) else {"role": "nobody", "id": ""}
    if answer["role"] != "assistant" or steps[one["step_id"]]["message_id"] != answer["id"]:
        yield f"{where} is above {answer['role']}, not the answer to it"
    roles = Counter(row["role"] for row in path)
    if (roles["user"], roles["console"]) != (1, 1):
        yield f"{where} is shown among {dict(roles)}"


def _path(messages: dict[str, Row], head: str | None) -> Iterator[Row]:
    """From the first message to the head."""
    found = []
    while head is not None:
        found.append(messages[head])
        head = messages[head]["parent_id"]
    yield from reversed(found)


def _told(at: Installation) -> dict[str, Counter[str]]:
    """How often events told of each that it was delivered and answered: once on each stream."""
    told: dict[str, Counter[str]] = {}
    for row in at.rows(
        "SELECT type, payload FROM journal_event"
        " WHERE type IN ('console.delivered', 'console.answered')"
    ):
        payload = row["payload"]
        found = json.loads(payload) if isinstance(payload, str) else payload
        told.setdefault(found["console"], Counter())[row["type"]] += 1
    return told
