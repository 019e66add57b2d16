"""Thumbs and notes over REST."""

from typing import Any

import pytest

from accounts.models import User
from giint.core.events import thread_stream
from giint.core.models import Event
from giint.engine import journal
from giint.models import Feedback, GiintThread, Message
from tests.accounts.conftest import Caller


def answer(user: User, **more: Any) -> Message:
    thread = GiintThread.objects.create(owner=user)
    message = Message.objects.create(thread=thread, number=1, role="assistant", text="Yes.", **more)
    GiintThread.objects.filter(id=thread.id).update(head=message)
    return message


def events(message: Message) -> list[dict[str, Any]]:
    stream = thread_stream(message.thread_id)
    return [event.payload for event in Event.objects.filter(stream__name=stream).order_by("seq")]


def test_a_thumb_is_given_changed_and_taken_back(alice: User) -> None:
    message, call = answer(alice), Caller(alice)
    path = f"messages/{message.id}/feedback"
    given = call("PUT", path, {"thumb": 1})
    assert given.json() == {"message": message.id, "thumb": 1, "note": ""}
    call("PUT", path, {"thumb": -1, "note": " Too short.\u0000 "})
    kept = Feedback.objects.get()
    assert (kept.thumb, kept.note) == (-1, "Too short.\ufffd")
    (row,) = journal.snapshot(alice, thread_stream(message.thread_id))["messages"]
    assert (row["thumb"], row["note"]) == (-1, "Too short.\ufffd")
    assert call("DELETE", path).status_code == 204
    assert call("DELETE", path).status_code == 204
    assert not Feedback.objects.exists()
    thumbs = [{"message": message.id, "thumb": thumb} for thumb in (1, -1, 0)]
    assert events(message) == thumbs  # the note is not stored in the journal


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"thumb": 2}, "thumb"),
        ({"note": "x"}, "thumb"),
        ({"thumb": 1, "note": "x" * 2_001}, "note"),
        ({"thumb": 1, "note": 3}, ""),
    ],
)
def test_what_is_no_judgement_is_refused(alice: User, body: Any, field: str) -> None:
    response = Caller(alice)("PUT", f"messages/{answer(alice).id}/feedback", body)
    if not field:  # a number reads as its text
        assert response.status_code == 200
        return
    assert response.status_code == 400
    assert field in response.json()["fields"]
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("fields", [{"status": "streaming"}, {"status": "queued"}])
def test_only_an_answer_that_has_ended_is_judged(alice: User, fields: dict[str, Any]) -> None:
    message = answer(alice, **fields)
    response = Caller(alice)("PUT", f"messages/{message.id}/feedback", {"thumb": 1})
    assert "has ended" in response.json()["fields"]["message"]
    Message.objects.filter(id=message.id).update(role="user", status="complete")
    assert Caller(alice)("PUT", f"messages/{message.id}/feedback", {"thumb": 1}).status_code == 400


@pytest.mark.parametrize(("verb", "body"), [("PUT", {"thumb": -1}), ("DELETE", None)])
def test_mallory_judges_nothing_of_alices(alice: User, mallory: User, verb: str, body: Any) -> None:
    message = answer(alice)
    Feedback.objects.create(user=alice, message=message, thumb=1)
    assert Caller(mallory)(verb, f"messages/{message.id}/feedback", body).status_code == 404
    assert Feedback.objects.get().thumb == 1
    assert events(message) == []
