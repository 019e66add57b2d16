"""Console messages where the model server keeps state: told once there too, beside the results of
tools or after an answer that gave way, and nothing is left behind.
"""

from typing import Any

import pytest

from accounts.models import User
from accounts.services import add_key
from agents.providers.scripted import Hold
from agents.services import create_agent
from agents.tools.base import ToolContext, tool
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.secrets import Secret
from giint.engine.supervisor import Supervisor
from giint.models import OPEN, Message, Run
from tests.engine.conftest import send, texts, until
from tests.modelserver.said import Said
from tests.modelserver.server import ModelServer
from transcripts.models import ConsoleMessage

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "The build is red."
DIALECTS = ["chat", "assistants", "agents"]
holds: list[Hold] = []


@tool(retry="safe", timeout=20)
async def looks(context: ToolContext) -> str:
    """Looks."""
    await holds[-1].wait()
    return "looked"


@pytest.fixture(params=DIALECTS)
def dialect(
    request: pytest.FixtureRequest, model_server: ModelServer, alice: User, settings: Any
) -> str:
    settings.GIINT_JOBS = {}
    mine = {"looks": ("Looks", "tests.engine.test_console_dialects.looks")}
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | mine
    holds.append(Hold())
    create_agent(user=alice, name="Agent", tools=["looks"])
    found: str = request.param
    add_key(
        user=alice,
        label="Test",
        dialect=found,
        base_url=model_server.url,
        model="test-model",
        secret=Secret("sk-alice-0123456789"),
        default=True,
    )
    return found


async def post(user: User, thread: str, policy: str) -> ConsoleMessage:
    told = engine.Posting(TEXT, ConsoleMessage.Source.SHELL, "cron", thread=thread, policy=policy)
    return (await in_db(engine.post, user=user, posting=told)).message


async def answered(one: ConsoleMessage, server: ModelServer) -> None:
    await until(ConsoleMessage.objects.filter(id=one.id, status="answered").exists)
    await until(lambda: not Run.objects.filter(status__in=OPEN).exists())
    await until(lambda: server.created == server.deleted)


async def test_it_steers_beside_the_results_of_tools(
    dialect: str, running: Supervisor, alice: User, model_server: ModelServer
) -> None:
    model_server.play(Said(calls=(("looks", {}),)).reply(dialect))
    agent = await read_db(lambda: alice.agents.get(name="Agent").id)
    sent = await send(alice, "Go", agent=agent)
    await holds[-1].reached()
    one = await post(alice, sent.thread, "steer")
    holds[-1].release()
    await answered(one, model_server)
    role, status, text = (await read_db(texts, sent.thread))[-1]
    assert (role, status) == ("assistant", "complete")
    assert TEXT in text  # the server says what it was told last
    assert await read_db(Run.objects.count) == 1
    assert await read_db(Message.objects.filter(role="console").count) == 1


async def test_it_interrupts_and_is_answered_next(
    dialect: str, running: Supervisor, alice: User, model_server: ModelServer
) -> None:
    slow = Said(tuple(f"word{n} " for n in range(40))).reply(dialect)
    model_server.play(slow.but(between=0.1))
    sent = await send(alice, "Go")
    await until(lambda: Message.objects.filter(text__contains="word1").exists())
    one = await post(alice, sent.thread, "interrupt")
    await answered(one, model_server)
    path = await read_db(texts, sent.thread)
    statuses = [(role, status) for role, status, _ in path]
    assert statuses == [
        ("user", "complete"),
        ("assistant", "partial"),
        ("console", "complete"),
        ("assistant", "complete"),
    ]
    assert TEXT in path[-1][2]
