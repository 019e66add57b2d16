"""Deadlines and guards: each ends the run with its own code and keeps what was said."""

import asyncio
import time
from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.providers.base import Started, Text
from agents.providers.scripted import Pause, calls, says, scripted
from giint.core.db import in_db, read_db
from giint.engine.clocks import Clock, Guards, Limits
from giint.engine.supervisor import Supervisor
from giint.models import Message
from tests.engine.conftest import ended, send, texts
from tests.patience import promised

pytestmark = pytest.mark.django_db(transaction=True)


async def limited(user: User, **limits: float) -> Agent:
    return await in_db(
        Agent.objects.create, owner=user, name="L", tools=["calculate"], limits=limits
    )


@pytest.mark.parametrize(
    ("limits", "turn", "code", "text"),
    [
        ({"first": 0.2}, [Pause(9)], "deadline_first", ""),
        ({"idle": 0.2}, [Started(), Text("A"), Pause(9)], "deadline_idle", "A"),
        (
            {"total": 0.5},
            [Started(), *(x for n in range(200) for x in (Text("."), Pause(0.05)))],
            "deadline_total",
            ".",
        ),
        ({"bytes": 5}, [Started(), Text("abc"), Text("def"), Text("g")], "guard_bytes", "abcdef"),
    ],
)
async def test_a_limit_ends_the_run_with_its_code(
    running: Supervisor, alice: User, limits: dict[str, float], turn: Any, code: str, text: str
) -> None:
    agent = await limited(alice, **limits)
    with scripted(turn):
        sent = await send(alice, "Go", agent=agent.id)
        run = await asyncio.wait_for(ended(sent.run), promised(4))
    assert (run.status, run.code) == ("failed", code)
    last = (await read_db(texts, sent.thread))[-1]
    assert last[1] == "partial"
    assert last[2].startswith(text)


@pytest.mark.parametrize(
    ("limits", "code", "asked"),
    [
        ({"steps": 2}, "guard_steps", 2),
        ({"identical": 2}, "guard_identical", 3),
        ({"tool_calls": 1}, "guard_tool_calls", 2),
        ({"tokens": 3}, "guard_tokens", 2),
    ],
)
async def test_a_model_that_never_stops_asking_is_stopped(
    running: Supervisor, alice: User, limits: dict[str, float], code: str, asked: int
) -> None:
    agent = await limited(alice, **limits)
    with scripted(*[calls(("calculate", {"expression": "1"}), first=n) for n in range(asked)]):
        sent = await send(alice, "Go", agent=agent.id)
        run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", code)
    assert await read_db(Message.objects.filter(status="streaming").count) == 0


async def test_a_tools_time_is_not_the_models_silence(
    running: Supervisor, alice: User, settings: Any
) -> None:
    settings.GIINT_TOOLS = {"sleepy": ("Sleepy", "tests.engine.tools.sleepy")}
    agent = await in_db(
        Agent.objects.create,
        owner=alice,
        name="L",
        tools=["sleepy"],
        limits={"idle": 0.1, "first": 0.1, "total": 0.2},
    )
    with scripted(calls(("sleepy", {})), says("It was late.")) as script:
        sent = await send(alice, "Go", agent=agent.id)
        run = await ended(sent.run)
    assert run.status == "completed"
    assert "did not finish in 0.2 s" in script.requests[1].items[-1]["output"]


def test_a_clock_counts_model_calls_only() -> None:
    clock = Clock(Limits(total=1.0), spent=0.9)
    time.sleep(0.02)
    assert clock.spent == 0.9
    assert clock.expired() == ""
    clock.begin()
    assert clock.remaining() <= 0.1


def test_limits_ignore_what_is_not_a_positive_number() -> None:
    own = {"first": 1, "idle": "soon", "total": -5, "steps": True, "unknown": 3}
    assert Limits.of(own) == Limits(first=1)


def test_a_takeover_goes_on_counting() -> None:
    guards = Guards(Limits(identical=3, steps=5), steps=4, tokens=0, calls=[("t", "{}")] * 2)
    assert guards.model_call() == ""
    assert guards.model_call() == "guard_steps"
    assert guards.tool_calls([("t", "{}")]) == ""
    assert guards.tool_calls([("t", "{}")]) == "guard_identical"
