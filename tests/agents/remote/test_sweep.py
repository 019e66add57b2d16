"""What the sweep finds, deletes, and leaves alone. docs/remote.md."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import ProviderKey, User
from agents.models import RemoteAssistant
from agents.models.remote import RemoteQuerySet
from agents.providers.stateful import Object, Tags
from agents.remote import records
from agents.remote.sweep import look, sweep, sweep_due
from agents.remote.tags import installation, rename_installation, tags_of
from giint import engine
from giint.models import GiintThread, Run
from tests.agents.remote.conftest import key_of, states
from tests.agents.remote.keeper import Shelved


def made(key: ProviderKey, shelved: Shelved, kind: Any = "assistant") -> RemoteAssistant:
    """Something that the manager holds, with its row."""
    row = records.intend(key=key, kind=kind, purpose="managed")
    records.made(row.id, shelved.shelf.make(kind, row.tags, {}))
    return RemoteAssistant.objects.get(id=row.id)


def stray(shelved: Shelved, tags: Tags) -> Object:
    """Something at the server that no row has the id of."""
    return shelved.shelf.objects[shelved.shelf.make("assistant", tags, {})]


def rows() -> RemoteQuerySet:
    return RemoteAssistant.objects.all()


def job() -> None:
    sweep_due(lambda: False)


def test_what_is_held_stays_and_what_is_released_goes(key: ProviderKey, shelved: Shelved) -> None:
    kept, wanted_no_more = made(key, shelved), made(key, shelved)
    records.release(rows().filter(id=wanted_no_more.id))
    ended = sweep(key)
    assert (ended.deleted, ended.failures) == (1, [])
    assert shelved.shelf.there() == [kept.remote_id]
    assert states() == [("assistant", "held"), ("assistant", "deleted")]


def test_only_what_has_all_of_our_tags_is_ours(
    key: ProviderKey, bob: User, shelved: Shelved
) -> None:
    mine = tags_of(RemoteAssistant(user=key.user))
    others = [
        {},
        {"giint_row": "remote_1"},
        mine | {"giint_installation": "giint_other"},
        mine | {"giint_user": "user_other"},
        tags_of(RemoteAssistant(user=bob)),
    ]
    foreign = [stray(shelved, tags).id for tags in others]
    forgotten = stray(shelved, mine)
    assert look(key, full=True).names == [f"assistant {forgotten.id}"]
    assert sweep(key).deleted == 1
    assert shelved.shelf.there() == sorted(foreign)


def test_what_is_being_made_is_not_taken_for_a_stray(key: ProviderKey, shelved: Shelved) -> None:
    row = records.intend(key=key, kind="assistant", purpose="managed")
    shelved.shelf.make("assistant", row.tags, {})
    assert sweep(key).deleted == 0
    assert states() == [("assistant", "intended")]


def test_a_second_object_of_one_create_is_deleted(key: ProviderKey, shelved: Shelved) -> None:
    row = made(key, shelved)
    stray(shelved, row.tags)
    assert sweep(key).deleted == 1
    assert shelved.shelf.there() == [row.remote_id]


def test_doubt_ends_when_the_list_has_it_or_long_has_not(
    key: ProviderKey, shelved: Shelved
) -> None:
    found, never = (records.intend(key=key, kind="assistant", purpose="wake") for _ in range(2))
    for row in (found, never):
        records.in_doubt(row.id, "upstream_cut")
    shelved.shelf.make("assistant", found.tags, {})
    assert sweep(key).deleted == 1
    assert states(id=found.id) == [("assistant", "deleted")]
    # It may have been sent a moment ago: there is no proof yet.
    assert states(id=never.id) == [("assistant", "doubtful")]
    rows().filter(id=never.id).update(intended=timezone.now() - records.GRACE)
    sweep(key)
    assert states(id=never.id) == [("assistant", "never_made")]


def test_what_cannot_be_listed_is_said_to_be_unfindable(key: ProviderKey, shelved: Shelved) -> None:
    row = records.intend(key=key, kind="thread", purpose="wake")
    records.in_doubt(row.id, "upstream_cut")
    job()
    assert states() == [("thread", "unfindable")]
    asked = shelved.shelf.asked
    job()
    assert shelved.shelf.asked == asked


def test_a_deletion_that_fails_is_put_off_longer_each_time(
    key: ProviderKey, shelved: Shelved
) -> None:
    row = made(key, shelved)
    records.release(rows())
    shelved.shelf.codes = ["upstream_error", "upstream_error"]
    job()
    row.refresh_from_db()
    assert (row.state, row.code, row.tries) == ("leaving", "upstream_error", 1)
    first = row.next_try
    job()
    assert shelved.shelf.asked == 1, "it was put off"
    rows().update(next_try=Now() - timedelta(seconds=1))
    job()
    row.refresh_from_db()
    assert row.tries == 2
    assert row.next_try is not None
    assert first is not None
    assert row.next_try - first > timedelta(seconds=4)
    rows().update(next_try=Now() - timedelta(seconds=1))
    job()
    assert states() == [("assistant", "deleted")]


def test_one_that_is_gone_already_is_deleted(key: ProviderKey, shelved: Shelved) -> None:
    row = made(key, shelved)
    records.release(rows())
    shelved.shelf.objects.clear()
    assert sweep(key).deleted == 1
    row.refresh_from_db()
    assert (row.state, row.code) == ("deleted", "")


def test_a_refused_key_is_recorded_once_and_asked_no_further(
    key: ProviderKey, shelved: Shelved
) -> None:
    for _ in range(3):
        made(key, shelved)
    records.release(rows())
    shelved.shelf.codes = ["upstream_refused_key"]
    ended = sweep(key)
    assert [code for _, code, _ in ended.failures] == ["upstream_refused_key"] * 3
    assert shelved.shelf.asked == 1
    key.refresh_from_db()
    assert key.check_code == "upstream_refused_key"
    assert sweep(key).deleted == 3


def test_a_row_of_another_server_is_never_asked_for_with_this_key(
    key: ProviderKey, shelved: Shelved
) -> None:
    made(key, shelved)
    records.release(rows())
    ProviderKey.objects.update(base_url="https://elsewhere.example.org/v1")
    key.refresh_from_db()
    ended = sweep(key)
    assert shelved.shelf.asked == 0
    assert [code for _, code, _ in ended.failures] == ["remote_left"]
    assert states() == [("assistant", "left")]


def test_the_job_lets_go_of_what_nobody_can_want(key: ProviderKey, shelved: Shelved) -> None:
    made(key, shelved)
    User.objects.update(is_active=False)
    job()
    assert shelved.shelf.there() == []
    assert states() == [("assistant", "deleted")]


def test_what_idles_goes_with_its_thread(alice: User, key: ProviderKey, shelved: Shelved) -> None:
    asked = engine.Asked(client_id="c1", text="Hi")
    run = Run.objects.get(id=engine.start(user=alice, asked=asked).run)
    row = made(key, shelved)
    far = timezone.now() + timedelta(hours=1)
    rows().filter(id=row.id).update(purpose="wake", run=run, thread=run.thread, until=far)
    Run.objects.update(status="completed")
    job()
    assert states() == [("assistant", "held")]
    GiintThread.objects.all().delete()
    job()
    assert states() == [("assistant", "deleted")]


def test_imported_ones_are_never_touched(key: ProviderKey, shelved: Shelved) -> None:
    theirs = stray(shelved, {})
    RemoteAssistant.objects.create(
        user=key.user,
        key=key,
        dialect=key.dialect,
        base_url=key.base_url,
        purpose="imported",
        remote_id=theirs.id,
    )
    User.objects.update(is_active=False)
    records.release(rows())
    job()
    sweep(key)
    assert shelved.shelf.there() == [theirs.id]
    assert states() == [("assistant", "imported")]


def test_two_installations_on_one_account_leave_each_other_alone(
    key: ProviderKey, shelved: Shelved
) -> None:
    there = made(key, shelved)
    name = installation()
    rename_installation()
    assert installation() != name
    RemoteAssistant.objects.all().delete()  # the other one has rows of its own
    here = made(key, shelved)
    assert sweep(key).deleted == 0
    records.release(rows())
    assert sweep(key).deleted == 1
    assert shelved.shelf.there() == [there.remote_id]
    assert here.tags["giint_installation"] == installation()


def test_the_list_of_another_kind_failing_is_said(key: ProviderKey, shelved: Shelved) -> None:
    row = records.intend(key=key, kind="assistant", purpose="wake")
    records.in_doubt(row.id, "upstream_cut")
    ProviderKey.objects.update(key_id="gone", sealed=b"0" * 40)
    key.refresh_from_db()
    ended = sweep(key)
    assert [code for _, code, _ in ended.failures] == ["key_unreadable"]
    assert states() == [("assistant", "doubtful")]


def test_keys_of_other_people_have_their_own(key: ProviderKey, bob: User, shelved: Shelved) -> None:
    other = key_of(bob)
    made(other, shelved)
    records.release(rows())
    assert sweep(key).deleted == 0
    assert sweep(other).deleted == 1
