"""Who may use a tool is asked before each model call."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from agents.models import Agent, Tool
from agents.providers.scripted import Hold, Turn, calls, says, scripted
from giint.core.db import in_db
from giint.engine.supervisor import Supervisor
from tests.engine.conftest import ended, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sums(alice: User) -> Agent:
    people = Group.objects.create(name="people")
    Tool.objects.create(name="calculate", kind="code").groups.add(people)
    alice.groups.add(people)
    return Agent.objects.create(owner=alice, name="Sums", tools=["calculate"])


async def test_a_right_that_is_taken_away_is_gone_with_the_next_call(
    running: Supervisor, alice: User, sums: Agent
) -> None:
    hold = Hold()
    asks: Turn = calls(("calculate", {"expression": "6*7"}), first=2)
    held: Turn = [*calls(("calculate", {"expression": "1+1"})), hold]
    held.insert(-2, held.pop())  # before its end
    with scripted(held, asks, says("No.")) as script:
        sent = await send(alice, "6*7?", agent=sums.id)
        await hold.reached()
        await in_db(alice.groups.clear)
        hold.release()
        await ended(sent.run)
    offered = [[tool.name for tool in request.tools] for request in script.requests]
    assert offered == [["calculate"], [], []]
    outputs: list[Any] = [one["output"] for one in script.requests[2].items if "output" in one]
    assert outputs[0] == "2"  # it was offered when the model asked for it
    assert "no tool of that name that you may use" in outputs[1]
