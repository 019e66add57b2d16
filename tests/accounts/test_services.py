"""Keys and page state: rows and events together."""

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import state as page_state
from accounts.access import default_key, key_for
from accounts.models import ProviderKey, UiState, User
from accounts.services import change_key, record_check, remove_key, set_state
from accounts.state import DECLARED, StateConflict
from giint.core.errors import GiintError, NotFound
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, entered, journalled


def code_of(raised: pytest.ExceptionInfo[GiintError]) -> str:
    return raised.value.code


def defaults(user: User) -> list[str]:
    return list(user.provider_keys.filter(default=True).values_list("label", flat=True))


def test_the_first_key_is_the_default_and_the_next_one_is_not(alice: User) -> None:
    entered(alice, label="One")
    entered(alice, label="Two")
    assert defaults(alice) == ["One"]


def test_choosing_another_default_unseats_the_one_before(alice: User) -> None:
    entered(alice, label="One")
    two = entered(alice, label="Two", default=True)
    assert defaults(alice) == ["Two"]
    three = entered(alice, label="Three")
    change_key(user=alice, key=three.id, default=True)
    assert defaults(alice) == ["Three"]
    with pytest.raises(GiintError) as raised:
        change_key(user=alice, key=three.id, default=False)
    assert code_of(raised) == "bad_field"
    assert key_for(alice, two.id).default is False


def test_removing_the_default_hands_it_to_the_oldest_of_the_others(alice: User) -> None:
    one = entered(alice, label="One")
    entered(alice, label="Two")
    entered(alice, label="Three")
    remove_key(user=alice, key=one.id)
    assert defaults(alice) == ["Two"]


def test_removing_the_last_key_leaves_none(alice: User) -> None:
    remove_key(user=alice, key=entered(alice).id)
    assert default_key(alice) is None


def test_every_change_of_keys_tells_the_page_what_there_is_now(alice: User) -> None:
    key = entered(alice)
    change_key(user=alice, key=key.id, label="Renamed")
    record_check(key=key_for(alice, key.id), code="upstream_refused_key")
    remove_key(user=alice, key=key.id)
    events = journalled(alice)
    assert [event.type for event in events] == ["keys.changed"] * 4
    added, renamed, checked, removed = (event.payload for event in events)
    assert added["keys"][0]["last4"] == "4242"
    assert added["account"]["source"] == "own"
    assert added["account"]["key"] == key.id
    assert added["keys"][0]["check_sentence"] == "This key has not been tried yet."
    assert renamed["keys"][0]["label"] == "Renamed"
    assert checked["keys"][0]["check_code"] == "upstream_refused_key"
    assert checked["keys"][0]["checked"] is not None
    assert removed["keys"] == []
    assert removed["account"]["source"] != "own"
    assert CANARY not in str(events)


def test_another_host_needs_the_key_anew(alice: User) -> None:
    key = entered(alice)
    with pytest.raises(GiintError) as raised:
        change_key(user=alice, key=key.id, base_url="https://evil.example.net/v1")
    assert code_of(raised) == "bad_field"
    assert key_for(alice, key.id).base_url == "https://api.example.org/v1"
    change_key(
        user=alice, key=key.id, base_url="https://evil.example.net", secret=Secret("sk-for-it-1")
    )
    assert key_for(alice, key.id).open() == Secret("sk-for-it-1")


def test_another_path_keeps_the_key_and_forgets_the_check(alice: User) -> None:
    key = entered(alice)
    record_check(key=key, code="")
    changed = change_key(user=alice, key=key.id, base_url="https://api.example.org/v2/")
    assert changed.base_url == "https://api.example.org/v2"
    assert key_for(alice, key.id).open() == Secret(CANARY)
    assert changed.checked is None


def test_an_empty_key_field_keeps_the_key(alice: User) -> None:
    key = entered(alice)
    change_key(user=alice, key=key.id, label="Other", secret=Secret(""))
    assert key_for(alice, key.id).open() == Secret(CANARY)


