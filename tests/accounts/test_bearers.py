"""Every kind of credential: what it opens, and that it is refused alike for every reason."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import serializers
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import jwts, tokens
from accounts.models import ApiToken, AuditEntry, User
from accounts.people import deactivate, sign_up
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, Caller, entered

KEY = {"label": "x", "base_url": "https://api.example.org/v1", "key": CANARY}


def by_token(user: User, *scopes: str, **more: Any) -> str:
    given = scopes or ("read", "write", "manage")
    return tokens.make(user=user, name="script", scopes=given, **more)[1].reveal()


def by_jwt(user: User) -> str:
    return jwts.issue(user=user)["access"]


KINDS: dict[str, Callable[[User], str]] = {"token": by_token, "jwt": by_jwt}


def ask(bearer: str, verb: str = "GET", path: str = "keys", body: Any = None) -> Any:
    return Client().generic(
        verb,
        f"/api/v1/{path}",
        "" if body is None else json.dumps(body),
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {bearer}",
    )


def change_password(user: User) -> None:
    user.set_password("quite-another-1")
    user.save()


@pytest.fixture
def refusal(db: None) -> bytes:
    """What somebody gets who made a bearer up."""
    answer = ask("gnt_" + "x" * 40)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    content: bytes = answer.content
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_a_bearer_opens_what_is_its_persons(alice: User, bob: User, kind: str) -> None:
    bearer = KINDS[kind](alice)
    hers, his = entered(alice, label="Hers"), entered(bob, label="His")
    assert [row["id"] for row in ask(bearer).json()["keys"]] == [hers.id]
    assert ask(bearer, "GET", f"keys/{his.id}").status_code == 404
    assert ask(bearer, "POST", "keys", KEY).status_code == 201  # and no CSRF token is asked for


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "what",
    [
        lambda user: deactivate(user=user),
        change_password,
        lambda user: user.delete(),
    ],
    ids=["deactivated", "password changed", "deleted"],
)
def test_who_lost_their_rights_is_refused_alike(
    alice: User, refusal: bytes, kind: str, what: Callable[[User], object]
) -> None:
    bearer = KINDS[kind](alice)
    assert ask(bearer).status_code == 200
    what(alice)
    answer = ask(bearer)
    assert (answer.status_code, answer.content) == (401, refusal)


def test_a_revoked_token_is_refused_alike(alice: User, refusal: bytes) -> None:
    row, value = tokens.make(user=alice, name="x", scopes=["manage"])
    assert ask(value.reveal(), "DELETE", f"tokens/{row.id}").status_code == 204
    assert ask(value.reveal()).content == refusal


@pytest.mark.parametrize("kind", KINDS)
def test_an_expired_one_is_refused_alike(alice: User, refusal: bytes, kind: str) -> None:
    ends = timezone.now() + timedelta(minutes=10)
    bearer = by_token(alice, expires=ends) if kind == "token" else by_jwt(alice)
    with time_machine.travel(ends - timedelta(seconds=30)):
        assert ask(bearer).status_code == 200
    with time_machine.travel(ends + timedelta(seconds=2)):
        assert ask(bearer).content == refusal


@pytest.mark.parametrize(
    ("scopes", "verb", "path", "passes"),
    [
        (["read"], "GET", "threads", True),
        (["read"], "PATCH", "state", False),
        (["write"], "PATCH", "state", True),
        (["write"], "GET", "threads", False),
        (["read", "write"], "GET", "keys", False),
        (["read", "write"], "POST", "keys", False),
        (["manage"], "GET", "keys", True),
        (["manage"], "GET", "tokens", True),
        (["manage"], "GET", "threads", False),
        (["read", "write", "manage"], "POST", "tokens", False),
    ],
)
def test_a_scope_opens_what_it_says_and_no_more(
    alice: User, refusal: bytes, scopes: list[str], verb: str, path: str, passes: bool
) -> None:
    bearer = by_token(alice, *scopes)
    body = {"version": 0, "patch": {}, "name": "n", "scopes": ["read"], **KEY}
    answer = ask(bearer, verb, path, None if verb == "GET" else body)
    assert (answer.status_code == 200) is passes, answer.content
    assert (answer.content == refusal) is not passes
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer  ",
        "Bearer a b",
        "Bearer gnt_",
        "Bearer \xff\xfe",
        "Bearer eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxfQ.",
        "bearer x.y.z",
    ],
)
def test_a_malformed_bearer_is_refused_whatever_cookie_is_there(
    alice: User, refusal: bytes, header: str
) -> None:
    client = Caller(alice).client
    answer = client.get("/api/v1/keys", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.content) == (401, refusal)


def test_a_refresh_token_is_no_bearer(alice: User, refusal: bytes) -> None:
    assert ask(jwts.issue(user=alice)["refresh"]).content == refusal


def test_who_waits_for_approval_gets_no_token(settings: Settings, db: None) -> None:
    settings.GIINT_SIGNUP = "approval"
    sign_up(username="carol", email="c@example.org", password=Secret("quite-long-4711"))
    given = {"username": "carol", "password": "quite-long-4711"}
    answer = Caller()("POST", "auth/token", given)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")


# --- json web tokens ------------------------------------------------------------------------------


def test_a_pair_is_got_by_password_used_and_renewed(alice: User) -> None:
    given = {"username": "ALICE@example.org", "password": "alice-alice-1"}
    answer = Caller()("POST", "auth/token", given)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    pair = answer.json()
    assert ask(pair["access"]).status_code == 200
    renewed = Caller()("POST", "auth/token/refresh", {"refresh": pair["refresh"]}).json()
    assert ask(renewed["access"]).status_code == 200
    again = Caller()("POST", "auth/token/refresh", {"refresh": pair["refresh"]})
    assert (again.status_code, again.json()["code"]) == (401, "token_refused")
    assert Caller()("POST", "auth/token/revoke", {"refresh": renewed["refresh"]}).status_code == 204
    over = Caller()("POST", "auth/token/refresh", {"refresh": renewed["refresh"]})
    assert over.status_code == 401


@pytest.mark.parametrize("what", [change_password, lambda user: deactivate(user=user)])
def test_a_refresh_token_ends_with_its_persons_rights(
    alice: User, what: Callable[[User], object]
) -> None:
    refresh = jwts.issue(user=alice)["refresh"]
    what(alice)
    answer = Caller()("POST", "auth/token/refresh", {"refresh": refresh})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")


def test_failures_lock_out_here_and_on_the_page_together(alice: User) -> None:
    wrong = {"username": "alice", "password": "wrong"}
    codes = [Caller()("POST", "auth/token", wrong).json()["code"] for _ in range(5)]
    assert codes == ["sign_in_refused"] * 4 + ["locked_out"]
    right = {"username": "alice", "password": "alice-alice-1"}
    answer = Caller()("POST", "auth/token", right)
    assert (answer.status_code, answer.json()["code"]) == (429, "locked_out")
    assert Client().post("/accounts/sign-in/", right).status_code == 429


@pytest.mark.parametrize("body", [{}, {"username": "alice"}, {"username": [], "password": 1}, []])
@pytest.mark.django_db
def test_a_sign_in_that_cannot_be_read_says_so(body: Any) -> None:
    answer = Caller()("POST", "auth/token", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_field")


def test_no_row_holds_a_token(alice: User) -> None:
    value = by_token(alice)
    pair = jwts.issue(user=alice)
    jwts.renew(Secret(pair["refresh"]))
    rows = [*ApiToken.objects.all(), *OutstandingToken.objects.all(), *AuditEntry.objects.all()]
    kept = serializers.serialize("json", rows)
    assert len(rows) == 4
    for secret in (value, value[8:], pair["refresh"], pair["refresh"].split(".")[2]):
        assert secret not in kept
    assert hashlib.sha256(value.encode()).hexdigest() in kept


# --- API tokens -----------------------------------------------------------------------------------


def test_a_token_is_shown_once_listed_and_revoked(alice: User) -> None:
    call = Caller(alice)
    made = call("POST", "tokens", {"name": " nightly  report ", "scopes": ["write", "read"]})
    assert made.status_code == 201
    row = made.json()
    value = row.pop("token")
    assert value.startswith(row["begins"])
    assert (row["name"], row["scopes"], row["expires"]) == (
        "nightly report",
        ["read", "write"],
        None,
    )
    listed = call("GET", "tokens").json()
    assert listed["tokens"] == [row]
    scopes = ["read", "write", "manage", "manage_assistants"]
    assert [scope["id"] for scope in listed["scopes"]] == scopes
    assert value not in call("GET", "tokens").content.decode()
    assert call("DELETE", f"tokens/{row['id']}").status_code == 204
    assert call("GET", "tokens").json()["tokens"] == []
    assert call("DELETE", f"tokens/{row['id']}").status_code == 404
    entries = call("GET", "audit?noun=API token").json()["entries"]
    assert [one["action"] for one in entries] == ["revoked", "made"]
    assert entries[0]["by_you"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "x" * 81, "scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["root"]}, "scopes"),
        ({"name": "x", "scopes": "read"}, "scopes"),
        ({"name": "x", "scopes": ["read"], "expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"name": "x", "scopes": ["read"], "expires": "soon"}, "expires"),
    ],
)
def test_a_token_that_cannot_be_made_says_why(alice: User, body: Any, field: str) -> None:
    answer = Caller(alice)("POST", "tokens", body)
    assert answer.status_code == 400
    assert answer.json()["fields"][field]
    assert not ApiToken.objects.exists()


def test_another_persons_token_is_not_found(alice: User, mallory: User) -> None:
    row, _ = tokens.make(user=alice, name="hers", scopes=["read"])
    assert Caller(mallory)("DELETE", f"tokens/{row.id}").status_code == 404
    row.refresh_from_db()
    assert row.revoked is None


def test_there_is_an_end_to_tokens(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "TOKENS", 2)
    first, _ = tokens.make(user=alice, name="1", scopes=["read"])
    tokens.make(user=alice, name="2", scopes=["read"])
    with pytest.raises(GiintError, match="limit_reached"):
        tokens.make(user=alice, name="3", scopes=["read"])
    tokens.revoke(user=alice, token=first.id)
    tokens.make(user=alice, name="3", scopes=["read"])


def test_its_last_use_is_written_once_a_minute(alice: User) -> None:
    bearer = by_token(alice)
    now = timezone.now()
    uses = []
    for seconds in (0, 30, 59, 61, 100):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            assert ask(bearer).status_code == 200
        use = ApiToken.objects.get().last_used
        assert use is not None
        uses.append(use - now)
    assert uses == [timedelta(seconds=s) for s in (0, 0, 0, 61, 61)]


def run(*words: str) -> str:
    out = StringIO()
    call_command("tokens", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_makes_lists_and_revokes(alice: User) -> None:
    value = run("create", "alice", "--name", "cron", "--scope", "read", "--days", "7").strip()
    assert ask(value, "GET", "threads").status_code == 200
    row = ApiToken.objects.get()
    assert row.expires is not None
    assert row.id in run("list")
    assert row.id in run("list", "alice@example.org")
    assert value not in run("list")
    with pytest.raises(CommandError, match="token_0: There is no such thing"):
        run("revoke", "token_0", row.id)  # the one that is there goes all the same
    assert ask(value, "GET", "threads").status_code == 401
    assert run("list") == ""


@pytest.mark.parametrize(
    "words",
    [
        ["create", "nobody", "--name", "x", "--scope", "read"],
        ["create", "alice", "--name", "x", "--scope", "root"],
        ["create", "alice", "--name", " ", "--scope", "read"],
        ["create", "alice", "--name", "x", "--scope", "read", "--days", "-1"],
        ["create", "alice", "--scope", "read"],
        ["revoke"],
    ],
)
def test_the_command_refuses_what_it_cannot_do(alice: User, words: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert not ApiToken.objects.exists()


def test_the_service_judges_fields_for_every_caller(alice: User) -> None:
    with pytest.raises(BadField):
        tokens.make(user=alice, name="x", scopes=["read", "nonsense"])
