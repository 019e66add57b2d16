"""A sealed key opens in its own row, for its owner and its host, and nowhere else."""

import pickle

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from accounts import sealing
from accounts.checks import field_keys_are_there, field_keys_can_be_read
from accounts.models import ProviderKey, User
from giint.core.errors import GiintError
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, entered, field_key


def refused(key: ProviderKey) -> bool:
    with pytest.raises(GiintError) as raised:
        ProviderKey.objects.get(id=key.id).open()
    return raised.value.code == "key_unreadable"


def test_a_key_opens_where_it_was_sealed(alice: User) -> None:
    key = entered(alice)
    assert ProviderKey.objects.get(id=key.id).open() == Secret(CANARY)
    assert CANARY.encode() not in bytes(key.sealed)
    assert key.last4 == "4242"


def test_the_same_key_is_sealed_differently_each_time(alice: User) -> None:
    assert bytes(entered(alice).sealed) != bytes(entered(alice).sealed)


def test_a_server_without_a_key_has_an_empty_one(alice: User) -> None:
    key = entered(alice, secret="", base_url="https://ollama.example.org/v1")
    assert ProviderKey.objects.get(id=key.id).open() == Secret("")
    assert key.key_id == ""


def test_moved_to_another_row_it_does_not_open(alice: User) -> None:
    one, other = entered(alice), entered(alice, secret="sk-other-other-other")
    ProviderKey.objects.filter(id=other.id).update(sealed=bytes(one.sealed), key_id=one.key_id)
    assert refused(other)
    assert ProviderKey.objects.get(id=one.id).open() == Secret(CANARY)


def test_given_to_another_owner_it_does_not_open(alice: User, mallory: User) -> None:
    key = entered(alice)
    ProviderKey.objects.filter(id=key.id).update(user=mallory)
    assert refused(key)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net/v1",
        "http://api.example.org/v1",
        "https://api.example.org:8443/v1",
        "https://api.example.org.evil.net/v1",
    ],
)
def test_pointed_at_another_host_it_does_not_open(alice: User, url: str) -> None:
    key = entered(alice)
    ProviderKey.objects.filter(id=key.id).update(base_url=url)
    assert refused(key)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.org/v2", "https://API.example.org:443/v1", "https://api.example.org."],
)
def test_another_path_or_spelling_of_its_host_is_the_same_host(alice: User, url: str) -> None:
    key = entered(alice)
    ProviderKey.objects.filter(id=key.id).update(base_url=url)
    assert ProviderKey.objects.get(id=key.id).open() == Secret(CANARY)


def test_no_bit_of_it_can_be_changed(alice: User) -> None:
    key = entered(alice)
    whole = bytes(key.sealed)
    for place in range(len(whole)):
        bent = bytearray(whole)
        bent[place] ^= 1
        ProviderKey.objects.filter(id=key.id).update(sealed=bytes(bent))
        assert refused(key)


@pytest.mark.parametrize("length", [0, 1, 12, 20, -1])
def test_cut_short_it_does_not_open(alice: User, length: int) -> None:
    key = entered(alice)
    ProviderKey.objects.filter(id=key.id).update(sealed=bytes(key.sealed)[:length])
    assert refused(key)


def test_under_a_wrong_or_lost_field_key_it_does_not_open(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("a")]
    key = entered(alice)
    settings.GIINT_FIELD_KEYS = [field_key("b")]
    assert refused(key)  # lost
    settings.GIINT_FIELD_KEYS = ["a:" + field_key("b").partition(":")[2]]
    assert refused(key)  # same id, other bytes
    settings.GIINT_FIELD_KEYS = [field_key("b"), field_key("a")]
    assert ProviderKey.objects.get(id=key.id).open() == Secret(CANARY)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        ["nokey"],
        ["a:"],
        [":" + field_key("a").partition(":")[2]],
        ["a:c2hvcnQ="],
        ["a:" + "!" * 43],
        ["far-too-long-an-id-it-is:" + field_key("a").partition(":")[2]],
        [field_key("a"), field_key("a")],
    ],
)
def test_malformed_field_keys_are_named_and_never_shown(
    entries: list[str], settings: Settings
) -> None:
    settings.GIINT_FIELD_KEYS = entries
    with pytest.raises(ImproperlyConfigured, match="GIINT_FIELD_KEYS") as raised:
        sealing.ring()
    (found,) = field_keys_can_be_read()
    assert found.id == "accounts.E001"
    for entry in entries:
        material = entry.partition(":")[2]
        assert not material or material not in str(raised.value) + str(found)


def test_the_check_is_silent_when_the_keys_are_right(settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("a"), field_key("b").rstrip("=")]
    assert field_keys_can_be_read() == []
    assert sealing.ring().ids == ["a", "b"]


def test_a_lost_field_key_is_told_with_the_number_of_keys(alice: User, settings: Settings) -> None:
    settings.GIINT_FIELD_KEYS = [field_key("old")]
    entered(alice)
    assert field_keys_are_there(databases=["default"]) == []
    settings.GIINT_FIELD_KEYS = [field_key("new")]
    (found,) = field_keys_are_there(databases=["default"])
    assert "'old' (1 keys)" in found.msg


def test_a_secret_never_prints() -> None:
    secret = Secret(CANARY)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>40}", repr([secret])]
    assert not any("canary" in text for text in shown)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
