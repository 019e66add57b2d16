"""Several processes on PostgreSQL, with Redis and without: every client sees the same streams."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation, Template
from tests.harness.server import Server
from tests.harness.worker import Worker
from tests.services import need_redis


@pytest.fixture
def postgres(postgres_template: Template, tmp_path: Path) -> Iterator[Installation]:
    with postgres_template.copy(tmp_path / "data") as installation:
        yield installation


@pytest.fixture(params=["redis", "rows"])
def between(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables of processes that talk through Redis, or through rows alone."""
    return {"REDIS_URL": need_redis()} if request.param == "redis" else {}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
async def two(
    postgres: Installation, between: dict[str, str], stack: ExitStack
) -> AsyncIterator[tuple[Client, Client]]:
    """alice's tab at each of two servers; neither runs turns, a worker does."""
    servers = [
        stack.enter_context(Server(postgres, GIINT_EMBEDDED="false", **between)) for _ in range(2)
    ]
    stack.enter_context(Worker(postgres, **between))
    tabs = [Client(one, postgres.alice, postgres.alice.stream, curious=True) for one in servers]
    for tab in tabs:
        await tab.open()
    yield tabs[0], tabs[1]
    for tab in tabs:
        await tab.close()


async def both(one: Client, two: Client, within: float = 60.0) -> None:
    """Both tabs read on until everything that was sent has ended, and they stand at the end."""
    async with asyncio.TaskGroup() as group:
        for tab in (one, two):
            group.create_task(tab.live(one.all_ended, within))
    for tab in (one, two):
        await tab.catch_up()


@pytest.mark.service
async def test_tabs_at_two_servers_see_the_same(
    two: tuple[Client, Client], postgres: Installation, between: dict[str, str]
) -> None:
    one, other = two
    ids = [uuid.uuid4().hex for _ in range(3)]
    for id in ids:
        await one.send(id, "babble 120 words every 10 ms")
    await both(one, other)
    assert check(postgres, [one, other], ids) == []


@pytest.mark.service
async def test_a_run_is_stopped_from_another_process(
    two: tuple[Client, Client], postgres: Installation
) -> None:
    one, other = two
    await one.send("long", "babble 20000 words every 10 ms")  # longer than anybody waits for it
    await one.live(lambda: "running" in one.reader.runs.values())
    thread = one.answers["long"]["thread"]
    run = one.answers["long"]["run"]
    await other.tell({"op": "stop", "thread": thread, "id": "stop"})
    await one.live(lambda: one.reader.ended(run))
    assert one.reader.runs[run] == "cancelled"
    await both(one, other)
    assert check(postgres, [one, other], ["long"]) == []


@pytest.mark.service
async def test_a_killed_worker_is_followed_by_the_next(
    postgres: Installation, between: dict[str, str], stack: ExitStack
) -> None:
    server = stack.enter_context(Server(postgres, GIINT_EMBEDDED="false", **between))
    first = stack.enter_context(Worker(postgres, "first", **between))
    tab = Client(server, postgres.alice, postgres.alice.stream)
    await tab.open()
    await tab.send("cut", "babble 150 words every 10 ms")
    await tab.live(
        lambda: any(
            told.text() for told in tab.reader.messages.values() if told.role == "assistant"
        )
    )
    first.kill()
    stack.enter_context(Worker(postgres, "second", **between))
    await tab.live(tab.all_ended)
    await tab.catch_up()
    assert "message.restarted" in tab.reader.types
    assert check(postgres, [tab], ["cut"]) == []
    await tab.close()


@pytest.mark.service
async def test_a_worker_that_is_told_to_end_hands_its_run_over(
    postgres: Installation, between: dict[str, str], stack: ExitStack
) -> None:
    server = stack.enter_context(Server(postgres, GIINT_EMBEDDED="false", **between))
    first = stack.enter_context(Worker(postgres, "first", GIINT_DRAIN="0", **between))
    tab = Client(server, postgres.alice, postgres.alice.stream)
    await tab.open()
    await tab.send("handed", "babble 150 words every 10 ms")
    await tab.live(lambda: "running" in tab.reader.runs.values())
    first.stop()
    stack.enter_context(Worker(postgres, "second", **between))
    await tab.live(tab.all_ended)
    await tab.catch_up()
    assert tab.reader.runs[tab.answers["handed"]["run"]] == "completed"
    assert check(postgres, [tab], ["handed"]) == []
    await tab.close()


@pytest.mark.service
async def test_text_comes_live_through_redis(postgres: Installation, stack: ExitStack) -> None:
    through = {"REDIS_URL": need_redis()}
    servers = [
        stack.enter_context(Server(postgres, GIINT_EMBEDDED=embedded, **through))
        for embedded in ("true", "false")
    ]
    here, there = (Client(one, postgres.alice, postgres.alice.stream) for one in servers)
    await here.open()
    await here.send("live", "babble 200 words every 10 ms")
    await here.live(lambda: "live" in here.answers)
    there.streams.append(f"thread:{here.answers['live']['thread']}")
    await there.open()
    run = here.answers["live"]["run"]
    await there.live(lambda: there.reader.ended(run))
    await there.catch_up()
    await here.catch_up()
    # Two seconds of text: rows alone would come four times, flushes of 40 ms come fifty times.
    assert there.frames > 15
    assert check(postgres, [here, there], ["live"]) == []
    for tab in (here, there):
        await tab.close()
