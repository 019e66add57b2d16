"""Tools over REST and from the command line."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from agents.models import Tool
from tests.tools.webserver import WebServer

SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


def stock(url: str = "https://api.example.org", **fields: Any) -> Tool:
    given = {"kind": "http", "method": "GET", "schema": SCHEMA, "label": "Stock"}
    return Tool.objects.create(name="stock", url_template=f"{url}/{{id}}", **given | fields)


def listed(user: User) -> dict[str, Any]:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    rows = client.get("/api/v1/tools").json()["tools"]
    return {row["name"]: row for row in rows}


def test_what_one_may_use_with_its_schema(alice: User, bob: User) -> None:
    tool = stock()
    tool.groups.add(Group.objects.create(name="people"))
    alice.groups.add(Group.objects.get())
    Tool.objects.create(name="search", kind="builtin", options={"type": "web_search"})
    assert listed(alice)["stock"] == {
        "name": "stock",
        "label": "Stock",
        "description": "",
        "kind": "http",
        "writes": False,
        "approval": "writes",
        "asks": True,
        "schema": SCHEMA,
    }
    assert listed(alice)["search"]["schema"] is None
    assert "stock" not in listed(bob)
    assert "weather" not in listed(bob)  # without its key
    assert listed(bob)["calculate"]["kind"] == "code"


def test_nobody_is_refused(db: None) -> None:
    assert Client().get("/api/v1/tools").status_code == 401


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("tools", *words, stdout=out, stderr=out)
    return out.getvalue()


def test_the_list_says_why_a_tool_is_withheld(alice: User) -> None:
    stock().groups.add(Group.objects.create(name="people"))
    lines = {line.split()[0]: line for line in command("list", "--user", "alice").splitlines()}
    assert lines["calculate"].endswith("offered")
    assert lines["stock"].endswith("Your groups may not use it.")
    assert "Your groups" in command("list")
    with pytest.raises(CommandError, match="no user named nobody-here"):
        command("list", "--user", "nobody-here")


def test_a_check_calls_the_tool(db: None, web: WebServer) -> None:
    stock(web.url)
    web.says({"left": 3})
    said = command("check", "stock", "--arguments", '{"id": "7"}')
    assert f"GET {web.url}/7" in said
    assert "done, status 200" in said
    assert '"left": 3' in said
    assert "42" in command("check", "calculate", "--arguments", '{"expression": "6*7"}')


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["none"], "no tool named none"),
        (["stock", "--arguments", "{"], "not valid JSON"),
        (["stock"], "'id' is a required property"),
        (["search"], "runs at the provider"),
    ],
)
def test_what_failed_is_said_with_an_exit_code(db: None, words: list[str], hint: str) -> None:
    stock()
    Tool.objects.create(name="search", kind="builtin", options={"type": "web_search"})
    with pytest.raises(CommandError, match=hint) as error:
        command("check", *words)
    assert error.value.returncode == 1