def test_a_server_that_asks_for_no_key_may_move(alice: User) -> None:
    key = entered(alice, secret="", base_url="https://one.example.org")
    change_key(user=alice, key=key.id, base_url="https://two.example.org")
    assert key_for(alice, key.id).open() == Secret("")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"base_url": "http://127.0.0.1:9999/v1"}, "address_refused"),
        ({"base_url": "http://169.254.169.254/"}, "address_refused"),
        ({"base_url": "http://2130706433/"}, "address_refused"),
        ({"base_url": "file:///etc/passwd"}, "address_refused"),
        ({"base_url": "https://user:secret@api.example.org"}, "address_refused"),
        ({"base_url": "https://api.example.org/v1?key=1"}, "address_refused"),
        ({"base_url": "https://api.example.org/" + "a" * 300}, "address_refused"),
        ({"base_url": ""}, "address_refused"),
        ({"dialect": "offline"}, "unknown_dialect"),
        ({"dialect": "telepathy"}, "unknown_dialect"),
        ({"label": "  "}, "bad_field"),
        ({"label": "x" * 81}, "bad_field"),
        ({"model": "x" * 121}, "bad_field"),
        ({"secret": "sk-with\r\nInjected: header"}, "bad_field"),
        ({"secret": "sk-with-ümlaut"}, "bad_field"),
        ({"secret": "x" * 4097}, "bad_field"),
    ],
)
def test_what_cannot_stand_in_a_key_is_refused(
    alice: User, fields: dict[str, str], code: str
) -> None:
    with pytest.raises(GiintError) as raised:
        entered(alice, **fields)
    assert code_of(raised) == code
    if "secret" in fields:
        assert fields["secret"] not in str(raised.value)
    assert not alice.provider_keys.exists()
    assert journalled(alice) == []


def test_an_admitted_private_host_is_taken(alice: User, settings: Settings) -> None:
    settings.GIINT_PRIVATE_HOSTS = ["localhost:11434"]
    key = entered(alice, secret="", base_url="http://localhost:11434/v1")
    assert key.base_url == "http://localhost:11434/v1"


def test_nobody_has_more_keys_than_they_may(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.services.KEYS", 2)
    entered(alice)
    entered(alice)
    entered(bob)
    with pytest.raises(GiintError) as raised:
        entered(alice)
    assert code_of(raised) == "limit_reached"


def test_only_the_owner_reaches_a_key(alice: User, mallory: User) -> None:
    key = entered(alice)
    for act in (
        lambda: key_for(mallory, key.id),
        lambda: change_key(user=mallory, key=key.id, label="Mine now"),
        lambda: remove_key(user=mallory, key=key.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert key_for(alice, key.id).label == "Mine"


def test_a_check_of_a_replaced_key_says_nothing_about_the_new_one(alice: User) -> None:
    before = key_for(alice, entered(alice).id)
    change_key(user=alice, key=before.id, secret=Secret("sk-new-new-new-new"))
    record_check(key=before, code="upstream_refused_key")
    assert key_for(alice, before.id).checked is None
    assert len(journalled(alice)) == 2


def test_a_check_of_a_removed_key_is_no_error(alice: User) -> None:
    before = entered(alice)
    remove_key(user=alice, key=before.id)
    record_check(key=before, code="")
    assert not ProviderKey.objects.filter(user=alice).exists()


# --- page state -----------------------------------------------------------------------


def test_the_state_is_patched_and_told(alice: User) -> None:
    set_state(user=alice, version=0, patch={"theme": "dark"})
    now = set_state(user=alice, version=1, patch={"shortcuts": False, "theme": None})
    assert (now.version, now.state) == (2, {"shortcuts": False})
    assert UiState.objects.get(user=alice).state == {"shortcuts": False}
    assert [event.payload for event in journalled(alice)] == [
        {"version": 1, "patch": {"theme": "dark"}},
        {"version": 2, "patch": {"shortcuts": False, "theme": None}},
    ]


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_patch_of_another_version_changes_nothing(alice: User, version: int) -> None:
    set_state(user=alice, version=0, patch={"theme": "dark"})
    with pytest.raises(StateConflict) as raised:
        set_state(user=alice, version=version, patch={"theme": "light"})
    assert (raised.value.version, raised.value.state) == (1, {"theme": "dark"})
    assert len(journalled(alice)) == 1


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"undeclared": 1}, "state_key"),
        ({"theme": "dark", "\x00": 1}, "state_key"),
        ({"theme": "purple"}, "bad_field"),
        ({"theme": ["dark"]}, "bad_field"),
        ({"shortcuts": "yes"}, "bad_field"),
        ({"enter_sends": 1}, "bad_field"),
        ({"agent": "a" * 41}, "bad_field"),
        ("theme", "bad_field"),
    ],
)
def test_only_what_is_declared_may_be_kept(alice: User, patch: object, code: str) -> None:
    with pytest.raises(GiintError) as raised:
        set_state(user=alice, version=0, patch=patch)  # type: ignore[arg-type]
    assert code_of(raised) == code
    assert journalled(alice) == []


def test_the_document_is_bounded(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DECLARED, "note", lambda value: isinstance(value, str))
    set_state(user=alice, version=0, patch={"note": "x" * (page_state.LIMIT - 100)})
    with pytest.raises(GiintError) as raised:
        set_state(user=alice, version=1, patch={"note": "x" * page_state.LIMIT})
    assert code_of(raised) == "bad_field"


def test_the_page_declares_the_same_synced_state() -> None:
    store = Path("frontend/static/giint/js/store.js").read_text()
    synced = re.findall(r'^  (\w+): \{ kind: "synced"', store, flags=re.MULTILINE)
    assert synced
    assert set(synced) == set(DECLARED)
