"""Who answers: by ``@name``, by order, and who is offered when one cannot."""

import itertools
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from agents.models import Agent
from agents.providers.scripted import Hold, fails, says, scripted
from agents.services import change_agent, create_agent
from agents.template_services import save_revision
from giint import services
from giint.core.db import in_db, read_db
from giint.engine.addressing import addressed
from giint.engine.supervisor import Supervisor
from giint.models import GiintThread, Message, Run
from tests.agents.templates import made
from tests.engine.conftest import ended, send

pytestmark = pytest.mark.django_db(transaction=True)


def named(*names: str) -> list[Agent]:
    return [Agent(id=f"agent_{place}", name=name) for place, name in enumerate(names)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Max add 2 and 3", "Max"),
        ("@max, add", "Max"),
        ("@MAX", "Max"),
        ("@Max Power add", "Max Power"),
        ("@Max Powers add", "Max"),
        ("@Maxim add", None),
        ("@max-power", None),
        ("Ask @Max", None),
        (" @Max", None),
        ("@", None),
        ("", None),
    ],
)
def test_a_message_names_an_agent_at_its_beginning(text: str, expected: str | None) -> None:
    found = addressed(text, named("Max", "Max Power"))
    assert (found.name if found else None) == expected


def test_of_two_with_one_name_the_first_is_meant() -> None:
    first, second = named("Max", "max")
    assert addressed("@max", [second, first]) == second


def agents_of(user: User, *names: str) -> list[str]:
    return [create_agent(user=user, name=name, instructions=name)[0].id for name in names]


async def test_a_name_addresses_for_one_turn(running: Supervisor, alice: User) -> None:
    first, second, third = await in_db(agents_of, alice, "One", "Two", "Three")
    with scripted(says("a"), says("b"), says("c"), says("d")) as script:
        begun = await send(alice, "@Two hello", agent=None)
        run = await ended(begun.run)
        assert run.agent_id == second  # of the person, though not of the thread
        order: dict[str, Any] = {"user": alice, "thread_id": begun.thread}
        await in_db(services.set_agents, **order, agents=[third, first])
        asked = ["Hello", "@One hello", "Hello"]
        runs = [await ended((await send(alice, text, thread=begun.thread)).run) for text in asked]
    assert [run.agent_id for run in runs] == [third, first, third]
    assert [request.instructions for request in script.requests] == ["Two", "Three", "One", "Three"]
    thread = await read_db(lambda: GiintThread.objects.get(id=begun.thread).agent_ids())
    assert thread == [third, first]


@pytest.mark.parametrize("code", ["upstream_no_model", "upstream_refused_key"])
async def test_when_an_agent_has_no_model_the_next_is_offered(
    running: Supervisor, alice: User, code: str
) -> None:
    ids = await in_db(agents_of, alice, "One", "Two", "Three")
    await in_db(change_agent, user=alice, agent=ids[1], archived=True)
    with scripted(says("a"), fails(code)):
        begun = await send(alice, "Hello", agent=ids[0])
        await ended(begun.run)
        order: dict[str, Any] = {"user": alice, "thread_id": begun.thread}
        await in_db(services.set_agents, **order, agents=[ids[0], ids[2]])
        run = await ended((await send(alice, "More", thread=begun.thread)).run)
    offered = ids[2] if code == "upstream_no_model" else None
    assert (run.status, run.code, run.offered_id) == ("failed", code, offered)
    assert run.row()["offered"] == offered


async def test_an_agent_archived_while_its_message_waited_does_not_answer(
    running: Supervisor, alice: User
) -> None:
    (id_,) = await in_db(agents_of, alice, "One")
    hold = Hold()
    with scripted([hold, *says("a")]):
        begun = await send(alice, "Hello", agent=id_)
        await hold.reached()
        waiting = await send(alice, "More", thread=begun.thread)
        await in_db(change_agent, user=alice, agent=id_, archived=True)
        hold.release()
        first, second = await ended(begun.run), await ended(waiting.run)
    assert (first.status, second.status, second.code) == ("completed", "failed", "no_agent")


async def test_a_run_remembers_its_revision_and_its_first_token(
    running: Supervisor, alice: User
) -> None:
    template = await in_db(made, alice, is_default=True)
    with scripted(says("a"), says("b"), fails("upstream_cut")) as script:
        begun = await send(alice, "Hello")
        first = await ended(begun.run)
        await in_db(save_revision, template=template, author=alice, instructions="New {{tone}}")
        second = await ended((await send(alice, "More", thread=begun.thread)).run)
        new = await ended((await send(alice, "Hello again")).run)
    revisions = await read_db(lambda: list(template.revisions.order_by("number")))
    assert [first.revision_id, second.revision_id] == [revisions[0].id] * 2
    assert new.revision_id == revisions[1].id
    told = [request.instructions for request in script.requests]
    assert told == ["Be brief.", "Be brief.", "New brief"]
    assert first.first_token is not None
    assert first.started is not None
    assert first.ended is not None
    assert 0 <= first.first_token <= (first.ended - first.started).total_seconds() + 0.05
    assert new.first_token is None


def test_a_thousand_threads_with_three_choices_leave_three_agents(alice: User) -> None:
    default, other = made(alice, is_default=True), made(alice, "Other")
    choices: list[dict[str, Any]] = [
        {},
        {"template": other.id, "variables": {"tone": "warm"}},
        {"name": "Own", "instructions": "Count.", "tools": ["calculate"]},
    ]
    for number, choice in zip(range(1_000), itertools.cycle(choices), strict=False):
        agent = create_agent(user=alice, **choice)[0].id if choice else None
        with transaction.atomic():
            services.make_thread(user=alice, agent_id=agent, title="", client_id=str(number))
    assert GiintThread.objects.count() == 1_000
    assert Agent.objects.count() == 3
    used = Agent.objects.filter(participations__isnull=False).distinct()
    assert used.count() == 3
    assert used.get(revision__template=default).name == "Support"
    assert not Run.objects.exists()
    assert not Message.objects.exists()
