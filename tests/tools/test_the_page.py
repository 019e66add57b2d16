"""docs/tools.md builds two look-ups; here its own steps are done, in the admin and in a chat."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from agents.models import Agent, Tool
from agents.providers.scripted import calls, says, scripted
from giint.core.db import in_db
from giint.engine.supervisor import Supervisor
from tests.conftest import person
from tests.engine.conftest import ended, send
from tests.engine.conftest import running as running
from tests.tools.webserver import Asked, Said, WebServer

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = (Path(__file__).parents[2] / "docs" / "tools.md").read_text("utf-8")
BLOCKS = re.findall(r"^```json (\w+) ?(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TOOLS = [json.loads(text) for kind, _, text in BLOCKS if kind == "tool"]
NAMES = [tool["name"] for tool in TOOLS]
PATHS = {
    "active_clients": "/clients?status=active&city=Bern&limit=5",
    "available_offices": "/buildings/BE12/offices?free_on=2026-11-30",
}


def block(kind: str, name: str) -> Any:
    (found,) = [json.loads(text) for what, whose, text in BLOCKS if (what, whose) == (kind, name)]
    return found


def admin() -> Client:
    client = Client()
    boss = person("boss")
    boss.is_staff = boss.is_superuser = True
    boss.save()
    boss.groups.set(Group.objects.all())
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    return client


def fill_in(client: Client, web: WebServer, tool: dict[str, Any]) -> Tool:
    """The form of the page, with the test's server in place of the example's."""
    form = tool | {
        "kind": "http",
        "enabled": "on",
        "approval": "never",
        "url_template": tool["url_template"].replace("https://data.example.org", web.url),
        "schema": json.dumps(tool["schema"]),
        "groups": [Group.objects.get(name=name).pk for name in tool.get("groups", [])],
    }
    response = client.post("/admin/agents/tool/add/?kind=http", form)
    errors = response.context["adminform"].form.errors if response.context else ""
    assert response.status_code == 302, errors
    return Tool.objects.get(name=tool["name"])


@pytest.fixture
def data_server(web: WebServer) -> WebServer:
    answers = {PATHS[name]: block("answer", name) for name in NAMES}

    def answer(asked: Asked) -> Said:
        known = asked.path in answers
        return Said(json.dumps(answers[asked.path]).encode()) if known else Said(status=404)

    web.answer = answer
    Group.objects.create(name="Reception")
    return web


def test_the_page_has_the_two_look_ups() -> None:
    assert NAMES == ["active_clients", "available_offices"] == list(PATHS)


def test_both_are_made_and_checked_in_the_admin(data_server: WebServer) -> None:
    client = admin()
    for tool in TOOLS:
        row = fill_in(client, data_server, tool)
        arguments = json.dumps(block("arguments", row.name))
        page = client.post(f"/admin/agents/tool/{row.pk}/check/", {"arguments": arguments})
        trial = page.context["trial"]
        assert (trial.outcome, trial.status, trial.sentence) == ("done", 200, "")
        assert json.loads(trial.result) == block("result", row.name)
        header, _, value = tool["headers"].partition(": ")
        assert data_server.asked[-1].path == PATHS[row.name]
        assert data_server.asked[-1].headers[header] == value
        shown = page.content.decode()
        assert f"{header}: •••" in shown
        assert value not in shown


async def test_an_agent_looks_things_up_with_them(
    data_server: WebServer, running: Supervisor, alice: User, bob: User
) -> None:
    def prepare() -> None:
        client = admin()
        for tool in TOOLS:
            fill_in(client, data_server, tool)
        alice.groups.set(Group.objects.filter(name="Reception"))
        for user in (alice, bob):
            Agent.objects.create(owner=user, name="Desk", tools=NAMES)

    await in_db(prepare)
    wanted = [(name, block("arguments", name)) for name in NAMES]
    for user, offered in ((alice, NAMES), (bob, ["active_clients"])):
        with scripted(calls(*wanted), says("Found.")) as script:
            agent = await in_db(user.agents.get)
            assert (await ended((await send(user, "Who?", agent=agent.id)).run)).code == ""
        assert [tool.name for tool in script.requests[0].tools] == offered
        outputs = [one["output"] for one in script.requests[1].items if "output" in one]
        assert json.loads(outputs[0]) == block("result", "active_clients")
        if user == alice:
            assert json.loads(outputs[1]) == block("result", "available_offices")
        else:  # not of the group: refused, and nobody was asked
            assert "no tool of that name" in outputs[1]
    assert len(data_server.asked) == 3
