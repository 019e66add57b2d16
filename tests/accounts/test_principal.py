"""Who asks, and when they stop being somebody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.people import deactivate, rights_changed
from accounts.principal import (
    Connection,
    connection_of_scope,
    lost,
    principal,
    principal_of_scope,
)
from giint.core.errors import GiintError
from tests.conftest import person


def scope_of(client: Client, extra: str = "theme=dark; ") -> dict[str, object]:
    """The ASGI scope of a socket that this browser opens."""
    morsel = client.cookies.get("sessionid")
    cookie = f"{extra}sessionid={morsel.value if morsel else ''}"
    return {
        "type": "websocket",
        "headers": [(b"host", b"localhost"), (b"cookie", cookie.encode())],
    }


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return client


def connected(user: User) -> Connection:
    found = connection_of_scope(scope_of(signed_in(user)))
    assert found is not None
    return found[1]


def test_a_request_is_from_whoever_is_signed_in(alice: User, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = alice
    assert principal(request) == alice


@pytest.mark.parametrize("inactive", [True, False])
def test_nobody_and_the_inactive_are_signed_out(
    alice: User, rf: RequestFactory, inactive: bool
) -> None:
    alice.is_active = not inactive
    request = rf.get("/")
    request.user = alice if inactive else AnonymousUser()
    with pytest.raises(GiintError) as raised:
        principal(request)
    assert raised.value.code == "signed_out"


def test_a_socket_is_from_whoever_has_the_session(alice: User, bob: User) -> None:
    assert principal_of_scope(scope_of(signed_in(alice))) == alice
    assert principal_of_scope(scope_of(signed_in(bob), extra="")) == bob


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"cookie", b"")],
        [(b"cookie", b"sessionid=")],
        [(b"cookie", b"sessionid=0123456789abcdefghijklmnopqrstuv")],
        [(b"cookie", b"sessionid=\xff\xfe; \x00")],
        [(b"cookie", b"=;=;sessionid")],
    ],
)
@pytest.mark.django_db
def test_a_socket_without_a_session_is_from_nobody(headers: list[tuple[bytes, bytes]]) -> None:
    assert principal_of_scope({"type": "websocket", "headers": headers}) is None


def change_password(user: User) -> None:
    user.set_password("quite-another-1")
    user.save()


@pytest.mark.parametrize(
    "what",
    [
        lambda user: deactivate(user=user),
        change_password,
        lambda user: user.delete(),
        lambda user: Session.objects.all().delete(),
        lambda user: Session.objects.update(expire_date=timezone.now()),
    ],
    ids=["deactivated", "password changed", "deleted", "signed out", "session expired"],
)
def test_whoever_lost_their_rights_is_nobody_on_a_new_socket(
    alice: User, what: Callable[[User], object]
) -> None:
    scope = scope_of(signed_in(alice))
    assert principal_of_scope(scope) == alice
    what(alice)
    assert principal_of_scope(scope) is None


@pytest.mark.parametrize(
    "what",
    [
        lambda user: deactivate(user=user),
        lambda user: rights_changed(user=user),
        change_password,
        lambda user: user.delete(),
    ],
    ids=["deactivated", "rights changed", "password changed", "deleted"],
)
def test_a_socket_loses_its_rights_with_its_person(
    alice: User, bob: User, what: Callable[[User], object]
) -> None:
    hers, his = connected(alice), connected(bob)
    assert lost([hers, his]) == set()
    what(alice)
    assert lost([hers, his]) == {hers}


def test_signing_out_takes_the_rights_of_that_browser_alone(alice: User) -> None:
    one, two = signed_in(alice), signed_in(alice)
    first, second = connection_of_scope(scope_of(one)), connection_of_scope(scope_of(two))
    assert first is not None
    assert second is not None
    one.post("/accounts/sign-out/")
    assert lost([first[1], second[1]]) == {first[1]}


def test_a_session_that_runs_out_takes_the_rights_along(alice: User) -> None:
    here = connected(alice)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert lost([here]) == {here}


def test_two_queries_tell_it_for_everybody(
    alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    crowd = [connected(user) for user in [alice, bob, *(person(f"p{n}") for n in range(8))] * 3]
    with django_assert_num_queries(2):
        assert lost(crowd) == set()
    with django_assert_num_queries(0):
        assert lost([]) == set()


def test_a_rotated_secret_key_leaves_people_signed_in(alice: User, settings: Settings) -> None:
    scope = scope_of(signed_in(alice))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "x" * 50
    assert principal_of_scope(scope) == alice


def test_somebody_without_an_account_gets_one(db: None) -> None:
    boss = User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")
    assert connected(boss).access_version == 0
    assert lost([connected(boss)]) == set()


def test_a_connection_does_not_print_its_session(alice: User) -> None:
    here = connected(alice)
    assert here.session_key not in repr(here)
    assert here.auth_hash not in str(here)
