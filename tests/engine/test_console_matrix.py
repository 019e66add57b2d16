"""A console message in every phase of a thread, by every policy, over a real model server: it is
delivered once, in the place that docs/console.md says, and answered.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from accounts.models import User
from accounts.services import add_key
from agents.providers.scripted import Hold
from agents.services import create_agent
from agents.tools.base import ToolContext, tool
from giint import engine
from giint.core.db import in_db, in_thread, read_db
from giint.core.models import Event
from giint.core.secrets import Secret
from giint.engine import records
from giint.engine.supervisor import Supervisor
from giint.models import OPEN, Approval, GiintThread, Message, Run, Step
from tests.engine.conftest import ended, send, until
from tests.modelserver import wire
from tests.modelserver.script import Reply
from tests.modelserver.server import ModelServer
from transcripts.models import ConsoleMessage, ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "The build is red."
SLOW = wire.text(*(f"word{n} " for n in range(12))).but(between=0.05)
holds: dict[str, Hold] = {}


@tool(retry="safe", timeout=20)
async def looks(context: ToolContext) -> str:
    """May be repeated."""
    await holds["looks"].wait()
    return "looked"


@tool(retry="once", timeout=20)
async def pays(context: ToolContext) -> str:
    """May not be repeated."""
    await holds["pays"].wait()
    return "paid"


@tool(retry="once", writes=True)
def writes(context: ToolContext) -> str:
    """Asks first."""
    return "written"


@pytest.fixture(autouse=True)
def _tools(settings: Any) -> None:
    names = ("looks", "pays", "writes")
    mine = {name: (name, f"tests.engine.test_console_matrix.{name}") for name in names}
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | mine
    holds.clear()
    holds.update(looks=Hold(), pays=Hold())


@pytest.fixture
def server(model_server: ModelServer, alice: User) -> ModelServer:
    add_key(
        user=alice,
        label="Test",
        dialect="responses",
        base_url=model_server.url,
        model="test-model",
        secret=Secret("sk-alice-0123456789"),
        default=True,
    )
    create_agent(user=alice, name="Agent", tools=["looks", "pays", "writes"])
    return model_server


async def begun(user: User, server: ModelServer, *replies: Reply) -> engine.Started:
    server.play(*replies)
    agent = await read_db(lambda: user.agents.get(name="Agent").id)
    return await send(user, "Go", agent=agent)


# --- the phases -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def idle(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, wire.text("Hello."))
    await ended(sent.run)
    yield sent.thread


@contextlib.asynccontextmanager
async def failed(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, wire.text("half ", "of it").but(cut_after=6))
    assert (await ended(sent.run)).status == "failed"
    yield sent.thread


@contextlib.asynccontextmanager
async def nobody_connected(user: User, server: ModelServer, policy: str) -> AsyncIterator[None]:
    yield None


@contextlib.asynccontextmanager
async def queued(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    await engine.supervisor.drain(0)  # nobody takes it up
    sent = await begun(user, server)
    yield sent.thread
    engine.supervisor.start()


@contextlib.asynccontextmanager
async def waiting_upstream(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, wire.text("Late.").but(before_headers=1.0))
    await until(lambda: server.turns() and Step.objects.filter(run=sent.run).exists())
    yield sent.thread


@contextlib.asynccontextmanager
async def mid_delta(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, SLOW)
    await until(lambda: server.sent and b"word1" in server.sent[0])
    yield sent.thread


@contextlib.asynccontextmanager
async def in_a_safe_tool(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, wire.stream(wire.call("looks", {}, "call_1")))
    await holds["looks"].reached()
    yield sent.thread
    if policy != "interrupt":
        holds["looks"].release()


@contextlib.asynccontextmanager
async def in_a_tool_once(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, wire.stream(wire.call("pays", {}, "call_1")))
    await holds["pays"].reached()
    yield sent.thread
    if policy == "interrupt":  # it is awaited
        await until(lambda: engine.supervisor.works[sent.run].halted)
    holds["pays"].release()


@contextlib.asynccontextmanager
async def awaiting_approval(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    sent = await begun(user, server, wire.stream(wire.call("writes", {}, "call_1")))
    await until(Run.objects.filter(id=sent.run, status="waiting").exists)
    yield sent.thread
    approval = await read_db(Approval.objects.get)
    if policy == "interrupt":
        assert approval.decision == "withdrawn"
        return
    assert approval.decision == ""
    verdict = engine.Verdict(approves=True)
    await in_db(engine.decide, user=user, approval=approval.id, verdict=verdict)


@contextlib.asynccontextmanager
async def finishing(user: User, server: ModelServer, policy: str) -> AsyncIterator[str]:
    """Posted just before the run's last transaction, which waits for it."""
    hold, close_run = Hold(), records.close_run
    loop = asyncio.get_running_loop()

    def later(*given: Any) -> None:
        if not hold._released.is_set():
            asyncio.run_coroutine_threadsafe(hold.wait(), loop).result()
        close_run(*given)

    records.close_run = later  # type: ignore[assignment]
    try:
        sent = await begun(user, server, wire.text("Whole."))
        await hold.reached()
        yield sent.thread
        hold.release()
        await ended(sent.run)
    finally:
        hold.release()
        records.close_run = close_run


