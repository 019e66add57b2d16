"""Which account answers for whom."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.services import change_key
from accounts.source import account_row, shared_admits
from agents.endpoints import endpoint_for
from agents.models import Agent
from giint.core.errors import GiintError
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, entered, field_key


@pytest.fixture(autouse=True)
def _operator(settings: Settings) -> None:
    settings.OPENAI_API_BASE = "https://api.openai.com/v1"
    settings.OPENAI_API_KEY = "sk-operator-operator"
    settings.OPENAI_MODEL = "gpt-shared"
    settings.GIINT_SHARED_ACCOUNT = "everyone"
    settings.GIINT_OFFLINE = True


def code(user: User, agent: Agent | None = None) -> str:
    with pytest.raises(GiintError) as raised:
        endpoint_for(user=user, agent=agent)
    return raised.value.code


def test_an_own_key_comes_first(alice: User) -> None:
    key = entered(alice)
    endpoint = endpoint_for(user=alice, agent=None)
    assert (endpoint.key, endpoint.model) == (Secret(CANARY), "m-1")
    assert endpoint.base_url == "https://api.example.org/v1"
    assert endpoint.provider_key == key.id
    assert account_row(alice) == {
        "source": "own",
        "label": "Mine",
        "dialect": "responses",
        "model": "m-1",
        "key": key.id,
    }


def test_somebody_elses_key_never_answers(alice: User, bob: User) -> None:
    entered(bob)
    assert endpoint_for(user=alice, agent=None).key == Secret("sk-operator-operator")


@pytest.mark.parametrize(
    ("admits", "staff", "expected"),
    [
        ("nobody", True, False),
        ("staff", False, False),
        ("staff", True, True),
        ("everyone", False, True),
    ],
)
def test_the_shared_account_is_for_whom_it_admits(
    alice: User, settings: Settings, admits: str, staff: bool, expected: bool
) -> None:
    settings.GIINT_SHARED_ACCOUNT = admits
    alice.is_staff = staff
    source = account_row(alice)["source"]
    endpoint = endpoint_for(user=alice, agent=None)
    assert shared_admits(alice) is expected
    assert (source, endpoint.dialect) == (
        ("shared", "responses") if expected else ("offline", "offline")
    )
    assert (endpoint.key == Secret("sk-operator-operator")) is expected


def test_an_operator_who_set_nothing_up_shares_nothing(alice: User, settings: Settings) -> None:
    settings.OPENAI_API_KEY = ""
    assert account_row(alice)["source"] == "offline"
    settings.OPENAI_API_BASE = "http://models.example.org/v1"  # a server that asks for no key
    assert account_row(alice)["source"] == "shared"
    assert endpoint_for(user=alice, agent=None).base_url == "http://models.example.org/v1"


def test_the_offline_model_is_last_and_says_its_name(alice: User, settings: Settings) -> None:
    settings.GIINT_SHARED_ACCOUNT = "nobody"
    agent = Agent(owner=alice, name="A", model="gpt-5")
    endpoint = endpoint_for(user=alice, agent=agent)
    assert (endpoint.dialect, endpoint.model) == ("offline", "offline-demo")
    assert account_row(alice)["model"] == "offline-demo"


def test_without_any_account_there_is_none(alice: User, settings: Settings) -> None:
    settings.GIINT_SHARED_ACCOUNT = "nobody"
    settings.GIINT_OFFLINE = False
    assert account_row(alice)["source"] == "none"
    assert code(alice) == "no_account"


def test_the_agents_model_comes_before_the_keys_and_that_before_the_operators(
    alice: User,
) -> None:
    key = entered(alice)
    agent = Agent(owner=alice, name="A", model="of-the-agent")
    assert endpoint_for(user=alice, agent=agent).model == "of-the-agent"
    agent.model = ""
    assert endpoint_for(user=alice, agent=agent).model == "m-1"
    change_key(user=alice, key=key.id, model="")
    assert endpoint_for(user=alice, agent=agent).model == "gpt-shared"


def test_no_model_anywhere_is_said(alice: User, settings: Settings) -> None:
    settings.OPENAI_MODEL = ""
    assert code(alice) == "no_model"
    entered(alice, model="")
    assert code(alice) == "no_model"


def test_a_key_that_does_not_open_is_said_and_nothing_else_answers(
    alice: User, settings: Settings
) -> None:
    entered(alice)
    settings.GIINT_FIELD_KEYS = [field_key("another")]
    assert code(alice) == "key_unreadable"


def test_an_endpoint_does_not_print_its_key(alice: User) -> None:
    entered(alice)
    endpoint = endpoint_for(user=alice, agent=None)
    assert CANARY not in repr(endpoint) + str(endpoint)
