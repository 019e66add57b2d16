"""The audit: who did what with keys and rights, seen by whom it is about and changed by nobody."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import audit
from accounts.models import AuditEntry, User
from accounts.rotation import rotate
from accounts.services import change_key, remove_key
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, Caller, entered, field_key
from tests.accounts.test_admin import hidden_fields


@pytest.fixture
def control(boss: User) -> Client:
    client = Client()
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    return client


def told(user: User, query: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = Caller(user)("GET", f"audit{query}").json()["entries"]
    return rows


def test_what_happens_to_keys_is_written_down_without_them(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    key = entered(alice)
    change_key(user=alice, key=key.id, label="Other", secret=Secret("sk-another-4711-9999"))
    settings.GIINT_FIELD_KEYS = [field_key("new"), field_key("old")]
    rotate()
    remove_key(user=alice, key=key.id)
    rows = told(alice)
    assert [(row["action"], row["by_you"]) for row in rows] == [
        ("removed", True),
        ("rotated", False),
        ("changed", True),
        ("added", True),
    ]
    assert rows[1]["actor"] == ""
    assert rows[1]["details"] == {"rows": 1, "field_key": "new"}
    assert rows[2]["details"]["changed"] == ["label", "key"]
    assert {row["object"] for row in rows} == {key.id, ""}
    assert CANARY not in str(rows)
    assert "4711" not in str(rows)


def test_a_change_of_rights_says_which_and_by_whom(control: Client, alice: User) -> None:
    group = Group.objects.create(name="Analysts")
    address = reverse("admin:accounts_user_change", args=[alice.pk])
    fields = hidden_fields(control.get(address).content.decode())
    change = {"is_staff": "on", "groups": [group.pk]}
    empty = {"last_login_0": "", "last_login_1": "", "last_name": ""}
    assert control.post(address, {**fields, **change, **empty}).status_code == 302
    (row,) = told(alice)
    assert (row["action"], row["noun"], row["actor"]) == ("changed", "rights", "boss")
    assert row["details"] == {"of": "alice", "is_staff": True, "groups": ["Analysts"]}


def test_deactivating_and_removing_a_key_there_name_who_did_it(
    control: Client, alice: User
) -> None:
    key = entered(alice)
    control.post(
        reverse("admin:accounts_providerkey_delete", args=[quote(key.id)]), {"post": "yes"}
    )
    chosen = {"action": "shut_out", "_selected_action": [alice.pk]}
    page = control.post(reverse("admin:accounts_user_changelist"), chosen, follow=True)
    assert "1 of 1 deactivated." in page.content.decode()
    entries = AuditEntry.objects.filter(owner=alice, actor__username="boss")
    assert [entry.action for entry in entries] == ["changed", "removed"]


def test_changes_of_groups_are_written_down(control: Client, db: None) -> None:
    allowed = Permission.objects.get(codename="read_threads")
    given = {"name": "Readers", "permissions": [allowed.pk]}
    assert control.post(reverse("admin:auth_group_add"), given).status_code == 302
    group = Group.objects.get()
    control.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "Readers"})
    control.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    entries = AuditEntry.objects.filter(noun="group").order_by("pk")
    assert [entry.action for entry in entries] == ["made", "changed", "deleted"]
    assert entries[0].details == {"name": "Readers", "permissions": ["read_threads"]}
    assert entries[1].details["permissions"] == []


def test_a_password_set_by_an_administrator_is_told(control: Client, alice: User) -> None:
    address = reverse("admin:auth_user_password_change", args=[alice.pk])
    given = {"password1": "quite-long-4711", "password2": "quite-long-4711"}
    assert control.post(address, {**given, "usable_password": "true"}).status_code == 302
    entry = AuditEntry.objects.get(noun="password")
    assert (entry.owner, entry.action) == (alice, "changed")
    assert "4711" not in str(entry.details)


def test_it_is_seen_by_whom_it_is_about_alone(alice: User, mallory: User) -> None:
    for action in ("read", "closed"):
        audit.record(actor=mallory, owner=alice, action=action, noun="thread", object_id="thread_1")
    audit.record(actor=alice, owner=alice, action="made", noun="API token")
    assert len(told(alice)) == 3
    assert told(mallory) == []
    assert [row["action"] for row in told(alice, "?others=true")] == ["closed", "read"]
    assert [row["action"] for row in told(alice, "?others=false")] == ["made"]
    assert [row["action"] for row in told(alice, "?action=read")] == ["read"]
    assert told(alice, "?until=2020-01-01") == []
    assert len(told(alice, "?since=2020-01-01T00:00:00Z")) == 3


def test_it_comes_in_pages(alice: User) -> None:
    for number in range(7):
        audit.record(actor=None, owner=alice, action=f"a{number}", noun="x")
    call, seen, place = Caller(alice), [], ""
    while True:
        page = call("GET", f"audit?limit=3{place}").json()
        seen += [row["action"] for row in page["entries"]]
        if page["next"] is None:
            break
        place = f"&before={page['next']}"
    assert seen == [f"a{number}" for number in reversed(range(7))]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=٣",
        "before=x",
        "before=bnVsbA==",
        "since=soon",
        "others=perhaps",
        "until=2026-13-01",
        "before=WzEsMl0=",
        "before=W251bGwsbnVsbF0=",
    ],
)
def test_an_address_that_cannot_be_read_says_so(alice: User, query: str) -> None:
    answer = Caller(alice)("GET", f"audit?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_field")
    assert answer.json()["fields"][query.split("=")[0]]


def test_nobody_changes_it_in_the_admin(control: Client, alice: User) -> None:
    entry = audit.record(actor=alice, owner=alice, action="made", noun="API token")
    assert (
        control.get(reverse("admin:accounts_auditentry_changelist") + "?q=alice").status_code == 200
    )
    change = reverse("admin:accounts_auditentry_change", args=[entry.pk])
    assert control.get(change).status_code == 200
    assert control.post(change, {"action": "x"}).status_code == 403
    delete = reverse("admin:accounts_auditentry_delete", args=[entry.pk])
    assert control.post(delete, {"post": "yes"}).status_code == 403
    assert control.get(reverse("admin:accounts_auditentry_add")).status_code == 403
    assert AuditEntry.objects.filter(action="made").count() == 1


def test_it_stays_when_its_people_go(alice: User, bob: User) -> None:
    audit.record(actor=bob, owner=alice, action="read", noun="thread")
    bob.delete()
    assert told(alice)[0]["actor"] == ""
    alice.delete()
    assert AuditEntry.objects.count() == 1


def test_a_refusal_is_a_problem_with_a_stable_code(alice: User) -> None:
    answer = Caller(alice)("GET", "keys/key_0")
    assert answer["Content-Type"] == "application/problem+json"
    sentence = "There is no such thing here, or it is not yours."
    assert answer.json() == {
        "type": "urn:giint:problem:not_found",
        "title": sentence,
        "status": 404,
        "detail": sentence,
        "code": "not_found",
        "message": sentence,
    }
    for address in ("/api/v1/no/such/thing", "/api/v2/keys"):
        lost = Client().get(address)
        assert (lost.status_code, lost["Content-Type"]) == (404, "application/problem+json"), (
            address
        )
