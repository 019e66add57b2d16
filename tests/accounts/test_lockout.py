"""Five failures with one name from one address lock both out for 15 minutes, by every door."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User

SPELLINGS = ["alice", "alice@example.org", "ALICE@example.org", " alice", "Alice@Example.Org"]


def attempt(name: str, password: str, *, address: str = "198.51.100.7", path: str = "") -> int:
    client = Client(REMOTE_ADDR=address)
    fields = {"username": name, "password": password}
    response = client.post(path or "/accounts/sign-in/", fields)
    status: int = response.status_code
    return status


def lock_out() -> None:
    assert [attempt(name, "wrong") for name in SPELLINGS] == [200] * 4 + [429]


def test_the_fifth_failure_locks_out_whatever_the_spelling(alice: User) -> None:
    lock_out()
    assert attempt("alice", "alice-alice-1") == 429


def test_the_page_says_so(alice: User) -> None:
    lock_out()
    response = Client(REMOTE_ADDR="198.51.100.7").post(
        "/accounts/sign-in/", {"username": "alice", "password": "alice-alice-1"}
    )
    page = response.content.decode()
    assert "Wait 15 minutes" in page
    assert "<form" in page
    assert "alice-alice-1" not in page


def test_it_ends_after_15_minutes_and_trying_does_not_prolong_it(alice: User) -> None:
    lock_out()
    now = timezone.now()
    with time_machine.travel(now + timedelta(minutes=14)):
        assert attempt("alice", "alice-alice-1") == 429
    with time_machine.travel(now + timedelta(minutes=16)):
        assert attempt("alice", "alice-alice-1") == 302


def test_others_and_other_addresses_are_not_locked_out(alice: User, bob: User) -> None:
    lock_out()
    assert attempt("bob", "bob-bob-1") == 302
    assert attempt("alice", "alice-alice-1", address="198.51.100.8") == 302


def test_a_success_in_between_starts_the_count_anew(alice: User) -> None:
    for _ in range(2):
        assert [attempt("alice", "wrong") for _ in range(4)] == [200] * 4
        assert attempt("alice@example.org", "alice-alice-1") == 302


@pytest.mark.django_db
def test_names_that_nobody_has_are_locked_out_alike() -> None:
    assert [attempt("nobody", "wrong") for _ in range(6)] == [200] * 4 + [429] * 2


def test_the_admin_counts_too(boss: User) -> None:
    door = "/admin/login/"
    assert [attempt("boss", "wrong", path=door) for _ in range(5)] == [200] * 4 + [429]
    assert attempt("boss", "boss-boss-1") == 429


def test_no_password_is_kept(alice: User) -> None:
    attempt("alice", "my-other-password")
    assert "my-other-password" not in str(AccessAttempt.objects.values())


def test_a_reset_by_mail_ends_it(alice: User, client: Client) -> None:
    lock_out()
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    link = mail.outbox[0].body.split("/accounts/password/reset/")[1].split()[0]
    form = client.get(f"/accounts/password/reset/{link}", follow=True)
    fresh = {"new_password1": "brand-new-4711", "new_password2": "brand-new-4711"}
    client.post(form.redirect_chain[-1][0], fresh)
    assert attempt("alice", "brand-new-4711") == 302
