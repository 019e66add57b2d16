"""The catalogue in the admin: everything to be seen, little to be changed, no key."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from agents.catalogue.accounts import make_rows
from agents.models import CatalogueSync, LanguageModel
from tests.accounts.conftest import CANARY, entered
from tests.agents.catalogue.conftest import account_at, at, lists, read, share
from tests.conftest import person
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer

MODELS = "/admin/agents/languagemodel/"
SYNCS = "/admin/agents/cataloguesync/"


@pytest.fixture
def admin(boss: User) -> Client:
    client = Client()
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    return client


def press(admin: Client, rows: list[CatalogueSync]) -> list[str]:
    """Choose these rows and the action; what the page then says."""
    chosen = {"action": "sync_models", "_selected_action": [row.pk for row in rows]}
    answer = admin.post(SYNCS, chosen)
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_the_action_reads_the_chosen_accounts_and_says_what_happened(
    admin: Client, model_server: ModelServer, settings: Settings, alice: User
) -> None:
    account_at(model_server, alice)
    with ModelServer() as broken:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, broken.host]
        broken.models_reply = error(401, {"error": f"Bad {CANARY}"})
        account_at(broken, alice, label="Broken")
        make_rows()
        said = press(admin, list(CatalogueSync.objects.all()))
    assert said[0] == "1 read: 2 models new, 0 changed, 0 back, 0 gone."
    assert said[1].startswith(f"Broken, {broken.url}: The model server refused the key.")
    page = admin.get(SYNCS).content.decode()
    assert "The model server refused the key." in page
    assert CANARY not in page
    assert set(at(model_server)) == {"test-model", "test-mini"}


def test_a_fresh_list_is_left_alone(
    admin: Client, model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_CATALOGUE_TTL = 300
    read(account_at(model_server, alice))
    said = press(admin, list(CatalogueSync.objects.all()))
    assert said == [
        "0 read: 0 models new, 0 changed, 0 back, 0 gone. 1 were fresh or are being read."
    ]


def test_too_many_at_once_are_for_the_command(
    admin: Client, model_server: ModelServer, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.admin.catalogue.AT_ONCE", 1)
    for _ in range(2):
        account_at(model_server, alice)
    make_rows()
    assert "manage.py sync models" in press(admin, list(CatalogueSync.objects.all()))[0]
    assert model_server.asked == []


def test_who_may_only_look_is_not_offered_the_action(
    model_server: ModelServer, alice: User, bob: User
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_cataloguesync"))
    account_at(model_server, alice)
    make_rows()
    client = Client()
    client.force_login(bob, backend="accounts.backends.NameOrEmail")
    assert client.get(SYNCS).status_code == 200
    press(client, list(CatalogueSync.objects.all()))
    assert model_server.asked == []


def test_accounts_that_were_never_read_are_there(
    admin: Client, model_server: ModelServer, settings: Settings, alice: User
) -> None:
    share(settings, model_server)
    account_at(model_server, alice, label="Of alice")
    make_rows()
    page = admin.get(SYNCS).content.decode()
    assert page.count("never read") == 2
    assert "Shared account" in page
    assert "Of alice" in page


@pytest.mark.parametrize(
    "query",
    ["", "?standing=listed", "?standing=ends", "?standing=gone", "?standing=hand", "?q=m-1"],
)
def test_the_list_of_models_costs_the_same_for_many(
    admin: Client, model_server: ModelServer, alice: User, query: str
) -> None:
    lists(model_server, [f"m-{n}" for n in range(150)])
    read(account_at(model_server, alice))
    with CaptureQueriesContext(connection) as seen:
        assert admin.get(MODELS + query).status_code == 200
    assert len(seen) <= 12


def test_the_list_of_accounts_costs_the_same_for_many(admin: Client, db: None) -> None:
    for n in range(30):
        entered(person(f"p{n}"))
    make_rows()
    for query in ("", "?result=failed", "?result=good", "?result=never"):
        with CaptureQueriesContext(connection) as seen:
            assert admin.get(SYNCS + query).status_code == 200
        assert len(seen) <= 12


def test_what_is_kept_by_hand_is_changed_and_the_servers_word_is_not(
    admin: Client, model_server: ModelServer, alice: User
) -> None:
    lists(model_server, ["a"], owned_by="o")
    read(account_at(model_server, alice))
    row = at(model_server)["a"]
    fields = {"name": "A", "capabilities": '["vision"]', "input_price": "1.5", "owned_by": "me"}
    fields |= {"description": "", "context_window": "1000", "max_output": ""}
    fields |= {"cached_price": "", "output_price": "", "server": "https://elsewhere.example"}
    answer = admin.post(reverse("admin:agents_languagemodel_change", args=[quote(row.pk)]), fields)
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.name, row.capabilities, row.context_window) == ("A", ["vision"], 1000)
    assert (row.owned_by, row.server) == ("o", model_server.url)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"input_price": "-1"}, "greater than or equal to 0"),
        ({"output_price": "much"}, "Enter a number"),
        ({"context_window": "-5"}, "greater than or equal to 0"),
        ({"capabilities": '{"a": 1}'}, "list of words"),
        ({"capabilities": "{"}, "Enter a valid JSON"),
        ({"server": "ftp://x"}, "private or malformed"),
        ({"model_id": ""}, "This field is required"),
    ],
)
def test_what_cannot_stand_there_is_refused_beside_its_field(
    admin: Client, fields: dict[str, Any], words: str
) -> None:
    good = {"server": "https://api.example.org/v1/", "model_id": "m", "capabilities": "[]"}
    answer = admin.post(f"{MODELS}add/", good | fields)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not LanguageModel.objects.exists()


def test_a_model_may_be_made_by_hand(admin: Client) -> None:
    fields = {"server": "https://API.example.org/v1/", "model_id": "m", "capabilities": "[]"}
    assert admin.post(f"{MODELS}add/", fields).status_code == 302
    assert LanguageModel.objects.get().server == "https://api.example.org/v1"
