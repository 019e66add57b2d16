"""What a run takes from the catalogue when it is taken up."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from agents.catalogue.access import accounts_for
from agents.models import Agent, LanguageModel
from giint import engine
from giint.core.db import read_db
from giint.engine.claims import claim, register
from giint.engine.clocks import Limits
from giint.engine.hub import Hub
from giint.engine.run import _load
from giint.engine.supervisor import Supervisor
from tests.agents.catalogue.conftest import account_at, lists, read
from tests.engine.conftest import ended, running, send
from tests.modelserver.server import ModelServer

__all__ = ["running"]


@pytest.mark.django_db(transaction=True)
async def test_an_agent_does_not_wake_with_a_model_that_is_gone(
    running: Supervisor, model_server: ModelServer, alice: User
) -> None:
    def set_up() -> Agent:
        account = account_at(model_server, alice)
        for names in (["a"], []):
            lists(model_server, names)
            read(account)
        return Agent.objects.create(owner=alice, name="A", model="a")

    agent = await read_db(set_up)
    run = await ended((await send(alice, "Hello", agent=agent.id)).run)
    assert (run.status, run.code) == ("failed", "model_gone")
    assert run.detail.startswith("a, not listed since")
    assert model_server.turns() == []
    lists(model_server, ["a"])
    await read_db(read_again, alice)
    run = await ended((await send(alice, "Again", agent=agent.id)).run)
    assert (run.status, len(model_server.turns())) == ("completed", 1)


def read_again(user: User) -> None:
    read(*accounts_for(user))


@pytest.mark.parametrize(
    ("own", "window", "answer"),
    [({}, 32_000, 4_000), ({"window": 9_000}, 9_000, 4_000), ({"answer": 77}, 32_000, 77)],
)
def test_the_models_window_counts_and_the_agents_own_before_it(
    settings: Settings, alice: User, own: dict[str, Any], window: int, answer: int
) -> None:
    settings.OPENAI_API_BASE = "https://models.example.org/v1"
    settings.GIINT_SHARED_ACCOUNT = "everyone"
    LanguageModel.objects.create(
        server=settings.OPENAI_API_BASE, model_id="a", context_window=32_000, max_output=4_000
    )
    agent = Agent.objects.create(owner=alice, name="A", model="a", limits=own)
    engine.start(user=alice, asked=engine.Asked(client_id="c1", text="Hello", agent=agent.id))
    (held,) = claim(register("web"), 1)
    work, _ = _load(held, Hub())
    assert (work.limits.window, work.limits.answer) == (window, answer)
    assert work.limits.steps == Limits().steps
