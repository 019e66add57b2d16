"""Transcripts over REST: listed, searched, read, exported, spoken into and held by their owner."""

import json
from typing import Any

import pytest

from accounts.models import User
from tests.accounts.conftest import Caller
from tests.transcripts.test_outputs_api import output, thread_of
from transcripts.models import Transcript, TranscriptEntry


@pytest.fixture
def transcript(alice: User) -> Transcript:
    """An open one, as a poll would leave it half-way."""
    call = output(thread_of(alice), tool="x_poll", status="running")
    made = Transcript.objects.create(
        user=alice,
        thread=call.thread,
        run=call.run,
        message=call.message,
        output=call,
        tool="x_poll",
        title="Ship on Friday?",
    )
    entry(made, 1, name="Ops", text="Not on a **Friday**.", choice="no")
    entry(made, 2, name="Sales", text="Half an", status="partial", code="upstream_cut")
    return made


def entry(transcript: Transcript, number: int, **fields: Any) -> TranscriptEntry:
    return TranscriptEntry.objects.create(
        transcript=transcript, number=number, key=str(number), **fields
    )


def test_a_transcript_is_read_with_its_entries_and_links_back(
    alice: User, transcript: Transcript
) -> None:
    whole = Caller(alice)("GET", f"transcripts/{transcript.id}").json()
    assert whole["transcript"] == transcript.row()
    assert whole["transcript"]["message"] == transcript.output.message_id
    assert [one["name"] for one in whole["entries"]] == ["Ops", "Sales"]
    assert "broke off" in whole["entries"][1]["sentence"]


def test_transcripts_are_found_by_words_tool_and_thread(
    alice: User, transcript: Transcript
) -> None:
    def found(query: str) -> list[str]:
        answer = Caller(alice)("GET", f"transcripts?{query}")
        return [one["id"] for one in answer.json()["transcripts"]]

    assert found("") == found("q=friday+ship") == found("q=half") == [transcript.id]
    assert found(f"thread={transcript.thread_id}&tool=x_poll&status=open") == [transcript.id]
    assert found("q=monday") == found("tool=duo") == []


def test_it_is_exported_as_markdown_and_as_json(alice: User, transcript: Transcript) -> None:
    text = Caller(alice)("GET", f"transcripts/{transcript.id}/export").content.decode()
    assert text.startswith("# Ship on Friday?\n")
    assert "## Ops, chose no\n\nNot on a **Friday**." in text
    assert "Half an\n\n*The model server's answer broke off." in text
    answer = Caller(alice)("GET", f"transcripts/{transcript.id}/export?as=json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["transcript"]["id"] == transcript.id
    refused = Caller(alice)("GET", f"transcripts/{transcript.id}/export?as=exe")
    assert (refused.status_code, "as" in refused.json()["fields"]) == (400, True)


def test_its_owner_speaks_into_it_and_holds_it_while_it_is_open(
    alice: User, transcript: Transcript
) -> None:
    call = Caller(alice)
    said = call("POST", f"transcripts/{transcript.id}/entries", {"text": "And Monday?"})
    assert (said.status_code, said.json()["number"], said.json()["kind"]) == (201, 3, "person")
    held = call("PUT", f"transcripts/{transcript.id}/hold", {"hold": "paused"})
    assert (held.status_code, held.json()["hold"]) == (200, "paused")
    Transcript.objects.update(status="done")
    late = call("PUT", f"transcripts/{transcript.id}/hold", {"hold": ""})
    assert (late.status_code, late.json()["code"]) == (409, "transcript_closed")
    blank = call("POST", f"transcripts/{transcript.id}/entries", {"text": "  "})
    assert blank.status_code == 400


def test_another_persons_transcript_is_not_there(bob: User, transcript: Transcript) -> None:
    call = Caller(bob)
    assert call("GET", "transcripts").json()["transcripts"] == []
    for verb, path, body in (
        ("GET", "", None),
        ("GET", "/export", None),
        ("POST", "/entries", {"text": "x"}),
        ("PUT", "/hold", {"hold": "stopped"}),
    ):
        assert call(verb, f"transcripts/{transcript.id}{path}", body).status_code == 404
    assert Transcript.objects.get().hold == ""
