"""What follows from the catalogue for agents: warnings, refusals, limits."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.access import account_for
from accounts.models import User
from accounts.services import change_key, remove_key
from agents.catalogue.accounts import ServerAccount
from agents.catalogue.facts import limits_of, refuse_gone
from agents.catalogue.warnings import look_again, rewarn
from agents.endpoints import endpoint_for
from agents.models import Agent, LanguageModel
from giint.core.errors import GiintError
from giint.core.events import user_stream
from giint.engine import journal
from tests.accounts.conftest import Caller, entered, journalled
from tests.agents.catalogue.conftest import account_at, lists, read, share
from tests.modelserver.server import ModelServer

GONE = "a is gone from its server's list. Choose another model."
ENDS = "a ends on 5 January 2027. Choose another model before that."


def agent_of(user: User, model: str = "a", **fields: Any) -> Agent:
    return Agent.objects.create(owner=user, name="A", model=model, **fields)


def warning(agent: Agent) -> str:
    return Agent.objects.get(pk=agent.pk).warning


def told(user: User) -> list[str]:
    """The warnings that the person's page was told of, in order."""
    events = [event for event in journalled(user) if event.type == "agent.updated"]
    return [event.payload["agent"]["warning"] for event in events]


def snapshot(user: User) -> dict[str, str]:
    frame = journal.snapshot(user, user_stream(account_for(user).id))
    return {row["id"]: row["warning"] for row in frame["agents"]}


def test_an_agent_whose_model_vanishes_is_warned_and_told_when_it_is_back(
    model_server: ModelServer, alice: User
) -> None:
    account, agent, other = account_at(model_server, alice), agent_of(alice), agent_of(alice, "b")
    for names in (["a", "b"], ["b"], ["b"], ["a", "b"]):
        lists(model_server, names)
        read(account)
    assert told(alice) == [GONE, ""]
    lists(model_server, ["b"])
    read(account)
    assert (warning(agent), warning(other)) == (GONE, "")
    assert snapshot(alice) == {agent.id: GONE, other.id: ""}


def test_an_agent_whose_model_will_end_is_warned(model_server: ModelServer, alice: User) -> None:
    account, agent = account_at(model_server, alice), agent_of(alice)
    lists(model_server, ["a"], shutdown_date="2027-01-05")
    read(account)
    assert warning(agent) == ENDS
    lists(model_server, ["a"])
    read(account)
    assert told(alice) == [ENDS, ""]


def test_an_agent_without_a_model_has_its_accounts(model_server: ModelServer, alice: User) -> None:
    account = account_at(model_server, alice, model="a")
    agent = agent_of(alice, "")
    lists(model_server, ["a"], shutdown_date="2027-01-05")
    read(account)
    assert warning(agent) == ENDS


def test_a_key_that_does_not_answer_warns_nobody(model_server: ModelServer, alice: User) -> None:
    entered(alice)  # the default one
    agent = agent_of(alice)
    lists(model_server, ["a"], shutdown_date="2027-01-05")
    read(account_at(model_server, alice))
    assert warning(agent) == ""


def test_the_operators_account_warns_those_for_whom_it_answers(
    model_server: ModelServer, settings: Settings, alice: User, bob: User, mallory: User
) -> None:
    shared = share(settings, model_server)
    settings.GIINT_SHARED_ACCOUNT = "staff"
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(is_staff=True)
    entered(bob)
    agents = [agent_of(user) for user in (alice, bob, mallory)]
    lists(model_server, ["a"], shutdown_date="2027-01-05")
    read(shared)
    assert [warning(agent) for agent in agents] == [ENDS, "", ""]
    assert (told(alice), told(bob), told(mallory)) == ([ENDS], [], [])


def test_warning_twice_tells_once(model_server: ModelServer, alice: User) -> None:
    account = account_at(model_server, alice)
    for _ in range(3):
        agent_of(alice)
    lists(model_server, ["a"], shutdown_date="2027-01-05")
    read(account)
    assert rewarn(account) == 0
    assert told(alice) == [ENDS] * 3


