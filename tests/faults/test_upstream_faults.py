"""Every fault of a model server, in every dialect, against the real engine over loopback HTTP.

The table is in ``upstream.py``. Whatever the server does, the run ends once, in its own words,
within its time; what was said is kept and no more; what followed it live is what was stored.
"""

import asyncio
import contextlib
import socket
import tracemalloc
from typing import Any

import pytest
from django.db import transaction

from accounts.models import ProviderKey, User
from accounts.services import add_key, change_key
from agents.models import Agent
from agents.providers import chat, ready, transport
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.errors import FAILURES
from giint.core.events import thread_stream
from giint.core.secrets import Secret
from giint.engine import turn
from giint.engine.hub import hub
from giint.engine.supervisor import Supervisor
from giint.models import Message, Run, Step
from giint.services import make_thread
from tests.engine.conftest import ended, running, send, until
from tests.engine.test_follower import Reader
from tests.faults.upstream import FAULTS, MIB, SLOW, TICK, Fault
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer
from tests.patience import PATIENCE, promised

__all__ = ["running"]
pytestmark = pytest.mark.django_db(transaction=True)
KEY = "sk-alice-0123456789"
DIALECTS = ["responses", "chat"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PAUSES", (0.05, 0.1))
    chat._refused.clear()


def prepare(user: User, base_url: str, dialect: str, limits: dict[str, float]) -> str:
    """alice's account there, an agent in a hurry, and a thread of theirs. Sync."""
    add_key(
        user=user,
        label="Test",
        dialect=dialect,
        base_url=base_url,
        model="test-model",
        secret=Secret(KEY),
    )
    agent = Agent.objects.create(owner=user, name="Hasty", tools=["calculate"], limits=limits)
    with transaction.atomic():
        thread, _ = make_thread(user=user, agent_id=agent.id, title="T", client_id=None)
    return thread.id


def nowhere() -> str:
    """The host and port of nobody."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextlib.asynccontextmanager
async def reading(user: User, thread: str) -> Any:
    reader = Reader(user)
    await reader.follower.subscribe(thread_stream(thread), None, None)
    try:
        yield reader
    finally:
        await reader.end()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_upstream(
    model_server: ModelServer,
    running: Supervisor,
    alice: User,
    settings: Any,
    name: str,
    dialect: str,
) -> None:
    fault = FAULTS[name]
    host = nowhere() if fault.nobody else model_server.host
    settings.GIINT_PRIVATE_HOSTS = [host]
    model_server.play(*fault.replies(dialect))
    thread = await in_db(prepare, alice, f"http://{host}/v1", dialect, fault.all_limits)
    await transport.start()  # it counts as the server's time, and half a second is not much
    async with reading(alice, thread) as reader:
        sent = await send(alice, "Hi", thread=thread)
        run = await ended(sent.run)
        async with asyncio.timeout(PATIENCE):
            while not _terminal(reader):
                await asyncio.sleep(0.01)
        await until(lambda: model_server.open == 0)
        await asyncio.sleep(0.05)  # what is wrong may come late
    message = await read_db(Message.objects.filter(run=sent.run, role="assistant").get)
    judge_end(run, message, fault)
    judge_calls(model_server, fault)
    judge_frames(reader, run, message, fault)
    assert await read_db(Message.objects.filter(status="streaming").count) == 0
    assert await read_db(Step.objects.filter(state="open").count) == 0
    await until(lambda: not hub.live)


def _terminal(reader: Reader) -> list[dict[str, Any]]:
    runs = [frame["payload"]["run"] for frame in reader.of("run.status")]
    return [run for run in runs if run["status"] not in ("queued", "running")]


def judge_end(run: Run, message: Message, fault: Fault) -> None:
    """Its own code and sentence, in its time, with the text that was said."""
    assert (run.status, run.code) == ("failed" if fault.code else "completed", fault.code)
    row = run.row()
    assert row["sentence"].startswith(FAILURES[fault.code].sentence if fault.code else "")
    assert KEY not in str(row)
    assert run.started is not None
    assert run.ended is not None
    assert (run.ended - run.started).total_seconds() < promised(fault.within + TICK)
    assert message.status == ("partial" if fault.code else "complete")
    assert message.text[: len(fault.text)] == fault.text
    assert fault.is_prefix or message.text == fault.text


def judge_calls(server: ModelServer, fault: Fault) -> None:
    """Asked as often as expected, and left in time."""
    assert len(server.turns()) == fault.calls
    assert server.unplayed == 0
    assert all(size <= fault.most for size in server.sizes), server.sizes


def judge_frames(reader: Reader, run: Run, message: Message, fault: Fault) -> None:
    """What came live: one end, the very text, and why it was waited."""
    (end,) = _terminal(reader)
    assert (end["id"], end["code"]) == (run.id, fault.code)
    (done,) = reader.of("message.completed")
    assert reader.frames.index(done) > max(
        (place for place, frame in enumerate(reader.frames) if frame["op"] == "delta"), default=0
    )
    assert done["payload"].get("text", reader.text(message.id)) == message.text
    notices = reader.of("notice")
    assert tuple(notice["code"] for notice in notices) == fault.waits
    for notice in notices:
        assert (notice["run"], notice["thread"]) == (run.id, run.thread_id)
        assert FAILURES[notice["code"]].sentence.startswith(notice["message"].rstrip("."))
        assert 0 <= notice["seconds"] <= 2


def test_the_table_has_every_fault_once() -> None:
    """So that a fault that is left out is noticed: lines 14 to 20 in both dialects."""
    codes = {fault.code for fault in FAULTS.values()}
    upstream = {code for code in FAILURES if code.startswith(("upstream_", "deadline_"))}
    elsewhere = {"upstream_incomplete", "upstream_filtered", "upstream_failed", "deadline_tool"}
    assert codes == (upstream - elsewhere) | {"guard_bytes", ""}


async def test_the_notice_says_how_long_it_waits(
    model_server: ModelServer, running: Supervisor, alice: User
) -> None:
    fault = FAULTS["429 short, then an answer"]
    model_server.play(*fault.replies("responses"))
    thread = await in_db(prepare, alice, model_server.url, "responses", fault.all_limits)
    async with reading(alice, thread) as reader:
        sent = await send(alice, "Hi", thread=thread)
        await reader.saw("notice")
        run = await read_db(Run.objects.get, id=sent.run)
        assert run.status == "running"
        async with reading(alice, thread) as late:  # who comes during the wait is told, too
            await late.saw("notice")
            (notice,) = late.of("notice")
            assert 0 < notice["seconds"] <= 1
        await ended(sent.run)
        async with reading(alice, thread) as later:
            await later.saw("snapshot")
            assert later.of("notice") == []
    assert reader.of("notice") == [
        {
            "op": "notice",
            "run": sent.run,
            "thread": thread,
            "code": "upstream_rate_limited",
            "message": "The model server is limiting this account.",
            "seconds": 1.0,
        }
    ]
    first, second = [one.at for one in model_server.asked]
    assert 0.95 < second - first < promised(2)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_refused_key_is_marked_where_its_owner_sees_it(
    model_server: ModelServer, running: Supervisor, alice: User, dialect: str
) -> None:
    model_server.play(*FAULTS["401"].replies(dialect))
    thread = await in_db(prepare, alice, model_server.url, dialect, FAULTS["401"].all_limits)
    sent = await send(alice, "Hi", thread=thread)
    await ended(sent.run)
    key = await read_db(ProviderKey.objects.get, user=alice)
    assert (key.check_code, key.checked is not None) == ("upstream_refused_key", True)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["100 MB in one line", "100 MB of text", "100 MB of arguments"])
async def test_what_has_no_end_does_not_fill_the_memory(
    model_server: ModelServer, running: Supervisor, alice: User, name: str, dialect: str
) -> None:
    fault = FAULTS[name]
    model_server.play(*fault.replies(dialect))
    patient = {"first": 30.0, "idle": 30.0, "total": 60.0}  # being watched takes time
    thread = await in_db(prepare, alice, model_server.url, dialect, fault.all_limits | patient)
    await ready(dialect)
    await transport.start()
    tracemalloc.start()
    try:
        sent = await send(alice, "Hi", thread=thread)
        run = await ended(sent.run)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert run.code == "guard_bytes"
    assert peak < 60 * MIB


async def test_a_wait_can_be_stopped(
    model_server: ModelServer, running: Supervisor, alice: User
) -> None:
    model_server.play(error(429, SLOW, retry_after="20"))
    thread = await in_db(prepare, alice, model_server.url, "chat", {})
    async with reading(alice, thread) as reader:
        sent = await send(alice, "Hi", thread=thread)
        await reader.saw("notice")
        await in_db(engine.stop, user=alice, thread=thread)
        run = await ended(sent.run)
    assert (run.status, run.code) == ("cancelled", "stopped")
    assert hub.notice(thread_stream(thread)) is None
    assert len(model_server.turns()) == 1


async def test_a_key_that_was_replaced_meanwhile_is_not_marked(
    model_server: ModelServer, running: Supervisor, alice: User
) -> None:
    model_server.play(error(401, {}).but(before_headers=1))
    thread = await in_db(prepare, alice, model_server.url, "chat", {})
    sent = await send(alice, "Hi", thread=thread)
    await until(lambda: model_server.turns())
    key = await read_db(ProviderKey.objects.get, user=alice)
    await in_db(change_key, user=alice, key=key.id, secret=Secret("sk-another-0123456789"))
    assert (await ended(sent.run)).code == "upstream_refused_key"
    assert (await read_db(ProviderKey.objects.get, user=alice)).check_code == ""
