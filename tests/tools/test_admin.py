"""Tools in the admin: forms that refuse beside the field, sealed headers, trying a tool."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import rotation
from accounts.models import AuditEntry, User
from agents.models import Tool
from agents.tool_services import adopt_code
from tests.accounts.conftest import field_key
from tests.conftest import person
from tests.tools.webserver import Said, WebServer

SECRET = "tool-header-canary-7788"
SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
FORM: dict[str, Any] = {
    "kind": "http",
    "name": "stock",
    "label": "Stock",
    "description": "What is in stock.",
    "method": "GET",
    "url_template": "https://api.example.org/stock/{id}",
    "schema": json.dumps(SCHEMA),
    "result_path": "",
    "headers": f"Authorization: Bearer {SECRET}\nX-Plain: abc",
    "enabled": "on",
    "approval": "never",
    "retry": "safe",
    "timeout": "5",
}
ADD = "/admin/agents/tool/add/"


@pytest.fixture
def boss(client: Client, db: None) -> User:
    user = person("boss")
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return user


def errors(response: Any) -> dict[str, str]:
    form = response.context["adminform"].form
    return {name: " ".join(sentences) for name, sentences in form.errors.items()}


def made(client: Client, **changes: Any) -> Tool:
    form = {name: value for name, value in (FORM | changes).items() if value is not None}
    response = client.post(f"{ADD}?kind={form['kind']}", form)
    assert response.status_code == 302, errors(response)
    return Tool.objects.get(name=form["name"])


def change(client: Client, tool: Tool, **changes: Any) -> Any:
    form = FORM | {"headers": ""} | changes
    return client.post(f"/admin/agents/tool/{tool.pk}/change/", form)


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("name", "two words", "valid"),
        ("name", "calculate", "A tool of code has this name"),
        ("description", "", "what the tool is for"),
        ("method", "TRACE", "Select a valid choice"),
        ("url_template", "https://{id}.example.org/", "holds no {place}"),
        ("url_template", "https://api.example.org/../{id}", "climbs"),
        ("url_template", "http://127.0.0.1/{id}", "private or malformed"),
        ("url_template", "", "begins with"),
        ("schema", "{", "valid JSON"),
        ("schema", "[" * 100_000, "valid JSON|too deep"),
        ("schema", '{"type": "object", "properties": {"id": {"$ref": "http://x/"}}}', "fetched"),
        ("schema", '{"type": "object", "properties": {}}', "does not have"),
        ("schema", json.dumps(SCHEMA | {"required": []}), "must be required"),
        (
            "schema",
            json.dumps(
                {**SCHEMA, "properties": {"id": {"type": "string"}, "more": {"type": "string"}}}
            ),
            "sends no body",
        ),
        (
            "schema",
            json.dumps({**SCHEMA, "properties": {"id": {"type": "array"}}}),
            "goes into the URL",
        ),
        ("result_path", "data.items", "JSON pointer"),
        ("headers", "Authorization", "Line 1"),
        ("headers", "Host: example.org", "not yours to set"),
        ("headers", "A: b\na: c", "second time"),
        ("headers", "A: grüezi", "printable ASCII"),
        ("timeout", "0", "0.1"),
        ("timeout", "601", "600"),
        ("timeout", "nan", ""),
    ],
)
def test_refused_beside_the_field(
    boss: User, client: Client, field: str, value: str, hint: str
) -> None:
    response = client.post(f"{ADD}?kind=http", FORM | {field: value})
    assert response.status_code == 200
    assert any(part in errors(response).get(field, "") for part in hint.split("|"))
    assert field in errors(response)
    assert SECRET not in response.content.decode()
    assert not Tool.objects.exists()


def test_what_writes_is_not_safe_to_repeat(boss: User, client: Client) -> None:
    response = client.post(f"{ADD}?kind=http", FORM | {"writes": "on"})
    assert "not safe to repeat" in errors(response)["retry"]


def test_headers_are_sealed_and_shown_by_name_and_last_four(boss: User, client: Client) -> None:
    tool = made(client)
    assert {name: one.reveal() for name, one in tool.open().items()} == {
        "Authorization": f"Bearer {SECRET}",
        "X-Plain": "abc",
    }
    assert SECRET.encode() not in bytes(tool.sealed_headers)
    for address in ("", f"{tool.pk}/change/", f"{tool.pk}/check/", f"{tool.pk}/history/"):
        page = client.get(f"/admin/agents/tool/{address}").content.decode()
        assert SECRET not in page
    page = client.get(f"/admin/agents/tool/{tool.pk}/change/").content.decode()
    assert "Authorization: …7788; X-Plain: …" in page
    assert "…abc" not in page  # too short to show any of it
    entry = AuditEntry.objects.get(noun="tool", action="made")
    assert (entry.actor, entry.object_id) == (boss, "stock")
    assert entry.details["headers"] == ["Authorization", "X-Plain"]
    assert SECRET not in json.dumps(entry.details)


def test_headers_stay_are_replaced_or_removed(boss: User, client: Client) -> None:
    tool = made(client)
    assert change(client, tool, label="New").status_code == 302
    tool.refresh_from_db()
    assert (tool.label, len(tool.open())) == ("New", 2)
    change(client, tool, headers="X-New: 1")
    tool.refresh_from_db()
    assert list(tool.open()) == ["X-New"]
    change(client, tool, remove_headers="on")
    tool.refresh_from_db()
    assert (tool.open(), bytes(tool.sealed_headers)) == ({}, b"")


def test_another_server_needs_its_headers_anew(boss: User, client: Client) -> None:
    tool = made(client)
    elsewhere = {"url_template": "https://other.example.org/{id}"}
    response = change(client, tool, **elsewhere)
    assert "another server" in errors(response)["headers"]
    assert change(client, tool, **elsewhere, headers="X-New: 1").status_code == 302
    tool.refresh_from_db()
    assert list(tool.open()) == ["X-New"]
    same = {"url_template": "https://other.example.org/a/{id}"}
    assert change(client, tool, **same).status_code == 302


def test_rotation_seals_headers_anew(boss: User, client: Client, settings: Any) -> None:
    tool = made(client)
    old = settings.GIINT_FIELD_KEYS
    settings.GIINT_FIELD_KEYS = [field_key("new"), *old]
    assert rotation.waiting() == 1
    assert rotation.rotate().resealed == 1
    settings.GIINT_FIELD_KEYS = settings.GIINT_FIELD_KEYS[:1]
    tool.refresh_from_db()
    assert tool.open()["X-Plain"].reveal() == "abc"
    settings.GIINT_FIELD_KEYS = old
    assert rotation.holdings().unreadable == ["tool stock"]
    assert list(rotation.lost_field_keys().values()) == [1]


# --- what a provider runs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "hint"),
    [
        ("builtin", {}, "Say which one"),
        ("builtin", {"type": "browser"}, "Say which one"),
        ("builtin", {"type": "web_search", "search_context_size": "huge"}, "search_context_size"),
        ("builtin", {"type": "web_search", "key": "x"}, "'key' was unexpected"),
        ("builtin", {"type": "file_search"}, "'vector_store_ids' is a required"),
        ("builtin", {"type": "mcp", "server_label": "a"}, "of the kind MCP"),
        ("mcp", {"server_label": "a"}, "'server_url' is a required"),
        ("mcp", {"server_label": "a", "server_url": "http://example.org/"}, "https"),
        ("mcp", {"server_label": "a", "server_url": "https://10.0.0.1/"}, "private"),
        ("mcp", {"server_label": "a", "server_url": "https://e.org/", "headers": {}}, "'headers'"),
        ("builtin", {"type": "web_search", "filters": {"x": "y" * 9000}}, "larger than"),
    ],
)
def test_options_are_those_that_the_provider_takes(
    boss: User, client: Client, kind: str, options: dict[str, Any], hint: str
) -> None:
    form = {"kind": kind, "name": "remote", "options": json.dumps(options), "approval": "never"}
    form |= {"retry": "safe", "timeout": "5", "enabled": "on"}
    response = client.post(f"{ADD}?kind={kind}", form)
    assert hint in errors(response)["options"]


def test_each_kind_can_be_made(boss: User, client: Client) -> None:
    base = {"schema": None, "headers": "", "url_template": None, "method": None}
    search = made(client, **base, kind="builtin", name="search", options='{"type": "web_search"}')
    assert (search.options, search.url_template, search.schema) == ({"type": "web_search"}, "", {})
    options = json.dumps({"server_label": "crm", "server_url": "https://mcp.example.org/"})
    crm = made(
        client, **base | {"headers": "Authorization: Bearer x1"}, kind="mcp", name="crm",
        options=options,
    )  # fmt: skip
    assert list(crm.open()) == ["Authorization"]
    page = client.get(f"/admin/agents/tool/{crm.pk}/check/").content.decode()
    assert "cannot be called from here" in page


# --- lists, rights, trying -----------------------------------------------------------------------


def test_the_list_says_why_and_asks_few_questions(boss: User, client: Client) -> None:
    adopt_code()
    for number in range(40):
        Tool.objects.create(name=f"t{number}", kind="mcp", approval="always").groups.add(
            Group.objects.create(name=f"g{number}")
        )
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/admin/agents/tool/").content.decode()
    assert len(queries) < 20
    assert "needs a person&#x27;s approval" in page
    assert "has not set OPENWEATHER_API_KEY" in page


def test_many_are_switched_at_once_and_each_failure_is_said(boss: User, client: Client) -> None:
    good = made(client)
    bad = Tool.objects.create(name="bad", kind="http", description="x")  # no URL
    chosen = {"action": "switch_off", "_selected_action": [good.pk, bad.pk]}
    page = client.post("/admin/agents/tool/", chosen, follow=True).content.decode()
    assert "1 switched off" in page
    assert "The tool bad stays as it was: method: Choose one of" in page
    assert not Tool.objects.get(pk=good.pk).enabled
    assert Tool.objects.get(pk=bad.pk).enabled


def test_groups_leave_an_audit_row(boss: User, client: Client) -> None:
    group = Group.objects.create(name="people")
    made(client, groups=[group.pk])
    assert AuditEntry.objects.get(action="permitted").details == {"groups": ["people"]}


def test_trying_shows_what_happened_without_secrets(
    boss: User, client: Client, web: WebServer
) -> None:
    tool = made(client, url_template=f"{web.url}/stock/{{id}}")
    address = f"/admin/agents/tool/{tool.pk}/check/"
    assert '"id": ""' in client.get(address).context["arguments"]
    web.answer = lambda asked: Said(f'{{"got": "{asked.headers["Authorization"]}"}}'.encode())
    page = client.post(address, {"arguments": '{"id": "7"}'})
    trial = page.context["trial"]
    assert (trial.outcome, trial.status) == ("done", 200)
    assert trial.request == f"GET {web.url}/stock/7\nAuthorization: •••\nX-Plain: •••"
    assert "•••" in trial.result
    assert trial.seconds > 0
    assert SECRET not in page.content.decode()
    web.answer = lambda asked: Said(
        b"<script>alert(1)</script>", 500, {"Content-Type": "text/html"}
    )
    page = client.post(address, {"arguments": '{"id": "7"}'})
    assert (page.context["trial"].outcome, page.context["trial"].status) == ("failed", 500)
    assert "<script>alert" not in page.content.decode()
    page = client.post(address, {"arguments": '{"id": 7}'})
    assert "is not of type 'string'" in page.context["trial"].sentence
    assert len(web.asked) == 2
    page = client.post(address, {"arguments": "{"})
    assert page.context["trial"].outcome == "refused"


def test_removing_leaves_an_audit_row(boss: User, client: Client) -> None:
    tool = made(client)
    client.post(f"/admin/agents/tool/{tool.pk}/delete/", {"post": "yes"})
    assert not Tool.objects.exists()
    assert AuditEntry.objects.get(action="removed").object_id == "stock"


def test_who_may_not_change_a_tool_may_not_try_it(client: Client, alice: User) -> None:
    tool = Tool.objects.create(name="mine", kind="http")
    client.force_login(alice, backend="accounts.backends.NameOrEmail")
    assert client.post(f"/admin/agents/tool/{tool.pk}/check/").status_code == 302  # to sign in
    alice.is_staff = True
    alice.save()
    alice.user_permissions.add(Permission.objects.get(codename="view_tool"))
    client.force_login(alice, backend="accounts.backends.NameOrEmail")
    assert client.post(f"/admin/agents/tool/{tool.pk}/check/").status_code == 403


def test_a_tool_keeps_its_name_and_its_kind(boss: User, client: Client) -> None:
    tool = made(client)
    assert change(client, tool, name="other", kind="mcp").status_code == 302
    tool.refresh_from_db()
    assert (tool.name, tool.kind) == ("stock", "http")
