"""A key that goes, or leads elsewhere: what was made with it is deleted first, or named."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import ProviderKey, User
from agents.models import RemoteAssistant
from agents.remote import records
from giint.core.errors import GiintError
from tests.accounts.conftest import Caller, boss
from tests.agents.remote.conftest import SERVER, states
from tests.agents.remote.keeper import Shelved
from tests.agents.remote.test_sweep import made

__all__ = ["boss"]
ELSEWHERE = "https://elsewhere.example.org/v1"


def test_removing_a_key_deletes_what_it_made(
    alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    made(key, shelved)
    made(key, shelved, "thread")
    answer = Caller(alice)("DELETE", f"keys/{key.id}")
    assert answer.status_code == 204
    assert shelved.shelf.there() == []
    assert states() == [("assistant", "deleted"), ("thread", "deleted")]
    assert not ProviderKey.objects.exists()


def test_removing_a_key_that_its_server_refuses_says_what_stays_behind(
    alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    row = made(key, shelved)
    shelved.shelf.codes = ["upstream_refused_key"]
    answer = Caller(alice)("DELETE", f"keys/{key.id}")
    assert answer.status_code == 200
    told = answer.json()
    assert [one["remote_id"] for one in told["left"]] == [row.remote_id]
    assert row.remote_id in told["sentence"]
    assert SERVER in told["sentence"]
    assert "refused the key" in told["sentence"]
    assert states() == [("assistant", "left")]
    assert not ProviderKey.objects.exists()


def test_a_key_that_moves_deletes_first_and_a_refused_move_costs_nothing(
    alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    made(key, shelved)
    call = Caller(alice)
    refused = call("PATCH", f"keys/{key.id}", {"base_url": ELSEWHERE})  # needs the key anew
    assert refused.status_code == 400
    assert shelved.shelf.deleted == {}
    moved = call("PATCH", f"keys/{key.id}", {"base_url": ELSEWHERE, "key": "sk-other-0123456789"})
    assert moved.status_code == 200
    assert "parting" not in moved.json()
    assert shelved.shelf.deleted == {"assistant": 1}


def test_another_secret_keeps_what_the_manager_holds(
    alice: User, key: ProviderKey, shelved: Shelved
) -> None:
    kept = made(key, shelved)
    idle = made(key, shelved, "thread")
    RemoteAssistant.objects.filter(id=idle.id).update(purpose="wake")
    assert Caller(alice)("PATCH", f"keys/{key.id}", {"key": "sk-new-0123456789"}).status_code == 200
    assert shelved.shelf.there() == [kept.remote_id]


def test_a_new_label_asks_nobody(alice: User, key: ProviderKey, shelved: Shelved) -> None:
    made(key, shelved)
    records.release(RemoteAssistant.objects.all())
    assert Caller(alice)("PATCH", f"keys/{key.id}", {"label": "Other"}).status_code == 200
    assert shelved.shelf.asked == 0


def test_the_admin_is_told_what_stays_behind(
    boss: User, key: ProviderKey, shelved: Shelved
) -> None:
    row = made(key, shelved)
    shelved.shelf.codes = ["upstream_unreachable"]
    client = Client()
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    answer = client.post(f"/admin/accounts/providerkey/{quote(key.id)}/delete/", {"post": "yes"})
    said = [str(one) for one in get_messages(answer.wsgi_request)]
    assert any(row.remote_id in one for one in said)
    assert not ProviderKey.objects.exists()


def test_nothing_is_left_for_another_persons_key(
    mallory: User, key: ProviderKey, shelved: Shelved
) -> None:
    made(key, shelved)
    assert Caller(mallory)("DELETE", f"keys/{key.id}").status_code == 404
    assert shelved.shelf.asked == 0


@pytest.mark.parametrize("code", ["remote_left", "remote_unfindable", "keeps_nothing"])
def test_codes_have_sentences(code: str) -> None:
    said: Any = GiintError(code)
    assert said.sentence
