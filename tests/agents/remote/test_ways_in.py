"""The ledger over REST, in the shell and in the admin."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ProviderKey, User
from agents.models import AssistantManager, RemoteAssistant
from agents.models.remote import STATES
from agents.remote import records
from agents.remote.tags import installation
from tests.accounts.conftest import Caller, boss
from tests.agents.remote.conftest import key_of, states
from tests.agents.remote.keeper import Shelved
from tests.agents.remote.test_sweep import made

__all__ = ["boss"]
PAGE = "/admin/agents/remoteassistant/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return client


# --- REST -----------------------------------------------------------------------------------------


def test_ones_own_ledger_by_state_and_nobody_elses(
    alice: User, bob: User, key: ProviderKey, shelved: Shelved
) -> None:
    held, gone = made(key, shelved), made(key, shelved)
    records.release(RemoteAssistant.objects.filter(id=gone.id))
    made(key_of(bob), shelved)
    call = Caller(alice)
    assert {one["id"] for one in call("GET", "remote").json()["remote"]} == {held.id, gone.id}
    (row,) = call("GET", "remote?state=leaving").json()["remote"]
    assert (row["id"], row["state"]) == (gone.id, "leaving")
    assert call("GET", "remote?state=odd").status_code == 400
    details = call("GET", f"remote/{held.id}").json()
    assert details["tags"]["giint_row"] == held.id
    assert Caller(bob)("GET", f"remote/{held.id}").status_code == 404


def test_each_state_is_found_by_its_name(key: ProviderKey) -> None:
    now = timezone.now()
    times: dict[str, dict[str, Any]] = {
        "intended": {},
        "held": {"made": now},
        "leaving": {"made": now, "released": now},
        "doubtful": {"released": now},
        "unfindable": {"released": now, "code": "remote_unfindable"},
        "left": {"made": now, "released": now, "code": "remote_left"},
        "deleted": {"made": now, "deleted": now},
        "refused": {"deleted": now, "code": "upstream_rejected"},
        "never_made": {"deleted": now},
        "imported": {"purpose": "imported"},
    }
    assert times.keys() == set(STATES)
    for name, fields in times.items():
        row = RemoteAssistant.objects.create(user=key.user, key=key, **fields)
        assert row.state == name
        assert list(RemoteAssistant.objects.in_state(name)) == [row]


def test_a_sweep_of_ones_own_says_what_it_did(
    alice: User, bob: User, key: ProviderKey, shelved: Shelved
) -> None:
    theirs = made(key_of(bob), shelved)
    failing = made(key, shelved)
    made(key, shelved)
    records.release(RemoteAssistant.objects.all())
    shelved.shelf.codes = ["", "upstream_error"]  # the newest goes first
    told = Caller(alice)("POST", "remote/sweep").json()
    assert told["deleted"] == 1
    assert len(told["failures"]) == 1
    assert shelved.shelf.there() == sorted([theirs.remote_id, failing.remote_id])


# --- the shell ------------------------------------------------------------------------------------


def purge(*words: str) -> str:
    out = io.StringIO()
    call_command("purge", "assistants", *words, stdout=out)
    return out.getvalue()


def test_a_dry_run_names_and_deletes_nothing(key: ProviderKey, shelved: Shelved) -> None:
    row = made(key, shelved)
    assert "0 would be deleted" in purge("--orphans", "--dry-run")
    said = purge("--all", "--dry-run")
    assert row.remote_id in said
    assert "1 would be deleted. Nothing was." in said
    assert states() == [("assistant", "held")]
    assert shelved.shelf.deleted == {}


def test_orphans_go_and_what_is_held_stays(key: ProviderKey, shelved: Shelved) -> None:
    kept, forgotten = made(key, shelved), made(key, shelved)
    RemoteAssistant.objects.filter(id=forgotten.id).delete()
    assert "1 deleted." in purge("--yes")
    assert shelved.shelf.there() == [kept.remote_id]


def test_the_newest_stay_and_the_current_one(key: ProviderKey, shelved: Shelved) -> None:
    rows = [made(key, shelved) for _ in range(4)]
    AssistantManager.objects.create(
        user=key.user, key=key, dialect=key.dialect, server=key.base_url, current=rows[0]
    )
    purge("--keep", "2", "--yes")
    assert shelved.shelf.there() == sorted([rows[0].remote_id, rows[3].remote_id])


def test_what_was_long_of_no_use_goes(key: ProviderKey, shelved: Shelved) -> None:
    fresh, old = made(key, shelved), made(key, shelved)
    RemoteAssistant.objects.filter(id=old.id).update(used=timezone.now() - timedelta(days=8))
    purge("--unused-for", "7", "--yes")
    assert shelved.shelf.there() == [fresh.remote_id]


def test_all_of_one_person_goes_and_a_failure_is_an_exit_code(
    bob: User, key: ProviderKey, shelved: Shelved
) -> None:
    theirs = made(key_of(bob), shelved)
    made(key, shelved)
    made(key, shelved)
    shelved.shelf.codes = ["upstream_error"]
    with pytest.raises(CommandError, match="1 failed"):
        purge("--all", "--user", "alice", "--yes")
    assert len(shelved.shelf.there()) == 2
    purge("--user", "alice", "--yes")
    assert shelved.shelf.there() == [theirs.remote_id]


def test_nothing_is_deleted_unasked(
    key: ProviderKey, shelved: Shelved, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(key, shelved)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        purge("--all")
    assert shelved.shelf.deleted == {}
    assert states() == [("assistant", "held")]


@pytest.mark.parametrize("words", [("--keep", "-1"), ("--keep", "x"), ("--all", "--keep", "1")])
def test_nonsense_is_refused(words: tuple[str, ...], db: None) -> None:
    with pytest.raises(CommandError):
        purge(*words)


def test_a_copy_gets_a_name_of_its_own(db: None) -> None:
    before = installation()
    said = purge("--new-name", "--yes")
    assert installation() != before
    assert installation() in said


# --- the admin ------------------------------------------------------------------------------------


def press(user: User, action: str, rows: list[RemoteAssistant]) -> list[str]:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = client_of(user).post(PAGE, chosen)
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_the_admin_deletes_the_chosen_with_a_result_for_each(
    boss: User, key: ProviderKey, shelved: Shelved
) -> None:
    one, two, three = (made(key, shelved) for _ in range(3))
    RemoteAssistant.objects.filter(id=three.id).update(purpose="imported")
    shelved.shelf.codes = ["upstream_error"] if one.id < two.id else ["", "upstream_error"]
    said = press(boss, "delete_them", [one, two, three])
    assert said[0] == "1 of 3 deleted."
    assert len([line for line in said if line.startswith("Failed:")]) == 2
    assert len(shelved.shelf.there()) == 2


def test_the_admin_sweeps_the_accounts_of_the_chosen(
    boss: User, key: ProviderKey, shelved: Shelved
) -> None:
    row, released = made(key, shelved), made(key, shelved)
    records.release(RemoteAssistant.objects.filter(id=released.id))
    assert press(boss, "sweep_them", [row]) == ["1 of 1 accounts swept."]
    assert shelved.shelf.there() == [row.remote_id]


def test_snapshots_need_the_permission_to_read_threads(
    bob: User, key: ProviderKey, shelved: Shelved
) -> None:
    row = made(key, shelved)
    RemoteAssistant.objects.filter(id=row.id).update(snapshot={"instructions": "her secret plan"})
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_remoteassistant"))
    page = client_of(bob).get(f"{PAGE}{row.id}/change/")
    assert page.status_code == 200
    assert "her secret plan" not in page.content.decode()
    assert "delete_them" not in client_of(bob).get(PAGE).content.decode()
    bob.user_permissions.add(Permission.objects.get(codename="read_threads"))
    assert "her secret plan" in client_of(bob).get(f"{PAGE}{row.id}/change/").content.decode()


def test_the_list_costs_few_queries_and_every_filter_answers(
    boss: User, key: ProviderKey, shelved: Shelved
) -> None:
    for _ in range(30):
        made(key, shelved)
    client = client_of(boss)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as seen:
        page = client.get(PAGE)
    assert page.status_code == 200
    assert len(seen) <= 12
    for state in STATES:
        assert client.get(f"{PAGE}?state={state}").status_code == 200
    assert client.get(f"{PAGE}?unused=1").status_code == 200
