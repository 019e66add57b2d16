"""The journal's promises: docs/invariants/journal.md."""

import contextlib
from collections.abc import Iterator, Sequence

import pytest
from django.db import transaction

from giint.core import journal
from giint.core.events import HeadChanged, MessageCompleted
from giint.core.journal import News
from giint.core.models import Event, Stream
from tests.core.contests import contest
from tests.harness.installation import Installation

EVENT = HeadChanged(head="msg_1")


@pytest.fixture
def heard() -> Iterator[list[News]]:
    """What listeners were told."""
    heard: list[News] = []

    def listen(news: Sequence[News]) -> None:
        heard.extend(news)

    journal.listeners.append(listen)
    yield heard
    journal.listeners.remove(listen)


def taken_back() -> None:
    """Append, and end the transaction by an error."""
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        journal.append("thread:one", EVENT)
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_an_event_without_its_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="needs the transaction"):
        journal.append("thread:one", EVENT)
    assert Stream.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_of_what_was_committed_and_of_nothing_else(heard: list[News]) -> None:
    with transaction.atomic():
        assert journal.append("thread:one", EVENT) == 1
        assert heard == []
    assert heard == [News("thread:one", 1, EVENT)]
    taken_back()
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_taken_back_leaves_no_event_and_no_hole() -> None:
    taken_back()
    assert (Stream.objects.count(), Event.objects.count()) == (0, 0)
    with transaction.atomic():
        assert journal.append("thread:one", EVENT) == 1


@pytest.mark.django_db(transaction=True)
def test_events_of_one_transaction_keep_their_order_in_each_stream() -> None:
    with transaction.atomic():
        news = journal.append_all(
            ("user:one", EVENT),
            ("thread:two", HeadChanged(head="a")),
            ("thread:two", HeadChanged(head="b")),
        )
    assert [(one.stream, one.seq) for one in news] == [
        ("thread:two", 1),
        ("thread:two", 2),
        ("user:one", 1),
    ]
    stored = Event.objects.filter(stream__name="thread:two").order_by("seq")
    assert [event.payload["head"] for event in stored] == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_what_is_carried_is_pushed_and_not_stored(heard: list[News]) -> None:
    event = MessageCompleted(
        message="msg_1", attempt=1, status="complete", length=4, checksum=1,
        reasoning_length=0, model="m", text="Text", reasoning="",
    )  # fmt: skip
    with transaction.atomic():
        journal.append("thread:one", event)
    assert heard[0].event.payload()["text"] == "Text"
    stored = Event.objects.get().payload
    assert (stored["length"], "text" in stored, "reasoning" in stored) == (4, False, False)


@pytest.mark.slow
def test_eight_writers_are_read_in_the_order_of_their_numbers(either: Installation) -> None:
    result = contest(either, "order")
    assert result["failed"] == []
    assert result["stored"] == list(range(1, 201))
    assert result["read"] == result["stored"]


@pytest.mark.slow
def test_writers_of_two_streams_never_wait_for_each_other(either: Installation) -> None:
    assert contest(either, "pairs") == {"failed": [], "written": 160}


@pytest.mark.slow
def test_in_the_order_of_writing_they_would(on_postgres: Installation) -> None:
    failed = contest(on_postgres, "pairs_as_they_come")["failed"]
    assert any("deadlock" in text for text in failed), failed