PHASES: dict[str, Any] = {
    phase.__name__: phase
    for phase in (
        idle, failed, nobody_connected, queued, waiting_upstream, mid_delta, in_a_safe_tool,
        in_a_tool_once, awaiting_approval, finishing,
    )
}  # fmt: skip
# (phase, policy) → the path when all is over, and how the runs ended, in the order of their turns.
# u: the person's message; a: a whole answer, or one that calls tools; p: a partial answer; C: ours.
Came = tuple[str, tuple[str, ...]]
AFTER = ("completed", "completed")
GAVE_WAY = ("interrupted", "completed")
SAME: dict[str, Came] = {"idle": ("uaCa", AFTER), "failed": ("upCa", ("failed", "completed"))}
SAME |= {"nobody_connected": ("Ca", ("completed",)), "finishing": ("uaCa", AFTER)}
DIFFER: dict[tuple[str, str], Came] = {
    ("queued", "interrupt"): ("Caua", AFTER),
    ("queued", "steer"): ("uCa", ("completed",)),
    ("queued", "wait"): ("uaCa", AFTER),
    ("waiting_upstream", "interrupt"): ("upCa", GAVE_WAY),
    ("waiting_upstream", "steer"): ("uaCa", AFTER),
    ("waiting_upstream", "wait"): ("uaCa", AFTER),
    ("mid_delta", "interrupt"): ("upCa", GAVE_WAY),
    ("mid_delta", "steer"): ("uaCa", AFTER),
    ("mid_delta", "wait"): ("uaCa", AFTER),
}
for _phase in ("in_a_safe_tool", "in_a_tool_once", "awaiting_approval"):
    DIFFER[_phase, "interrupt"] = ("uaCa", GAVE_WAY)
    DIFFER[_phase, "steer"] = ("uaCa", ("completed",))
    DIFFER[_phase, "wait"] = ("uaaCa", AFTER)
CALLS = {
    ("in_a_safe_tool", "interrupt"): "cancelled",
    ("awaiting_approval", "interrupt"): "cancelled",
}


@pytest.mark.parametrize("policy", ["interrupt", "steer", "wait"])
@pytest.mark.parametrize("phase", list(PHASES))
async def test_it_is_delivered_once_where_the_table_says_and_answered(
    running: Supervisor, server: ModelServer, alice: User, phase: str, policy: str
) -> None:
    async with PHASES[phase](alice, server, policy) as thread:
        told = engine.Posting(
            text=TEXT,
            source=ConsoleMessage.Source.SHELL,
            name="cron@backup",
            thread=thread,
            policy=policy,
        )
        # Not on the writers' one thread, in which a phase may be waiting.
        one = (await in_thread(engine.post, user=alice, posting=told)).message
    await until(ConsoleMessage.objects.filter(id=one.id, status="answered").exists)
    await until(lambda: not Run.objects.filter(status__in=OPEN).exists())
    path, runs = await read_db(_came_to, one.id)
    assert (path, runs) == (SAME.get(phase) or DIFFER[phase, policy])
    assert await read_db(_told, one.id) == {
        "console.posted": 1 + (runs != ("completed",) and _has_moved(phase, policy)),
        "console.delivered": 1,
        "console.answered": 1,
    }
    await read_db(_is_in_its_step, one.id)
    said = [_texts(turn) for turn in server.turns()]
    assert [texts.count(TEXT) for texts in said] == sorted(texts.count(TEXT) for texts in said)
    assert max(texts.count(TEXT) for texts in said) == 1
    if phase in ("in_a_safe_tool", "in_a_tool_once", "awaiting_approval"):
        output = await read_db(ToolOutput.objects.get)
        assert output.status == CALLS.get((phase, policy), "done")


def _has_moved(phase: str, policy: str) -> bool:
    """Whether it waited for a model call that never came, and has had its own run then."""
    return policy == "steer" and phase in ("waiting_upstream", "mid_delta", "finishing")


def _came_to(console: str) -> Came:
    one = ConsoleMessage.objects.get(id=console)
    thread = GiintThread.objects.get(id=one.thread_id)
    signs = {"user": "u", "console": "C"}
    path = "".join(
        signs.get(m.role, "a" if m.status == "complete" else "p")
        for m in Message.objects.path(thread.head_id, 50)
    )
    runs = thread.runs.order_by("started").values_list("status", flat=True)
    return path, tuple(runs)


def _told(console: str) -> Counter[str]:
    """How often each event tells of it on its person's own stream; the thread's has the same."""
    found: list[Counter[str]] = []
    for kind in ("user:", "thread:"):
        rows = Event.objects.filter(stream__name__startswith=kind, type__startswith="console.")
        found.append(Counter(rows.values_list("type", flat=True)))
    assert found[0] == found[1]
    return found[0]


def _is_in_its_step(console: str) -> None:
    """The step that delivered it is the first of a message that follows it."""
    one = ConsoleMessage.objects.get(id=console)
    assert one.step is not None
    assert one.message is not None
    answer = one.step.message
    assert answer is not None
    assert answer.parent_id == one.message_id
    assert one.run_id == answer.run_id


def _texts(turn: Any) -> str:
    """What it was told by people, and from outside: a model may repeat it."""
    return str([item for item in turn["input"] if item.get("role") == "user"])


async def test_stop_does_not_wait_for_the_tool_that_an_interruption_waits_for(
    running: Supervisor, server: ModelServer, alice: User
) -> None:
    sent = await begun(alice, server, wire.stream(wire.call("pays", {}, "call_1")))
    await holds["pays"].reached()
    told = engine.Posting(TEXT, ConsoleMessage.Source.SHELL, "cron", thread=sent.thread)
    one = (await in_db(engine.post, user=alice, posting=told)).message
    await until(lambda: engine.supervisor.works[sent.run].halted)
    assert await in_db(engine.stop, user=alice, thread=sent.thread)
    assert (await ended(sent.run)).status == "cancelled"
    await until(ConsoleMessage.objects.filter(id=one.id, status="answered").exists)
