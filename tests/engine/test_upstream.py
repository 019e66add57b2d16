"""Runs that are answered by a model server over HTTP: the dialect ``responses``, end to end."""

import pytest

from accounts.models import User
from accounts.services import add_key
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.secrets import Secret
from giint.engine.supervisor import Supervisor
from giint.models import Run
from tests.engine.conftest import ended, send, texts, until
from tests.modelserver import wire
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer
from transcripts.models import ToolOutput

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "sk-alice-0123456789"


@pytest.fixture
def server(model_server: ModelServer, alice: User) -> ModelServer:
    """A model server that is alice's default account."""
    add_key(
        user=alice,
        label="Test",
        dialect="responses",
        base_url=model_server.url,
        model="test-model",
        secret=Secret(KEY),
        default=True,
    )
    return model_server


async def last(thread: str) -> tuple[str, str, str]:
    return (await read_db(texts, thread))[-1]


async def test_two_rounds_of_tools(server: ModelServer, running: Supervisor, alice: User) -> None:
    sent = await send(alice, "Please calculate 6 * 7 and tell the time")
    run = await ended(sent.run)
    assert (run.status, run.code) == ("completed", "")
    role, status, text = await last(sent.thread)
    assert (role, status) == ("assistant", "complete")
    assert "The tools said: 42; " in text

    def outputs() -> list[tuple[str, str]]:
        return list(ToolOutput.objects.order_by("started").values_list("tool", "status"))

    assert await read_db(outputs) == [("calculate", "done"), ("current_time", "done")]
    kinds = [[item["type"] for item in turn["input"]] for turn in server.turns()]
    pair = ["function_call", "function_call_output"]
    assert kinds == [["message"], ["message", *pair], ["message", *pair, *pair]]
    assert {one.headers["authorization"] for one in server.asked} == {f"Bearer {KEY}"}


async def test_a_server_that_fails_once_is_asked_again_and_nothing_comes_twice(
    server: ModelServer, running: Supervisor, alice: User
) -> None:
    server.play(error(503, {}, retry_after="0"), wire.text("Here ", "I am."))
    sent = await send(alice, "Hi")
    assert (await ended(sent.run)).status == "completed"
    assert await last(sent.thread) == ("assistant", "complete", "Here I am.")
    assert len(server.turns()) == 2


async def test_an_answer_that_breaks_off_is_kept_and_not_asked_again(
    server: ModelServer, running: Supervisor, alice: User
) -> None:
    server.play(wire.text("half ", "an ", "answer").but(cut_after=6))
    sent = await send(alice, "Hi")
    run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "upstream_cut")
    assert await last(sent.thread) == ("assistant", "partial", "half an ")
    assert len(server.turns()) == 1


async def test_a_refused_key_fails_at_once_in_words_for_people(
    server: ModelServer, running: Supervisor, alice: User
) -> None:
    server.play(error(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}))
    sent = await send(alice, "Hi")
    run = await ended(sent.run)
    assert (run.status, run.code) == ("failed", "upstream_refused_key")
    assert KEY not in str(run.row())
    assert len(server.turns()) == 1


async def test_stop_ends_the_call_upstream(
    server: ModelServer, running: Supervisor, alice: User
) -> None:
    server.play(wire.text("word ").but(endless_after=4, between=0.01))
    sent = await send(alice, "Hi")
    await until(lambda: server.sent and len(server.sent[0]) > 3000)
    await in_db(engine.stop, user=alice, thread=sent.thread)
    run: Run = await ended(sent.run)
    assert run.status == "cancelled"
    assert (await last(sent.thread))[1] == "partial"
    await until(lambda: server.left == 1)
    assert len(server.turns()) == 1
