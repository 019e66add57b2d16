"""Which failures of a create leave nothing, and which leave a doubt; who shares what with whom."""

import asyncio
from typing import Any

import httpx2
import openai
import pytest
from django.db.models.functions import Now

from accounts.models import ProviderKey, User
from agents.endpoints import endpoint_of
from agents.models import RemoteAssistant
from agents.providers.failures import was_refused
from agents.providers.stateful import Tags
from agents.remote import records
from agents.remote.holding import Ledger
from agents.remote.records import Scope
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.errors import GiintError
from giint.core.secrets import Secret
from giint.models import Run
from tests.agents.remote.conftest import key, states

__all__ = ["key"]
DIGEST = "d" * 64
REQUEST = httpx2.Request("POST", "https://shelf.example.org/v1/assistants")


def status(code: int) -> openai.APIStatusError:
    answer = httpx2.Response(code, request=REQUEST)
    return openai.APIStatusError("no", response=answer, body=None)


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (status(400), True),
        (status(401), True),
        (status(404), True),
        (status(429), True),
        (status(408), False),
        (status(409), False),
        (status(500), False),
        (status(504), False),
        (GiintError("address_refused"), True),
        (openai.APIConnectionError(request=REQUEST), False),
        (ConnectionResetError(), False),
        (TimeoutError(), False),
    ],
)
def test_only_a_definite_no_leaves_no_doubt(error: Exception, refused: bool) -> None:
    assert was_refused(error) is refused


def scope(user: User, key: ProviderKey, *, alone: bool = False, run: str | None = None) -> Scope:
    if run is None:
        asked = engine.Asked(client_id=f"c{Run.objects.count()}", text="Hi")
        run = engine.start(user=user, asked=asked).run
    row = Run.objects.get(id=run)
    return Scope.of(
        endpoint_of(key),
        user=user.pk,
        agent=row.agent_id,
        thread=row.thread_id,
        run=run,
        alone=alone,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("error", "state"), [(status(400), "refused"), (status(502), "doubtful")])
async def test_a_failed_create_is_told_and_on_record(
    alice: User, key: ProviderKey, error: Exception, state: str
) -> None:
    ledger = Ledger(await in_db(scope, alice, key), Secret("sk-alice"))

    async def create(tags: Tags) -> str:
        raise error

    with pytest.raises(type(error)):
        await ledger.hold("assistant", DIGEST, create)
    assert await read_db(states) == [("assistant", state)]


@pytest.mark.django_db(transaction=True)
async def test_the_intent_is_there_before_anything_is_asked(alice: User, key: ProviderKey) -> None:
    ledger = Ledger(await in_db(scope, alice, key), Secret("sk-alice"))

    async def create(tags: Tags) -> str:
        assert await read_db(states) == [("assistant", "intended")]
        row = await read_db(RemoteAssistant.objects.get)
        assert tags == row.tags
        assert tags["giint_row"] == row.id
        return "asst_1"

    held = await ledger.hold("assistant", DIGEST, create)
    assert (held.remote_id, held.fresh) == ("asst_1", True)
    await ledger.remember(held, {"through": "x"})
    again = await ledger.hold("assistant", DIGEST, create)
    assert (again.fresh, again.memory, again.row) == (False, {"through": "x"}, held.row)
    await ledger.discard(held)
    assert await read_db(states) == [("assistant", "leaving")]


@pytest.mark.django_db(transaction=True)
async def test_what_is_beside_the_conversation_shares_nothing_with_it(
    alice: User, key: ProviderKey
) -> None:
    mine = await in_db(scope, alice, key)
    numbers = iter(range(10))

    async def create(tags: Tags) -> str:
        return f"asst_{next(numbers)}"

    async def of(ledger: Ledger) -> str:
        return (await ledger.hold("assistant", DIGEST, create)).remote_id

    secret = Secret("sk-alice")
    assert await of(Ledger(mine, secret)) == await of(Ledger(mine, secret))
    assert await of(Ledger(mine, secret, "summary")) != await of(Ledger(mine, secret))
    other = await in_db(scope, alice, key, alone=True)
    assert await of(Ledger(other, secret)) != await of(Ledger(mine, secret))


@pytest.mark.django_db(transaction=True)
async def test_one_that_is_taken_up_again_is_not_released(
    alice: User, key: ProviderKey, settings: Any
) -> None:
    """The next turn begins while the last one's objects are being put to sleep."""
    first = await in_db(scope, alice, key)

    async def create(tags: Tags) -> str:
        await asyncio.sleep(0)
        return "asst_1"

    await Ledger(first, Secret("x")).hold("assistant", DIGEST, create)

    def between() -> list[tuple[str, str]]:
        Run.objects.filter(id=first.run).update(status="completed")
        rows = RemoteAssistant.objects.all()
        found = list(records._as_they_are(rows))  # as the sleep saw them
        second = engine.start(
            user=alice, asked=engine.Asked(client_id="again", text="More", thread=first.thread)
        )
        records.take_or_intend(scope(alice, key, run=second.run), "assistant", DIGEST)
        for some in found:
            some.update(released=Now())
        return states()

    assert await in_db(between) == [("assistant", "held")]
