"""REST of the catalogue: everybody sees what their own accounts list."""

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from agents.models import LanguageModel
from tests.accounts.conftest import CANARY, Caller
from tests.agents.catalogue.conftest import account_at, key_of, lists, read, share
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer


def names(answer: Any) -> list[str]:
    return [row["model"] for row in answer.json()["models"]]


def test_a_model_is_shown_with_all_that_is_known(model_server: ModelServer, alice: User) -> None:
    lists(model_server, ["a"], created=1_686_935_002, owned_by="o", shutdown_date="2027-01-05")
    read(account_at(model_server, alice))
    LanguageModel.objects.update(input_price=Decimal("1.25"), capabilities=["vision"])
    (row,) = Caller(alice)("GET", "models").json()["models"]
    assert row["seen"].endswith("Z")
    del row["seen"], row["id"]
    assert row == {
        "server": model_server.url,
        "model": "a",
        "name": "",
        "description": "",
        "owned_by": "o",
        "released": "2023-06-16T17:03:22.000000Z",
        "shutdown_date": "2027-01-05",
        "gone": None,
        "capabilities": ["vision"],
        "context_window": None,
        "max_output": None,
        "input_price": "1.2500",
        "cached_price": None,
        "output_price": None,
    }


def test_mallory_sees_nothing_of_what_alice_lists(
    model_server: ModelServer, alice: User, mallory: User
) -> None:
    account = account_at(model_server, alice)
    lists(model_server, ["shared", "ft:of-alice"])
    read(account)
    lists(model_server, ["shared"])
    read(account_at(model_server, mallory))
    call = Caller(mallory)
    assert names(call("GET", "models")) == ["shared"]
    assert names(call("GET", "models?q=alice")) == []
    assert len(call("GET", "models/syncs").json()["syncs"]) == 1
    for verb, path, body in (
        ("GET", f"models?key={key_of(account).id}", None),
        ("POST", "models/sync", {"key": key_of(account).id}),
    ):
        refused = call(verb, path, body)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert len(model_server.asked) == 2


def test_what_one_account_does_not_list_any_more_is_gone_there(
    model_server: ModelServer, alice: User, bob: User
) -> None:
    mine = account_at(model_server, alice)
    lists(model_server, ["a", "b"])
    read(mine, account_at(model_server, bob))
    lists(model_server, ["b"])
    read(mine)
    assert names(Caller(alice)("GET", "models?gone=true")) == ["a"]
    assert names(Caller(alice)("GET", "models?gone=0")) == ["b"]
    assert Caller(alice)("GET", "models").json()["models"][0]["gone"] is not None
    assert names(Caller(bob)("GET", "models?gone=false")) == ["a", "b"]


def test_models_are_found_by_words_server_and_key(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    with ModelServer() as other:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, other.host]
        lists(model_server, ["large-vision", "small"], owned_by="Maker")
        lists(other, ["other"], name="Large one")
        first, second = account_at(model_server, alice), account_at(other, alice)
        read(first, second)
    call = Caller(alice)
    assert sorted(names(call("GET", "models?q=large"))) == ["large-vision", "other"]
    assert names(call("GET", "models?q=LARGE%20maker")) == ["large-vision"]
    assert names(call("GET", f"models?server={other.url}/")) == ["other"]
    assert names(call("GET", f"models?key={key_of(first).id}")) == ["large-vision", "small"]


def test_a_long_list_comes_in_pages(model_server: ModelServer, alice: User) -> None:
    lists(model_server, [f"m-{n:03}" for n in range(120)])
    read(account_at(model_server, alice))
    call, seen, path = Caller(alice), [], "models?limit=50"
    while path:
        answer = call("GET", path)
        seen += names(answer)
        after = answer.json()["next"]
        path = f"models?limit=50&before={after}" if after else ""
    assert seen == [f"m-{n:03}" for n in range(120)]


@pytest.mark.parametrize("query", ["gone=perhaps", "limit=0", "before=nonsense"])
def test_a_filter_that_cannot_be_read_says_so(alice: User, query: str) -> None:
    answer = Caller(alice)("GET", f"models?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_field")


def test_a_press_reads_the_own_accounts_and_the_shared_one(
    model_server: ModelServer, settings: Settings, alice: User, bob: User
) -> None:
    settings.GIINT_CATALOGUE_TTL = 300
    share(settings, model_server)
    key = key_of(account_at(model_server, alice, label="Mine"))
    account_at(model_server, bob)
    call = Caller(alice)
    assert call("GET", "models/syncs").json() == {"syncs": []}
    answer = call("POST", "models/sync", {}).json()
    assert [(row["key"], row["label"]) for row in answer["syncs"]] == [
        (key.id, "Mine"),
        (None, "Shared account"),
    ]
    for row in answer["syncs"]:
        assert (row["code"], row["sentence"], row["models"], row["busy"]) == ("", "", 2, False)
        assert row["started"] <= row["ended"]
        assert row["next"] is None
    assert call("POST", "models/sync", {}).json() == answer
    assert len(model_server.asked) == 2
    assert call("GET", "models/syncs").json() == answer


def test_the_operators_models_are_for_whom_the_account_admits(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    read(share(settings, model_server))
    assert names(Caller(alice)("GET", "models")) == ["test-mini", "test-model"]
    settings.GIINT_SHARED_ACCOUNT = "staff"
    assert names(Caller(alice)("GET", "models")) == []
    assert Caller(alice)("GET", "models/syncs").json() == {"syncs": []}


def test_one_key_is_read_and_its_error_said(model_server: ModelServer, alice: User) -> None:
    model_server.models_reply = error(401, {"error": {"message": f"Bad {CANARY}"}})
    key = key_of(account_at(model_server, alice))
    account_at(model_server, alice)
    answer = Caller(alice)("POST", "models/sync", {"key": key.id})
    (row,) = answer.json()["syncs"]
    assert (row["key"], row["code"]) == (key.id, "upstream_refused_key")
    assert row["sentence"].startswith("The model server refused the key.")
    assert CANARY not in answer.content.decode()
    assert len(model_server.asked) == 1


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", "models"), ("GET", "models/syncs"), ("POST", "models/sync")]
)
@pytest.mark.django_db
def test_nobody_has_no_models(verb: str, path: str) -> None:
    assert Caller()(verb, path, {}).status_code == 401