def test_a_warning_follows_the_account_that_answers(
    model_server: ModelServer, alice: User, bob: User
) -> None:
    first, second = account_at(model_server, alice), entered(alice)
    agent, of_bob = agent_of(alice), agent_of(bob)
    lists(model_server, ["a"], shutdown_date="2027-01-05")
    read(first)
    change_key(user=alice, key=second.id, default=True)
    look_again(lambda: True)
    assert warning(agent) == ENDS  # the process was ending
    look_again(lambda: False)
    assert warning(agent) == ""
    remove_key(user=alice, key=second.id)
    look_again(lambda: False)
    look_again(lambda: False)
    assert told(alice) == [ENDS, "", ENDS]
    assert warning(of_bob) == ""


def test_a_model_that_ends_is_said_when_it_is_chosen(
    model_server: ModelServer, alice: User
) -> None:
    lists(model_server, ["a", "b"], shutdown_date="2027-01-05")
    read(account_at(model_server, alice))
    call = Caller(alice)
    row = call("POST", "agents", {"name": "New", "model": "a"}).json()
    assert row["warning"] == ENDS
    changed = call("PATCH", f"agents/{row['id']}", {"model": "c"}).json()
    assert changed["warning"] == ""
    assert snapshot(alice) == {row["id"]: ""}


def test_a_model_that_is_gone_is_refused_when_it_is_chosen(
    model_server: ModelServer, alice: User
) -> None:
    account = account_at(model_server, alice)
    lists(model_server, ["a"])
    read(account)
    kept = agent_of(alice)
    lists(model_server, [])
    read(account)
    call = Caller(alice)
    for verb, path, body in (
        ("POST", "agents", {"name": "New", "model": "a"}),
        ("PATCH", f"agents/{agent_of(alice, 'b').id}", {"model": "a"}),
    ):
        refused = call(verb, path, body)
        assert refused.status_code == 400
        assert "has not listed a since" in refused.json()["fields"]["model"]
    # Other fields of an agent that has it already may still be changed.
    assert call("PATCH", f"agents/{kept.id}", {"name": "Still"}).status_code == 200


def code(user: User, agent: Agent) -> str:
    """What the agent is refused with when it wakes."""
    try:
        refuse_gone(endpoint_for(user=user, agent=agent))
    except GiintError as refused:
        return f"{refused.code}: {refused.detail.split(',')[0]}"
    return ""


def test_a_model_is_refused_once_its_account_does_not_list_it_any_more(
    model_server: ModelServer, alice: User, bob: User
) -> None:
    account, agent = account_at(model_server, alice), agent_of(alice)
    alias = agent_of(alice, "never-listed")
    lists(model_server, ["a"])
    read(account, account_at(model_server, bob))
    assert code(alice, agent) == ""
    lists(model_server, [])
    read(account)
    assert code(alice, agent) == "model_gone: a"
    assert code(alice, alias) == ""
    assert code(bob, agent_of(bob)) == ""  # bob's account was not read since


def test_a_gone_model_of_the_operators_account_is_refused(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    shared = share(settings, model_server)
    lists(model_server, ["a"])
    read(shared)
    lists(model_server, [])
    read(shared)
    assert code(alice, agent_of(alice)) == "model_gone: a"


@pytest.mark.parametrize(
    ("window", "output", "expected"),
    [
        (None, None, {}),
        (400_000, 128_000, {"window": 400_000, "answer": 100_000}),
        (128_000, 4_096, {"window": 128_000, "answer": 4_096}),
        (8_192, None, {"window": 8_192, "answer": 2_048}),
        (200_000, None, {"window": 200_000, "answer": 8_192}),
        (None, 64_000, {"answer": 8_192}),
        (None, 1_000, {"answer": 1_000}),
        (2, 2, {"window": 2, "answer": 1}),
    ],
)
def test_a_models_window_and_longest_answer_are_its_limits(
    alice: User, window: int | None, output: int | None, expected: dict[str, int]
) -> None:
    key = entered(alice, model="m")
    LanguageModel.objects.create(
        server=ServerAccount(key).server, model_id="m", context_window=window, max_output=output
    )
    assert limits_of(endpoint_for(user=alice, agent=None)) == expected
    assert limits_of(endpoint_for(user=alice, agent=Agent(model="unknown"))) == {}
