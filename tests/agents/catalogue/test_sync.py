"""Reading accounts' lists: what it writes, what it leaves, and what goes wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from accounts.services import change_key, remove_key
from agents.catalogue.accounts import ServerAccount, server_of, sync_of
from agents.catalogue.claims import Claim, Lost, claim
from agents.catalogue.records import BATCH, Changes, record
from agents.catalogue.sync import CHANGED, sync
from agents.models import CatalogueEntry, CatalogueSync, LanguageModel
from agents.providers import replaced
from agents.providers.base import Listed, Listing
from giint.core.secrets import Secret
from tests.accounts.conftest import CANARY, entered, field_key
from tests.agents.catalogue.conftest import account_at, at, columns, key_of, lists, read, share
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer

HTML = "<html><body>Bad Gateway</body></html>"


def test_what_a_server_lists_is_inserted(model_server: ModelServer, alice: User) -> None:
    lists(model_server, ["a"], created=1_686_935_002, owned_by="openai", shutdown_date="2027-01-05")
    outcome = read(account_at(model_server, alice))
    assert (outcome.asked, outcome.code) == (True, "")
    assert outcome.changes == Changes(listed=1, new=1)
    row = at(model_server)["a"]
    assert (row.owned_by, row.shutdown_date) == ("openai", date(2027, 1, 5))
    assert row.released == datetime(2023, 6, 16, 17, 3, 22, tzinfo=UTC)
    assert row.seen is not None
    assert row.gone is None


def test_reading_twice_changes_nothing(model_server: ModelServer, alice: User) -> None:
    lists(model_server, ["a", "b"], owned_by="x", name="N", context_length=5000, created=1_700_000)
    account = account_at(model_server, alice)
    read(account)
    before = columns()
    assert read(account).changes == Changes(listed=2)
    assert columns() == before
    assert CatalogueEntry.objects.count() == 2


def test_what_the_server_changes_is_updated(model_server: ModelServer, alice: User) -> None:
    account = account_at(model_server, alice)
    lists(model_server, ["a", "b"], owned_by="x")
    read(account)
    model_server.models["data"][0] |= {"owned_by": "y", "shutdown_date": "2027-02-01"}
    assert read(account).changes == Changes(listed=2, changed=1)
    assert at(model_server)["a"].owned_by == "y"
    assert at(model_server)["b"].owned_by == "x"


def test_what_was_written_by_hand_survives(model_server: ModelServer, alice: User) -> None:
    lists(model_server, ["a"], context_length=8192)
    account = account_at(model_server, alice)
    read(account)
    by_hand: dict[str, Any] = {
        "name": "Ours",
        "description": "The good one.",
        "capabilities": ["vision"],
        "context_window": 100_000,
        "max_output": 4_000,
        "input_price": Decimal("1.2500"),
        "cached_price": Decimal("0.1250"),
        "output_price": Decimal("10.0000"),
    }
    LanguageModel.objects.update(**by_hand)
    lists(model_server, ["a"], name="Theirs", description="Best!", context_length=9, owned_by="z")
    read(account)
    lists(model_server, [])
    read(account)
    lists(model_server, ["a"])
    read(account)
    row = at(model_server)["a"]
    assert {name: getattr(row, name) for name in by_hand} == by_hand


def test_what_nobody_has_written_is_taken_from_the_server(
    model_server: ModelServer, alice: User
) -> None:
    account = account_at(model_server, alice)
    lists(model_server, ["a"])
    read(account)
    lists(model_server, ["a"], name="A", description="D", max_model_len=4096, max_output=512)
    assert read(account).changes.changed == 1
    row = at(model_server)["a"]
    known = (row.name, row.description, row.context_window, row.max_output)
    assert known == ("A", "D", 4096, 512)


def test_a_model_that_vanished_is_marked_and_never_deleted(
    model_server: ModelServer, alice: User
) -> None:
    account = account_at(model_server, alice)
    lists(model_server, ["a", "b"])
    read(account)
    lists(model_server, ["b"])
    assert read(account).changes == Changes(listed=1, gone=1)
    gone = at(model_server)["a"].gone
    assert gone is not None
    assert at(model_server)["b"].gone is None
    assert read(account).changes == Changes(listed=1)
    assert at(model_server)["a"].gone == gone


def test_a_model_that_comes_back_is_unmarked(model_server: ModelServer, alice: User) -> None:
    account = account_at(model_server, alice)
    for names in (["a"], [], ["a"]):
        lists(model_server, names)
        outcome = read(account)
    assert outcome.changes == Changes(listed=1, back=1)
    assert at(model_server)["a"].gone is None
    assert CatalogueEntry.objects.get().gone is None


def test_a_model_is_gone_when_no_account_lists_it(
    model_server: ModelServer, alice: User, bob: User
) -> None:
    first, second = account_at(model_server, alice), account_at(model_server, bob)
    lists(model_server, ["a", "ft:of-alice"])
    read(first)
    lists(model_server, ["a"])
    read(second)
    assert at(model_server)["ft:of-alice"].gone is None
    lists(model_server, [])
    read(first)
    gone = {name: row.gone is not None for name, row in at(model_server).items()}
    assert gone == {"a": False, "ft:of-alice": True}


def test_models_of_a_removed_account_are_gone_with_the_next_reading(
    model_server: ModelServer, alice: User, bob: User
) -> None:
    first, second = account_at(model_server, alice), account_at(model_server, bob)
    lists(model_server, ["a", "b"])
    read(first)
    remove_key(user=alice, key=key_of(first).id)
    LanguageModel.objects.create(server=model_server.url, model_id="by-hand")
    lists(model_server, ["a"])
    read(second)
    gone = {name: row.gone is not None for name, row in at(model_server).items()}
    assert gone == {"a": False, "b": True, "by-hand": False}


def test_two_servers_have_the_same_model_each_for_itself(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    with ModelServer() as other:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, other.host]
        lists(model_server, ["a"])
        lists(other, ["a"])
        read(account_at(model_server, alice), account_at(other, alice))
        lists(other, [])
        read(*(ServerAccount(key) for key in alice.provider_keys.all()))
        assert at(other)["a"].gone is not None
        assert at(model_server)["a"].gone is None


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (error(401, {"error": {"message": f"Bad {CANARY}"}}), "upstream_refused_key", "the key"),
        (error(429, {}), "upstream_rate_limited", "is limiting"),
        (error(500, HTML), "upstream_error", "HTTP 500"),
        (error(200, HTML), "upstream_malformed", "it answered with a page"),
        (error(200, "}{"), "upstream_malformed", "not JSON"),
        (error(404, {}), "upstream_rejected", "no list of models"),
        (error(200, {"data": "x"}), "upstream_malformed", "no list of models"),
    ],
)
def test_a_reading_that_fails_says_so_in_one_line_and_changes_no_model(
    model_server: ModelServer, alice: User, reply: Reply, code: str, words: str
) -> None:
    account = account_at(model_server, alice)
    lists(model_server, ["a"])
    read(account)
    before = columns()
    model_server.models_reply = reply
    outcome = read(account)
    assert outcome.code == code
    assert words in outcome.sentence
    assert "\n" not in outcome.sentence
    assert CANARY not in outcome.sentence
    assert columns() == before
    row = CatalogueSync.objects.get()
    assert (row.code, row.claimed, row.models_listed) == (code, None, 1)


def test_a_server_that_hangs_costs_its_own_account_only(
    model_server: ModelServer, settings: Settings, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.providers.listing.LISTING", 3.0)
    with ModelServer() as other:
        settings.GIINT_PRIVATE_HOSTS = [*settings.GIINT_PRIVATE_HOSTS, other.host]
        model_server.models_reply = error(200, {}).but(before_headers=600)
        accounts = [account_at(model_server, alice), account_at(other, alice)]
        outcomes = list(sync(accounts))
    assert [(one.account.server, one.code) for one in outcomes] == [
        (other.url, ""),
        (model_server.url, "upstream_unreachable"),
    ]
    assert "no whole list within 3 s" in outcomes[1].sentence


def test_a_key_that_does_not_open_costs_its_own_account_only(
    model_server: ModelServer, settings: Settings, alice: User, bob: User
) -> None:
    closed = account_at(model_server, alice)
    settings.GIINT_FIELD_KEYS = [field_key("another")]
    outcomes = {one.account.key: one.code for one in sync([closed, account_at(model_server, bob)])}
    assert sorted(outcomes.values()) == ["", "key_unreadable"]
    assert len(model_server.asked) == 1


def test_a_bug_in_an_adapter_is_one_line(
    model_server: ModelServer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    account = account_at(model_server, alice)
    with replaced("responses", object()):  # type: ignore[arg-type]
        assert read(account).code == "internal"
    assert "could not be read" in caplog.text


def test_5000_models_are_written_in_small_transactions(
    model_server: ModelServer, alice: User
) -> None:
    account = account_at(model_server, alice)
    names = [f"m-{n}" for n in range(5_000)]
    lists(model_server, [*names, *names[:100]])
    model_server.page = 1_000
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert read(account).changes == Changes(listed=5_000, new=5_000)
    rounds = 5_000 / BATCH
    assert len(seen) < 20 * rounds + 30
    with CaptureQueriesContext(connection) as seen:
        assert read(account).changes == Changes(listed=5_000)
    assert not [one for one in seen if one["sql"].startswith("INSERT")]
    lists(model_server, names[:10])
    assert read(account).changes == Changes(listed=10, gone=4_990)


# --- fresh, limited, claimed ---------------------------------------------------------------------


def test_a_fresh_list_is_not_read_again(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_CATALOGUE_TTL = 300
    account = account_at(model_server, alice)
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False) as clock:
        assert read(account).asked
        clock.shift(299)
        again = read(account)
        assert (again.asked, again.code, again.changes) == (False, "", Changes(listed=2))
        assert read(account, force=True).asked
        clock.shift(301)
        assert read(account).asked
    assert len(model_server.asked) == 3


def test_a_failure_may_be_tried_again_sooner(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_CATALOGUE_TTL = 300
    model_server.models_reply = error(500, {})
    account = account_at(model_server, alice)
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False) as clock:
        assert read(account).asked
        assert (read(account).asked, read(account).code) == (False, "upstream_error")
        clock.shift(16)
        assert read(account).asked


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120), (None, 60), ("999999999", 86_400), ("junk", 60)]
)
def test_a_server_that_asks_us_to_wait_is_not_asked_before(
    model_server: ModelServer, alice: User, header: str | None, seconds: int
) -> None:
    headers = {"retry_after": header} if header else {}
    model_server.models_reply = error(429, {}, **headers)
    account = account_at(model_server, alice)
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False) as clock:
        assert read(account).asked
        clock.shift(seconds - 1)
        waiting = read(account, force=True)
        assert (waiting.asked, waiting.code) == (False, "upstream_rate_limited")
        clock.shift(2)
        model_server.models_reply = None
        assert read(account).code == ""


def test_who_holds_a_claim_reads_and_nobody_else(model_server: ModelServer, alice: User) -> None:
    account = account_at(model_server, alice)
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False) as clock:
        held = claim(account)
        assert held is not None
        assert not read(account, force=True).asked
        clock.shift(timedelta(minutes=6))  # that process is gone
        assert read(account).asked
        lists(model_server, [])
        with pytest.raises(Lost):
            record(held, Listing(models=[Listed("late")]))
    assert "late" not in at(model_server)


@pytest.mark.parametrize("change", ["key", "address", "removed"])
def test_what_was_read_with_another_key_is_not_written(
    model_server: ModelServer, alice: User, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = account_at(model_server, alice)
    key = key_of(account).id
    changes: dict[str, Callable[[], Any]] = {
        "key": lambda: change_key(user=alice, key=key, secret=Secret("sk-another-0123456789")),
        "address": lambda: change_key(user=alice, key=key, base_url=f"{model_server.url}/x"),
        "removed": lambda: remove_key(user=alice, key=key),
    }

    def meddle(held: Claim, listing: Listing) -> Changes:
        changes[change]()
        return record(held, listing)

    monkeypatch.setattr("agents.catalogue.sync.record", meddle)
    assert read(account).sentence == CHANGED
    assert LanguageModel.objects.count() == 0
    assert not CatalogueSync.objects.exclude(claimed=None).exists()


def test_a_key_that_moves_to_another_address_begins_anew(
    model_server: ModelServer, alice: User
) -> None:
    account = account_at(model_server, alice)
    read(account)
    moved = change_key(
        user=alice,
        key=key_of(account).id,
        base_url=model_server.url.replace("/v1", "/v2"),
        secret=Secret(CANARY),
    )
    assert sync_of(ServerAccount(moved)) is None
    assert read(ServerAccount(moved)).code == "upstream_rejected"
    row = CatalogueSync.objects.get()
    assert (row.server, row.entries.count()) == (moved.base_url, 0)


def test_the_operators_account_is_read_like_any_other(
    model_server: ModelServer, settings: Settings, db: None
) -> None:
    account = share(settings, model_server)
    assert read(account).changes.new == 2
    assert model_server.asked[0].headers["authorization"] == "Bearer sk-operator-0123456789"
    assert CatalogueSync.objects.get().key is None


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("https://API.example.org/v1/", "https://api.example.org/v1"),
        ("https://api.example.org:443/v1", "https://api.example.org/v1"),
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("http://[FD00::1]:80/v1", "http://[fd00::1]/v1"),
        ("http://[fd00::1]:8000/v1/", "http://[fd00::1]:8000/v1"),
    ],
)
def test_a_server_has_one_spelling(one: str, same: str) -> None:
    assert server_of(one) == same


def test_entered_keys_are_what_is_read(alice: User) -> None:
    key = entered(alice)
    assert ServerAccount(key).server == key.base_url
