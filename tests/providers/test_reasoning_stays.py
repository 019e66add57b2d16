"""Encrypted reasoning goes back to the server, model and account it came from, and nowhere else."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import ProviderKey, User
from accounts.services import add_key, change_key
from giint.core.db import in_db
from giint.core.secrets import Secret
from giint.engine.supervisor import Supervisor
from tests.engine.conftest import ended, running, send
from tests.modelserver.said import Said
from tests.modelserver.server import ModelServer

__all__ = ["running"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other_server(settings: Any) -> Iterator[ModelServer]:
    with ModelServer() as server:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, server.host]
        yield server


def account(user: User, server: ModelServer, dialect: str = "responses") -> ProviderKey:
    return add_key(
        user=user,
        label=server.host,
        dialect=dialect,
        base_url=server.url,
        model="test-model",
        secret=Secret("sk-test-012345"),
    )


def thoughts(server: ModelServer) -> list[int]:
    """How many reasoning items each call had in its input."""
    return [
        sum(item.get("type") == "reasoning" for item in turn["input"]) for turn in server.turns()
    ]


async def talk(user: User, server: ModelServer, dialect: str, thread: str | None) -> str:
    server.play(Said(thoughts=("Hm.",), pieces=("Yes.",)).reply(dialect))
    sent = await send(user, "Well?", thread=thread)
    assert (await ended(sent.run)).status == "completed"
    return sent.thread


async def choose(user: User, key: ProviderKey) -> None:
    await in_db(change_key, user=user, key=key.id, default=True)


async def test_it_stays_with_its_server(
    model_server: ModelServer, other_server: ModelServer, running: Supervisor, alice: User
) -> None:
    here = await in_db(account, alice, model_server)
    there = await in_db(account, alice, other_server)
    thread = await talk(alice, model_server, "responses", None)
    await talk(alice, model_server, "responses", thread)
    await choose(alice, there)
    await talk(alice, other_server, "responses", thread)
    await choose(alice, here)
    await talk(alice, model_server, "responses", thread)
    assert thoughts(model_server) == [0, 1, 2]
    assert thoughts(other_server) == [0]
    words = [item.get("role") for item in other_server.turns()[0]["input"]]
    assert words == ["user", "assistant", "user", "assistant", "user"]


async def test_it_stays_with_its_account(
    model_server: ModelServer, running: Supervisor, alice: User
) -> None:
    await in_db(account, alice, model_server)
    another = await in_db(account, alice, model_server)
    thread = await talk(alice, model_server, "responses", None)
    await choose(alice, another)
    await talk(alice, model_server, "responses", thread)
    await talk(alice, model_server, "responses", thread)
    assert thoughts(model_server) == [0, 0, 1]


async def test_a_thread_goes_from_one_dialect_to_another_and_back(
    model_server: ModelServer, running: Supervisor, alice: User
) -> None:
    responses = await in_db(account, alice, model_server)
    chat = await in_db(account, alice, model_server, "chat")
    calls = (("calculate", {"expression": "6*7"}),)
    model_server.play(
        Said(thoughts=("Hm.",), calls=calls).reply("responses"), Said(("42.",)).reply("responses")
    )
    first = await send(alice, "6*7?")
    assert (await ended(first.run)).status == "completed"
    await choose(alice, chat)
    model_server.play(Said(calls=calls).reply("chat"), Said(("Still 42.",)).reply("chat"))
    assert (await ended((await send(alice, "Sure?", thread=first.thread)).run)).status
    await choose(alice, responses)
    await talk(alice, model_server, "responses", first.thread)
    *_, chatted, last = model_server.turns()
    said = [(one["role"], one.get("content")) for one in chatted["messages"]][1:]
    assert said == [
        ("user", "6*7?"),
        ("assistant", None),
        ("tool", "42"),
        ("assistant", "42."),
        ("user", "Sure?"),
        ("assistant", None),
        ("tool", "42"),
    ]
    kinds = [item["type"] for item in last["input"]]
    pair = ["function_call", "function_call_output"]
    assert kinds == ["message", "reasoning", *pair, "message", "message", *pair, *["message"] * 2]
    ids = [item["call_id"] for item in last["input"] if item["type"] == "function_call"]
    assert len(set(ids)) == 2  # both servers called theirs call_1
