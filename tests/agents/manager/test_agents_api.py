"""The same manager on an account of the Agents API: its words, its fields, its limits."""

import pytest

from accounts.models import User
from agents import manager
from agents.models import RemoteAssistant, Tool
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret
from tests.agents.manager.conftest import account, allowed
from tests.conftest import person
from tests.modelserver.server import ModelServer


@pytest.fixture
def kim(db: None, model_server: ModelServer) -> User:
    user = allowed(person("kim"))
    account(model_server, user, dialect="agents")
    return user


def test_an_agent_is_made_changed_followed_and_cleaned_up(
    model_server: ModelServer, kim: User
) -> None:
    agents = model_server.agents_api.agents
    config = {
        "name": "A",
        "reasoning_effort": "low",
        "verbosity": "low",
        "tools": ["calculate", {"type": "web_search"}],
    }
    first = manager.initialize(user=kim, config=config).id
    made = agents[first]
    assert (made["name"], made["reasoning"]["effort"]) == ("A", "low")
    assert made["text"]["verbosity"] == "low"
    assert [tool["type"] for tool in made["tools"]] == ["function", "web_search"]
    assert made["tools"][0]["name"] == "calculate"
    assert made["metadata"]["created_by"] == "giint"
    version = manager.update(user=kim, assistant=first, updates={"name": "B", "verbosity": None})
    assert (version.number, agents[first]["name"]) == (2, "B")
    assert [row.source for row in manager.backups(user=kim)] == ["updated", "created"]
    second = manager.refresh(user=kim).id
    assert (agents[second]["name"], agents[second]["metadata"]["version"]) == ("B", "3")
    assert [one.id for one in manager.listed(user=kim).assistants if one.current] == [second]
    assert manager.cleanup(user=kim, keep=1).deleted == [first]
    del agents[second]
    model_server.deleted["agent"] += 1
    assert manager.get_current(user=kim).created
    there = model_server.created["agent"] - model_server.deleted["agent"]
    assert there == RemoteAssistant.objects.managed().count() == 1


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"description": "x"}, "config.description"),
        ({"temperature": 1}, "config.temperature"),
        ({"tools": [{"type": "code_interpreter"}]}, "config.tools"),
    ],
)
def test_what_the_api_does_not_have_is_refused(
    model_server: ModelServer, kim: User, config: dict[str, object], field: str
) -> None:
    with pytest.raises(BadField) as wrong:
        manager.initialize(user=kim, config=config)
    assert list(wrong.value.fields) == [field]


def test_headers_of_a_tool_do_not_stay_at_the_provider(
    model_server: ModelServer, kim: User
) -> None:
    options = {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.example.org/x"}
    tool = Tool.objects.create(name="docs", kind="mcp", options=options)
    made = manager.initialize(user=kim, config={"tools": ["docs"]}).id
    assert model_server.agents_api.agents[made]["tools"][0]["server_label"] == "docs"
    tool.seal({"X-Key": Secret("a-secret-of-the-operator")})
    tool.save()
    with pytest.raises(GiintError, match="headers"):
        manager.refresh(user=kim)
    assert model_server.created["agent"] == 1
