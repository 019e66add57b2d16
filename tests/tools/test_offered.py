"""A tool its user may not use is not offered, not told of, and refused if asked for."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from agents.models import Agent, Tool
from agents.services import change_agent, create_agent
from agents.tool_services import adopt_code
from agents.tools import registry
from agents.tools.offered import offered, refusals, standings, usable
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret

SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}


def http(name: str, **fields: Any) -> Tool:
    given = {"kind": "http", "method": "GET", "url_template": "https://example.org/x"}
    return Tool.objects.create(name=name, schema=SCHEMA, **given | fields)


def offer(user: User, *names: str, dialect: str = "offline") -> list[str]:
    agent = Agent(owner=user, tools=list(names))
    return list(offered(user=user, agent=agent, dialect=dialect).tools)


def test_without_rows_the_table_of_settings_is_everybody_s(alice: User) -> None:
    assert offer(alice, "calculate", "none", "current_time") == ["calculate", "current_time"]
    assert offer(alice) == []


def test_a_group_decides(alice: User, bob: User) -> None:
    tool = http("stock")
    people = Group.objects.create(name="people")
    assert offer(alice, "stock") == ["stock"]
    tool.groups.add(people)
    alice.groups.add(people)
    assert offer(alice, "stock") == ["stock"]
    assert offer(bob, "stock") == []
    bob.is_superuser = True  # groups decide for everybody alike
    assert offer(bob, "stock") == []
    assert "stock" not in [one.name for one in usable(bob)]
    nobody = User(username="nobody")
    Group.objects.create(name="empty")
    assert standings(nobody, ["stock"])["stock"].withheld


def test_a_row_says_who_may_use_a_tool_of_code_and_how(alice: User, bob: User) -> None:
    assert "calculate" in adopt_code()
    assert adopt_code() == []
    row = Tool.objects.get(name="calculate")
    row.groups.add(Group.objects.create(name="people"))
    row.timeout, row.label = 1.5, "Sums"
    row.save()
    assert offer(alice, "calculate") == []
    alice.groups.set(row.groups.all())
    (tool,) = offered(
        user=alice, agent=Agent(owner=alice, tools=["calculate"]), dialect="offline"
    ).tools.values()
    assert (tool.timeout, tool.label) == (1.5, "Sums")
    assert tool.description == registry.tools()["calculate"].description
    assert tool.schema["required"] == ["expression"]


def test_a_row_of_code_begins_with_what_its_code_says(settings: Settings, db: None) -> None:
    settings.GIINT_TOOLS = {"send_mail": ("Send", "tests.engine.tools.send_mail")}
    adopt_code()
    assert Tool.objects.values_list("name", "kind", "retry").get() == ("send_mail", "code", "once")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"enabled": False}, "switched off"),
        ({"kind": "mcp", "approval": "always"}, "approval"),
        ({"kind": "builtin", "approval": "writes", "writes": True}, "approval"),
        ({"kind": "code"}, "not in the table"),
        ({"schema": {"type": "object", "properties": {"a": {"$ref": "http://x/"}}}}, "fetched"),
    ],
)
def test_withheld_with_a_reason(alice: User, fields: dict[str, Any], why: str) -> None:
    Tool.objects.create(name="mine", **{"kind": "http", "schema": SCHEMA} | fields)
    assert why in standings(alice, ["mine"])["mine"].withheld
    assert offer(alice, "mine") == []


@pytest.mark.parametrize(
    ("name", "asks"), [("calculate", False), ("weather", True), ("send_mail", True), ("mine", True)]
)
def test_what_writes_or_reaches_outside_asks_first(
    alice: User, settings: Settings, name: str, asks: bool
) -> None:
    settings.OPENWEATHER_API_KEY = "key"
    settings.GIINT_TOOLS = settings.GIINT_TOOLS | {
        "send_mail": ("Send", "tests.engine.tools.send_mail")
    }
    http("mine")
    tool = standings(alice, [name])[name].tool
    assert tool is not None
    assert tool.asks is asks


def test_an_administrator_says_otherwise(alice: User) -> None:
    http("mine", approval="never")
    Tool.objects.create(name="calculate", kind="code", approval="always")
    found = standings(alice, ["mine", "calculate"])
    assert [bool(one.tool and one.tool.asks) for one in found.values()] == [False, True]


def test_a_row_does_not_take_the_place_of_code(alice: User) -> None:
    http("calculate")
    assert "rename" in standings(alice)["calculate"].withheld


def test_a_tool_without_its_key_is_not_offered(alice: User, settings: Settings) -> None:
    settings.OPENWEATHER_API_KEY = ""
    assert "OPENWEATHER_API_KEY" in standings(alice)["weather"].withheld
    settings.OPENWEATHER_API_KEY = "key"
    assert offer(alice, "weather") == ["weather"]


def test_what_a_provider_runs_is_refused_where_the_dialect_has_it_not(alice: User) -> None:
    Tool.objects.create(name="search", kind="builtin", options={"type": "web_search"})
    agent = Agent(owner=alice, tools=["search"])
    for dialect, label in (("offline", "Offline demo"), ("chat", "")):
        with pytest.raises(GiintError) as error:
            offered(user=alice, agent=agent, dialect=dialect)
        assert error.value.code == "builtin_refused"
        assert f"search: {label}" in error.value.detail
    (builtin,) = offered(user=alice, agent=agent, dialect="responses").builtins
    assert (builtin.name, builtin.type) == ("search", "web_search")


def test_an_mcp_server_s_headers_go_with_it(alice: User) -> None:
    options = {"server_label": "crm", "server_url": "https://mcp.example.org/mcp"}
    row = Tool.objects.create(name="crm", kind="mcp", options=options)
    row.seal({"Authorization": Secret("Bearer abc")})
    row.save()
    agent = Agent(owner=alice, tools=["crm"])
    (builtin,) = offered(user=alice, agent=agent, dialect="responses").builtins
    assert builtin.headers == {"Authorization": Secret("Bearer abc")}
    row.options = options | {"server_url": "https://evil.example.org/mcp"}
    row.save()
    with pytest.raises(GiintError, match="key_unreadable"):
        offered(user=alice, agent=agent, dialect="responses")


def test_one_query_however_many(alice: User) -> None:
    names = [http(f"t{number}").name for number in range(30)]
    Tool.objects.get(name="t1").groups.add(Group.objects.create(name="g"))
    for ask in (
        lambda: offer(alice, *names),
        lambda: usable(alice),
        lambda: refusals(alice, names),
    ):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask()
        assert len(queries) == 1


# --- choosing -------------------------------------------------------------------------------------


def test_a_person_chooses_among_those_that_they_may_use(alice: User, bob: User) -> None:
    http("stock").groups.add(Group.objects.create(name="people"))
    bob.groups.add(Group.objects.get())
    with pytest.raises(BadField) as error:
        create_agent(user=alice, name="A", tools=["stock", "calculate"])
    assert error.value.fields == {"tools": "stock: Your groups may not use it."}
    agent, _ = create_agent(user=bob, name="B", tools=["stock"])
    bob.groups.clear()
    kept = change_agent(user=bob, agent=agent.id, tools=["stock", "calculate"])
    assert kept.tools == ["stock", "calculate"]  # it has it already; it is not offered
    assert offer(bob, *kept.tools) == ["calculate"]


def test_an_unknown_tool_is_said_with_those_there_are(alice: User) -> None:
    http("secret").groups.add(Group.objects.create(name="people"))
    with pytest.raises(BadField) as error:
        create_agent(user=alice, name="A", tools=["none"])
    sentence = error.value.fields["tools"]
    assert sentence.startswith("There is no tool named none. There are: current_time")
    assert "secret" not in sentence
