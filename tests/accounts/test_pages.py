"""Signing in, out and up, and passwords, as a browser does it."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.people import approve

PASSWORD = "alice-alice-1"
NEW = {"username": "carol", "email": "carol@example.org"}
NEW |= {"password1": "quite-long-4711", "password2": "quite-long-4711"}


def sign_in(client: Client, name: str, password: str = PASSWORD, **extra: str) -> Any:
    return client.post("/accounts/sign-in/", {"username": name, "password": password, **extra})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "ALICE@Example.org", " alice "])
def test_people_sign_in_by_name_or_address(alice: User, client: Client, name: str) -> None:
    response = sign_in(client, name)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("name", "password"),
    [("alice", "wrong"), ("nobody", PASSWORD), ("Alice", PASSWORD), ("", ""), ("a\x00b", "x")],
)
def test_anything_else_does_not(alice: User, client: Client, name: str, password: str) -> None:
    response = sign_in(client, name, password)
    assert response.status_code == 200
    assert not is_signed_in(client)
    assert password not in response.content.decode() or len(password) < 2


def test_the_browser_forgets_unless_told_to_stay(alice: User, client: Client) -> None:
    sign_in(client, "alice")
    assert client.cookies["sessionid"]["max-age"] == ""
    sign_out = client.post("/accounts/sign-out/")
    assert sign_out.status_code == 302
    assert not is_signed_in(client)
    sign_in(client, "alice", stay="on")
    assert int(client.cookies["sessionid"]["max-age"]) == 14 * 24 * 3600


def test_signing_out_needs_a_post(alice: User, client: Client) -> None:
    sign_in(client, "alice")
    assert client.get("/accounts/sign-out/").status_code == 405
    assert is_signed_in(client)


def test_the_inactive_do_not_get_in(alice: User, client: Client) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = sign_in(client, "alice")
    assert not is_signed_in(client)
    assert "do not belong together" in response.content.decode()


def test_going_elsewhere_after_signing_in_stays_on_this_server(alice: User, client: Client) -> None:
    assert sign_in(client, "alice", next="/settings")["Location"] == "/settings"
    client.post("/accounts/sign-out/")
    assert sign_in(client, "alice", next="https://evil.example.net/")["Location"] == "/"


# --- sign-up -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_closed_sign_up_says_whom_to_ask(client: Client, settings: Settings) -> None:
    settings.GIINT_SIGNUP = "closed"
    page = client.get("/accounts/sign-up/")
    assert page.status_code == 200
    assert settings.DEFAULT_FROM_EMAIL in page.content.decode()
    assert "<form" not in page.content.decode()
    assert client.post("/accounts/sign-up/", NEW).status_code == 403
    assert not User.objects.exists()


@pytest.mark.django_db
def test_open_sign_up_lets_in_at_once(client: Client, settings: Settings) -> None:
    settings.GIINT_SIGNUP = "open"
    assert "<form" in client.get("/accounts/sign-up/").content.decode()
    response = client.post("/accounts/sign-up/", NEW)
    assert response["Location"] == "/"
    carol = User.objects.get(username="carol")
    assert carol.check_password("quite-long-4711")
    assert carol.is_active
    assert carol.account.approved is not None
    assert is_signed_in(client)


@pytest.mark.django_db
def test_sign_up_by_approval_waits_for_it(
    client: Client,
    settings: Settings,
    boss: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.GIINT_SIGNUP = "approval"
    settings.GIINT_ORIGINS = ["https://chat.example.org"]
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/accounts/sign-up/", NEW)
    assert response["Location"] == "/accounts/sign-up/done/"
    assert client.get(response["Location"]).status_code == 200
    (to_boss,) = mail.outbox
    assert to_boss.to == ["boss@example.org"]
    assert "carol@example.org" in to_boss.body

    page = sign_in(client, "carol", "quite-long-4711")
    assert "waits for approval" in page.content.decode()
    assert "waits for approval" not in sign_in(client, "carol", "guess").content.decode()
    assert not is_signed_in(client)

    carol = User.objects.get(username="carol")
    with django_capture_on_commit_callbacks(execute=True):
        assert approve(user=carol)
        assert not approve(user=carol)
    (to_carol,) = mail.outbox[1:]
    assert to_carol.to == ["carol@example.org"]
    assert "https://chat.example.org/accounts/sign-in/" in to_carol.body
    sign_in(client, "carol", "quite-long-4711")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "alice"},
        {"username": "ALICE"},
        {"email": "Alice@Example.ORG"},
        {"email": ""},
        {"username": "bob@example.org"},
        {"password2": "something-else-1"},
        {"password1": "12345678", "password2": "12345678"},
    ],
)
def test_a_sign_up_that_cannot_be_is_refused(
    alice: User, client: Client, settings: Settings, fields: dict[str, str]
) -> None:
    settings.GIINT_SIGNUP = "open"
    response = client.post("/accounts/sign-up/", NEW | fields)
    assert response.status_code == 200
    assert User.objects.count() == 1


def test_approval_is_only_for_those_who_asked(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not approve(user=alice)
    alice.refresh_from_db()
    assert not alice.is_active


# --- passwords ---------------------------------------------------------------------------------


def test_a_forgotten_password_is_reset_by_mail(
    alice: User, client: Client, settings: Settings
) -> None:
    settings.GIINT_ORIGINS = ["https://chat.example.org"]
    assert client.get("/accounts/password/reset/").status_code == 200
    asked = client.post("/accounts/password/reset/", {"email": "ALICE@example.org"}, follow=True)
    assert asked.status_code == 200
    (sent,) = mail.outbox
    link = re.search(r"https://chat\.example\.org(/accounts/password/reset/\S+)", str(sent.body))
    assert link is not None
    form = client.get(link[1], follow=True)
    where = form.redirect_chain[-1][0]
    fresh = {"new_password1": "brand-new-4711", "new_password2": "brand-new-4711"}
    assert client.post(where, fresh, follow=True).status_code == 200
    sign_in(client, "alice", "brand-new-4711")
    assert is_signed_in(client)
    client.post("/accounts/sign-out/")
    again = client.get(link[1], follow=True)
    assert again.context["validlink"] is False


def test_nobody_learns_which_addresses_are_known(alice: User, client: Client) -> None:
    known = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(mail.outbox) == 1


def test_a_password_is_changed_and_this_browser_stays_signed_in(
    alice: User, client: Client
) -> None:
    other = Client()
    sign_in(other, "alice")
    sign_in(client, "alice")
    fields = {"old_password": PASSWORD, "new_password1": "brand-new-4711"}
    done = client.post(
        "/accounts/password/change/", fields | {"new_password2": "brand-new-4711"}, follow=True
    )
    assert done.status_code == 200
    assert is_signed_in(client)
    assert client.get("/accounts/password/change/").status_code == 200
    assert other.get("/accounts/password/change/").status_code == 302


@pytest.mark.parametrize("path", ["password/change/", "password/change/done/"])
@pytest.mark.django_db
def test_changing_a_password_needs_somebody(client: Client, path: str) -> None:
    response = client.get(f"/accounts/{path}")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/")


@pytest.mark.parametrize("path", ["password/reset/done/", "password/reset/complete/"])
@pytest.mark.django_db
def test_the_pages_in_between_are_there(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 200
