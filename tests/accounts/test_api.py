"""REST of keys and page state: what it gives, and to whom."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import ProviderKey, User
from accounts.parsers import Json
from giint.core.errors import GiintError
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, Caller, entered

BODY = {
    "label": "Work",
    "dialect": "responses",
    "base_url": "https://api.example.org/v1",
    "model": "m-1",
    "key": CANARY,
}


def said(response: Any) -> Any:
    return response.json()


def test_a_key_is_added_shown_changed_and_removed(alice: User) -> None:
    call = Caller(alice)
    added = call("POST", "keys", BODY)
    assert added.status_code == 201
    row = said(added)
    assert row == {
        "id": row["id"],
        "label": "Work",
        "dialect": "responses",
        "base_url": "https://api.example.org/v1",
        "model": "m-1",
        "last4": "4242",
        "default": True,
        "checked": None,
        "check_code": "",
        "check_sentence": "This key has not been tried yet.",
    }
    assert said(call("GET", "keys"))["keys"] == [row]
    assert said(call("GET", "keys"))["account"]["source"] == "own"
    assert said(call("GET", f"keys/{row['id']}")) == row
    changed = call("PATCH", f"keys/{row['id']}", {"label": "Home", "key": ""})
    assert said(changed) == row | {"label": "Home"}
    assert ProviderKey.objects.get(id=row["id"]).open() == Secret(CANARY)
    assert call("DELETE", f"keys/{row['id']}").status_code == 204
    assert said(call("GET", "keys"))["keys"] == []


def test_a_key_may_be_left_out(alice: User) -> None:
    body = {name: value for name, value in BODY.items() if name != "key"}
    row = said(Caller(alice)("POST", "keys", body))
    assert row["last4"] == ""
    assert ProviderKey.objects.get(id=row["id"]).open() == Secret("")


def test_blanks_around_a_pasted_key_are_dropped(alice: User) -> None:
    row = said(Caller(alice)("POST", "keys", BODY | {"key": f"  {CANARY}\n"}))
    assert ProviderKey.objects.get(id=row["id"]).open() == Secret(CANARY)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "bad_field", "label"),
        (BODY | {"label": ""}, "bad_field", "label"),
        (BODY | {"label": "x" * 81}, "bad_field", "label"),
        (BODY | {"label": ["x"]}, "bad_field", "label"),
        (BODY | {"label": None}, "bad_field", "label"),
        (BODY | {"key": 17}, "bad_field", "key"),
        (BODY | {"key": {"a": 1}}, "bad_field", "key"),
        (BODY | {"key": None}, "bad_field", "key"),
        (BODY | {"key": "sk-with a blank-4711"}, "bad_field", "key"),
        (BODY | {"default": "perhaps"}, "bad_field", "default"),
        (BODY | {"base_url": "http://169.254.169.254/"}, "address_refused", None),
        (BODY | {"base_url": "nonsense"}, "address_refused", None),
        (BODY | {"dialect": "telepathy"}, "unknown_dialect", None),
        ([], "bad_field", None),
        ("text", "bad_field", None),
        (None, "bad_field", "label"),
    ],
)
def test_a_body_that_cannot_be_taken_gets_a_sentence(
    alice: User, body: Any, code: str, field: str | None
) -> None:
    response = Caller(alice)("POST", "keys", body)
    answer = said(response)
    assert response.status_code == 400
    assert answer["code"] == code
    assert len(answer["message"]) > 10
    if field:
        assert answer["fields"][field]
    assert CANARY not in str(answer)
    assert "4711" not in str(answer)
    assert not ProviderKey.objects.exists()


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff\xfe", b'{"key": "sk-canary-7f3a', b"NaN", b"[" * 9000]
)
def test_broken_json_is_refused_in_json(alice: User, raw: bytes) -> None:
    client = Caller(alice).client
    response = client.post("/api/v1/keys", raw, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "bad_field"
    assert b"canary" not in response.content


def test_a_body_beyond_bounds_is_refused(alice: User, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    call = Caller(alice)
    assert call("POST", "keys", BODY | {"model": "x" * 100}).status_code == 201
    response = call("POST", "keys", BODY | {"model": "x" * 1000})
    assert (response.status_code, said(response)["code"]) == (413, "body_too_large")


def test_a_body_of_unannounced_length_is_bounded_too(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert Json().parse(BytesIO(b'"' + b"x" * 998 + b'"')) == "x" * 998
    with pytest.raises(GiintError) as raised:
        Json().parse(BytesIO(b'"' + b"x" * 999 + b'"'))
    assert raised.value.code == "body_too_large"


def test_a_form_is_not_json(alice: User) -> None:
    response = Caller(alice).client.post("/api/v1/keys", {"label": "x"})
    assert (response.status_code, response.json()["code"]) == (415, "bad_media")


def test_a_verb_that_is_not_there_is_said(alice: User) -> None:
    response = Caller(alice)("PUT", "state", {})
    assert (response.status_code, said(response)["code"]) == (405, "bad_method")


ROUTES = [
    ("GET", "keys/{key}", None),
    ("PATCH", "keys/{key}", {"label": "Mine now"}),
    ("DELETE", "keys/{key}", None),
    ("POST", "keys/{key}/test", None),
]


@pytest.mark.parametrize(("verb", "path", "body"), ROUTES)
def test_mallory_finds_nothing_of_alice(
    alice: User, mallory: User, verb: str, path: str, body: Any
) -> None:
    key = entered(alice, label="Of alice")
    response = Caller(mallory)(verb, path.format(key=key.id), body)
    missing = Caller(mallory)(verb, path.format(key="key_000000000000000000000000"), body)
    assert (response.status_code, response.content) == (404, missing.content)
    assert said(response)["code"] == "not_found"
    assert ProviderKey.objects.get(id=key.id).label == "Of alice"
    assert b"alice" not in Caller(mallory)("GET", "keys").content


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [*ROUTES, ("GET", "keys", None), ("POST", "keys", BODY), ("GET", "state", None)],
)
def test_nobody_gets_anything(alice: User, verb: str, path: str, body: Any) -> None:
    key = entered(alice)
    response = Caller()(verb, path.format(key=key.id), body)
    assert (response.status_code, said(response)["code"]) == (401, "signed_out")


def test_the_inactive_get_nothing(alice: User) -> None:
    call = Caller(alice)
    assert call("GET", "keys").status_code == 200
    User.objects.update(is_active=False)
    assert (call("GET", "keys").status_code) == 401


def test_an_unsafe_verb_needs_the_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="accounts.backends.NameOrEmail")
    response = client.post("/api/v1/keys", BODY, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert not ProviderKey.objects.exists()


def test_the_state_is_read_and_patched(alice: User) -> None:
    call = Caller(alice)
    assert said(call("GET", "state")) == {"version": 0, "state": {}}
    changed = call("PATCH", "state", {"version": 0, "patch": {"theme": "dark"}})
    assert said(changed) == {"version": 1, "state": {"theme": "dark"}}
    conflict = call("PATCH", "state", {"version": 0, "patch": {"theme": "light"}})
    assert conflict.status_code == 409
    answer = said(conflict)
    assert answer["code"] == "state_conflict"
    assert (answer["version"], answer["state"]) == (1, {"theme": "dark"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_field"),
        ({"version": 0}, "bad_field"),
        ({"version": "x", "patch": {}}, "bad_field"),
        ({"version": -1, "patch": {}}, "bad_field"),
        ({"version": 0, "patch": []}, "bad_field"),
        ({"version": 0, "patch": {"who": "knows"}}, "state_key"),
    ],
)
def test_a_patch_that_cannot_be_is_refused(alice: User, body: Any, code: str) -> None:
    response = Caller(alice)("PATCH", "state", body)
    assert (response.status_code, said(response)["code"]) == (400, code)


def test_our_own_fault_is_told_without_its_inside(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**fields: object) -> None:
        raise RuntimeError(f"broken with {CANARY}")

    monkeypatch.setattr("accounts.api.keys.set_state", fail)
    response = Caller(alice)("PATCH", "state", {"version": 0, "patch": {}})
    assert (response.status_code, said(response)["code"]) == (500, "internal")
    assert CANARY.encode() not in response.content
