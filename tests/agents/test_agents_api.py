"""REST of agents, and trying a key."""

from typing import Any, ClassVar

import pytest
from pytest_django import Settings

from accounts.models import ProviderKey, User
from agents.models import Agent
from agents.providers import replaced
from agents.providers.base import Check, Endpoint, Listing
from agents.providers.presets import PRESETS
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, Caller, entered, field_key, journalled

BODY = {"name": "Helper", "instructions": " Be brief.\n", "tools": ["calculate"]}


def test_an_agent_is_created_shown_and_changed(alice: User) -> None:
    call = Caller(alice)
    created = call("POST", "agents", BODY)
    assert created.status_code == 201
    row = created.json()
    assert row == {
        "id": row["id"],
        "name": "Helper",
        "description": "",
        "instructions": " Be brief.\n",
        "model": "",
        "tools": ["calculate"],
        "parameters": {},
        "limits": {},
        "template": None,
        "template_name": "",
        "revision": None,
        "number": None,
        "newer": False,
        "variables": {},
        "tile": row["tile"],
        "archived": False,
        "warning": "",
    }
    assert call("GET", "agents").json() == {"agents": [row]}
    patch = {"name": " Other ", "tools": ["current_time", "calculate", "current_time"]}
    changed = call("PATCH", f"agents/{row['id']}", patch | {"archived": True})
    expected = row | {"name": "Other", "tools": ["current_time", "calculate"], "archived": True}
    assert changed.json() == expected
    assert call("GET", f"agents/{row['id']}").json() == expected
    events = journalled(alice)
    assert [event.type for event in events] == ["agent.updated"] * 2
    assert [event.payload["agent"] for event in events] == [row, expected]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "needs a name"),
        ({"name": "   "}, "name", "needs a name"),
        ({"name": "x" * 81}, "name", "80"),
        ({"description": "x" * 301}, "description", "300"),
        ({"instructions": "x" * 65_537}, "instructions", "65536"),
        ({"model": "x" * 121}, "model", "120"),
        ({"tools": ["format_disk"]}, "tools", "no tool named format_disk"),
        ({"tools": "calculate"}, "tools", ""),
        ({"tools": [{"a": 1}]}, "tools", ""),
        ({"archived": "perhaps"}, "archived", ""),
        ({"name": None}, "name", ""),
    ],
)
def test_what_cannot_stand_in_an_agent_gets_a_sentence(
    alice: User, fields: dict[str, Any], field: str, words: str
) -> None:
    call = Caller(alice)
    agent = Agent.objects.create(owner=alice, name="Before")
    for response in (
        call("POST", "agents", BODY | fields),
        call("PATCH", f"agents/{agent.id}", fields),
    ):
        answer = response.json()
        assert (response.status_code, answer["code"]) == (400, "bad_field")
        assert words in answer["fields"][field]
    assert Agent.objects.get().name == "Before"
    assert journalled(alice) == []


def test_texts_are_cleaned_at_the_door(alice: User) -> None:
    row = Caller(alice)("POST", "agents", BODY | {"instructions": "a\u0000b\ud800c"}).json()
    assert row["instructions"] == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(("verb", "body"), [("GET", None), ("PATCH", {"name": "Mine now"})])
def test_mallory_finds_no_agent_of_alice(alice: User, mallory: User, verb: str, body: Any) -> None:
    agent = Agent.objects.create(owner=alice, name="Of alice")
    response = Caller(mallory)(verb, f"agents/{agent.id}", body)
    missing = Caller(mallory)(verb, "agents/agent_000000000000000000000000", body)
    assert (response.status_code, response.content) == (404, missing.content)
    assert Agent.objects.get().name == "Of alice"
    assert Caller(mallory)("GET", "agents").json() == {"agents": []}


@pytest.mark.parametrize(("verb", "path"), [("GET", "agents"), ("POST", "agents")])
@pytest.mark.django_db
def test_nobody_has_no_agents(verb: str, path: str) -> None:
    assert Caller()(verb, path, BODY).status_code == 401


def test_nobody_has_more_agents_than_they_may(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.services.AGENTS", 1)
    call = Caller(alice)
    assert call("POST", "agents", BODY).status_code == 201
    assert call("POST", "agents", BODY).status_code == 200  # the one that is there
    assert call("POST", "agents", BODY | {"instructions": "Other."}).status_code == 409


# --- trying a key ------------------------------------------------------------------------------


class Server:
    """A provider that remembers what it was asked with."""

    dialect: ClassVar[str] = "responses"
    stateful: ClassVar[bool] = False
    builtins: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, answer: Check) -> None:
        self.answer = answer
        self.asked: list[Endpoint] = []

    def turn(self, request: Any) -> Any:
        raise AssertionError("a check is no turn")

    def check(self, endpoint: Endpoint) -> Check:
        self.asked.append(endpoint)
        return self.answer

    def models(self, endpoint: Endpoint) -> Listing:
        raise AssertionError("a check is no listing")


def test_a_key_that_works_says_so_with_the_models(alice: User) -> None:
    key = entered(alice)
    server = Server(Check(models=["m-1", "m-2"]))
    with replaced("responses", server):
        row = Caller(alice)("POST", f"keys/{key.id}/test").json()
    (asked,) = server.asked
    assert (asked.key, asked.base_url) == (Secret(CANARY), "https://api.example.org/v1")
    assert row["models"] == ["m-1", "m-2"]
    assert (row["check_code"], row["check_sentence"]) == ("", "")
    assert row["checked"] is not None
    assert journalled(alice)[-1].payload["keys"][0]["checked"] == row["checked"]


def test_a_key_that_is_refused_says_why(alice: User) -> None:
    key = entered(alice)
    with replaced("responses", Server(Check("upstream_refused_key", "no such key"))):
        response = Caller(alice)("POST", f"keys/{key.id}/test")
    row = response.json()
    assert response.status_code == 200
    assert row["check_code"] == "upstream_refused_key"
    assert row["check_sentence"].endswith("(no such key)")
    assert row["models"] == []
    assert ProviderKey.objects.get(id=key.id).check_code == "upstream_refused_key"


def test_a_key_that_does_not_open_is_not_tried(alice: User, settings: Settings) -> None:
    key = entered(alice)
    settings.GIINT_FIELD_KEYS = [field_key("another")]
    server = Server(Check())
    with replaced("responses", server):
        row = Caller(alice)("POST", f"keys/{key.id}/test").json()
    assert row["check_code"] == "key_unreadable"
    assert server.asked == []


def test_the_presets_can_be_keys_as_they_are(alice: User, settings: Settings) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["localhost"]
    for preset in PRESETS:
        body = {name: preset[name] for name in ("label", "dialect", "base_url", "model")}
        body["key"] = CANARY if preset["needs_key"] else ""
        assert Caller(alice)("POST", "keys", body).status_code == 201
