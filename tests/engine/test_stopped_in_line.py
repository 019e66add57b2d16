"""A stop that comes before anybody has begun to answer."""

import pytest

from accounts.models import User
from giint import engine
from giint.core.db import in_db
from giint.models import GiintThread, Message, Run
from tests.engine.conftest import texts

pytestmark = pytest.mark.django_db(transaction=True)


def ask(user: User, id: str, thread: str | None = None) -> engine.Started:
    return engine.start(user=user, asked=engine.Asked(client_id=id, text=id, thread=thread))


def test_a_message_whose_turn_was_stopped_waits_no_longer(alice: User) -> None:
    thread = ask(alice, "first").thread
    ask(alice, "second", thread)
    assert Message.objects.filter(status="queued").count() == 1
    for _ in range(2):  # a person who presses the button twice
        assert engine.stop(user=alice, thread=thread)
    assert set(Run.objects.values_list("status", "code")) == {("cancelled", "stopped")}
    assert texts(thread) == [("user", "complete", "first"), ("user", "complete", "second")]
    assert GiintThread.objects.get().activity == "idle"
    assert not engine.stop(user=alice, thread=thread)


async def test_the_next_message_follows_those_that_were_stopped(alice: User) -> None:
    thread = (await in_db(ask, alice, "first")).thread
    await in_db(engine.stop, user=alice, thread=thread)
    await in_db(ask, alice, "second", thread)
    path = await in_db(texts, thread)
    assert [text for _, _, text in path] == ["first", "second"]
