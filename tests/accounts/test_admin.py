"""People, keys, agents and outputs in the admin."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, ProviderKey, UiState, User
from accounts.people import sign_up
from accounts.principal import lost
from agents.models import Agent
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, entered, journalled
from tests.accounts.test_principal import connected


@pytest.fixture
def control(boss: User) -> Client:
    """The browser of whoever runs the server."""
    client = Client()
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    return client


def hidden_fields(page: str) -> dict[str, str]:
    """What a form on an admin page sends when nothing is touched."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type")
        if kind in {"submit", "file"} or "name" not in attributes:
            continue
        if kind == "checkbox" and " checked" not in tag:
            continue
        found[attributes["name"]] = attributes.get("value", "on")
    return found


def listed(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


def run_action(control: Client, action: str, *users: User) -> Any:
    chosen = {"action": action, "_selected_action": [user.pk for user in users]}
    return control.post(listed("accounts_user"), chosen, follow=True)


def test_the_lists_and_pages_are_there(control: Client, alice: User) -> None:
    key = entered(alice)
    agent = Agent.objects.create(owner=alice, name="Helper", tools=["calculate"])
    pages = [
        listed("accounts_user"),
        listed("accounts_user") + "?q=alice&signup=waits",
        listed("accounts_providerkey") + "?q=alice",
        listed("agents_agent") + "?q=alice",
        listed("transcripts_tooloutput") + "?q=alice",
        reverse("admin:accounts_user_change", args=[alice.pk]),
        reverse("admin:accounts_user_add"),
        reverse("admin:accounts_providerkey_change", args=[quote(key.id)]),
        reverse("admin:agents_agent_change", args=[quote(agent.id)]),
        reverse("admin:agents_agent_add"),
    ]
    for page in pages:
        assert control.get(page).status_code == 200, page


def test_the_page_state_is_not_shown() -> None:
    assert not admin.site.is_registered(UiState)


@pytest.mark.parametrize("name", ["accounts_user", "accounts_providerkey", "agents_agent"])
def test_people_who_are_not_staff_do_not_get_in(alice: User, name: str) -> None:
    client = Client()
    client.force_login(alice, backend="accounts.backends.NameOrEmail")
    assert client.get(listed(name)).status_code == 302


def test_a_sign_up_is_approved_by_an_action(
    control: Client, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.GIINT_SIGNUP = "approval"
    carol = sign_up(username="carol", email="c@example.org", password=Secret("quite-long-4711"))
    assert "carol" in control.get(listed("accounts_user") + "?signup=waits").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        page = run_action(control, "approve_signups", carol)
    assert "1 approved." in page.content.decode()
    carol.refresh_from_db()
    assert carol.is_active
    assert [message.to for message in mail.outbox] == [["c@example.org"]]
    assert "carol" not in control.get(listed("accounts_user") + "?signup=waits").content.decode()


def test_deactivating_closes_what_is_open_but_never_shuts_oneself_out(
    control: Client, alice: User, boss: User
) -> None:
    hers = connected(alice)
    run_action(control, "shut_out", alice, boss)
    assert lost([hers]) == {hers}
    boss.refresh_from_db()
    assert boss.is_active


@pytest.mark.parametrize(
    ("change", "raised"),
    [
        ({"is_staff": "on"}, True),
        ({"is_active": None}, True),
        ({"is_superuser": "on"}, True),
        ({"first_name": "Alicia"}, False),
    ],
)
def test_a_change_of_rights_by_hand_closes_sockets(
    control: Client, alice: User, change: dict[str, Any], raised: bool
) -> None:
    hers = connected(alice)
    address = reverse("admin:accounts_user_change", args=[alice.pk])
    fields = hidden_fields(control.get(address).content.decode()) | change
    fields = {name: value for name, value in fields.items() if value is not None}
    assert control.post(address, fields).status_code == 302
    assert lost([hers]) == ({hers} if raised else set())
    alice.refresh_from_db()
    assert alice.username == "alice"


def test_a_person_made_by_hand_has_an_account(control: Client) -> None:
    address = reverse("admin:accounts_user_add")
    fields = hidden_fields(control.get(address).content.decode())
    fields |= {"username": "dora", "password1": "quite-long-4711", "password2": "quite-long-4711"}
    fields["usable_password"] = "true"
    assert control.post(address, fields).status_code == 302
    assert Account.objects.filter(user__username="dora").exists()


def test_nothing_of_a_key_is_shown_but_its_end(control: Client, alice: User) -> None:
    key = entered(alice)
    for page in (
        listed("accounts_providerkey"),
        reverse("admin:accounts_providerkey_change", args=[quote(key.id)]),
    ):
        html = control.get(page).content.decode()
        assert "4242" in html
        assert CANARY not in html
        assert bytes(key.sealed).hex() not in html
        assert "sealed" not in html.lower()


def test_keys_cannot_be_made_or_changed_there(control: Client, alice: User) -> None:
    key = entered(alice)
    add = control.get("/admin/accounts/providerkey/add/")
    assert add.status_code == 403
    change = control.post(
        reverse("admin:accounts_providerkey_change", args=[quote(key.id)]),
        {"base_url": "https://evil.example.net", "label": "Bent"},
    )
    assert change.status_code == 403
    assert ProviderKey.objects.get(id=key.id).label == "Mine"


def test_removing_a_key_there_tells_its_owner(control: Client, alice: User) -> None:
    one, two, three = (entered(alice, label=name) for name in ("One", "Two", "Three"))
    address = reverse("admin:accounts_providerkey_delete", args=[quote(one.id)])
    assert control.post(address, {"post": "yes"}).status_code == 302
    assert not ProviderKey.objects.filter(id=one.id).exists()
    assert ProviderKey.objects.get(id=two.id).default
    chosen = {"action": "delete_selected", "_selected_action": [two.id], "post": "yes"}
    control.post(listed("accounts_providerkey"), chosen)
    assert ProviderKey.objects.get(user=alice).id == three.id
    assert ProviderKey.objects.get(user=alice).default
    last = journalled(alice)[-1]
    assert [row["label"] for row in last.payload["keys"]] == ["Three"]


def test_an_agent_changed_there_is_told_to_its_owner(
    control: Client, alice: User, bob: User
) -> None:
    agent = Agent.objects.create(owner=alice, name="Before", tools=["calculate"])
    address = reverse("admin:agents_agent_change", args=[quote(agent.id)])
    fields = {"name": "After", "tools": ["current_time"], "parameters": '{"top_p": 1}'}
    assert control.post(address, fields | {"owner": bob.pk}).status_code == 302
    agent.refresh_from_db()
    assert (agent.name, agent.tools, agent.parameters) == ("After", ["current_time"], {"top_p": 1})
    assert agent.owner == alice
    assert journalled(alice)[-1].payload["agent"]["name"] == "After"
    wrong = control.post(address, fields | {"tools": ["format_disk"]})
    assert wrong.status_code == 200
    assert "format_disk" in wrong.content.decode()


def test_an_agent_made_there_is_its_owners(control: Client, alice: User) -> None:
    fields = {"name": "New", "owner": alice.pk, "parameters": "{}", "limits": "{}"}
    assert control.post(reverse("admin:agents_agent_add"), fields).status_code == 302
    assert Agent.objects.get().owner == alice
    assert journalled(alice)[-1].payload["agent"]["id"] == Agent.objects.get().id


def test_names_are_text_there_and_not_html(control: Client, alice: User) -> None:
    Agent.objects.create(owner=alice, name="<script>alert(1)</script>")
    entered(alice, label="<img src=x onerror=alert(1)>")
    for name in ("agents_agent", "accounts_providerkey"):
        html = control.get(listed(name)).content.decode()
        assert "<script>alert(1)" not in html
        assert "<img src=x" not in html
