"""Batches: what succeeded stays, what failed is named, slices are transactions."""

import pytest
from django.db import connection

from accounts.models import AuditEntry, User
from giint.core import batch
from giint.core.errors import GiintError
from tests.conftest import person


@pytest.mark.django_db(transaction=True)
def test_what_fails_neither_stops_nor_undoes_the_others(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []

    def act(name: str) -> None:
        assert not connection.in_atomic_block
        if name == "bad":
            raise GiintError("forbidden")
        if name == "broken":
            raise RuntimeError("the inside")
        person(name)

    names = ["one", "bad", "two", "broken", "three"]
    outcome = batch.each(names, act, name=str.upper, progress=told.append)
    assert (outcome.done, outcome.total) == (3, 5)
    assert told == [1, 2, 3, 4, 5]
    assert [name for name, _ in outcome.failures] == ["BAD", "BROKEN"]
    assert "You may not do that here." in outcome.lines()[0]
    assert "the inside" not in " ".join(outcome.lines())
    assert "the inside" in caplog.text
    assert set(User.objects.values_list("username", flat=True)) == {"one", "two", "three"}


def test_of_many_failures_the_first_are_told_and_the_rest_counted() -> None:
    def act(number: int) -> None:
        raise GiintError("not_found")

    outcome = batch.each(range(50), act)
    assert len(outcome.lines()) == batch.NAMED + 1
    assert outcome.lines()[-1] == "and 30 more"


def entries(count: int) -> None:
    AuditEntry.objects.bulk_create(AuditEntry(action=f"a{n}", noun="x") for n in range(count))


@pytest.mark.django_db(transaction=True)
def test_slices_are_transactions_of_at_most_so_many_rows() -> None:
    entries(1203)
    sizes: list[int] = []
    told: list[int] = []

    def act(rows: list[AuditEntry]) -> None:
        assert connection.in_atomic_block
        sizes.append(len(rows))
        AuditEntry.objects.filter(pk__in=[row.pk for row in rows]).update(noun="y")

    # What was done falls out of the set, and none is passed over for it.
    rows = AuditEntry.objects.filter(noun="x")
    assert batch.in_slices(rows, act, size=5000, progress=told.append) == 1203
    assert sizes == [500, 500, 203]
    assert told == [500, 1000, 1203]
    assert not AuditEntry.objects.filter(noun="x").exists()


@pytest.mark.django_db(transaction=True)
def test_a_slice_that_fails_is_undone_alone() -> None:
    entries(10)

    def act(rows: list[AuditEntry]) -> None:
        AuditEntry.objects.filter(pk__in=[row.pk for row in rows]).update(noun="y")
        if rows[0].action == "a4":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.in_slices(AuditEntry.objects.filter(noun="x"), act, size=4)
    assert AuditEntry.objects.filter(noun="y").count() == 4
    batch.in_slices(AuditEntry.objects.filter(noun="x"), lambda rows: None, size=4)
