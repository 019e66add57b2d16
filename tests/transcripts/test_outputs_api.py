"""What tools left, over REST and in the admin: to read, by its owner."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from accounts.models import User
from giint.models import GiintThread, Message, Run
from tests.accounts.conftest import Caller
from transcripts.models import ToolOutput

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def thread_of(user: User) -> GiintThread:
    """A thread with one run, as the engine would leave it."""
    thread = GiintThread.objects.create(owner=user, title="Sums")
    asked = Message.objects.create(thread=thread, number=1, role="user", text="2+2?")
    answer = Message.objects.create(thread=thread, number=2, role="assistant", parent=asked)
    Run.objects.create(thread=thread, message=asked, number=1, status="completed")
    Message.objects.filter(id=answer.id).update(run=thread.runs.get())
    return thread


def output(thread: GiintThread, number: int = 0, **fields: Any) -> ToolOutput:
    made: ToolOutput = ToolOutput.objects.create(
        **{
            "user": thread.owner,
            "thread": thread,
            "run": thread.runs.get(),
            "message": thread.messages.get(role="assistant"),
            "tool": "calculate",
            "call_id": f"call_{number}",
            "arguments": '{"expression": "2+2"}',
            "status": "done",
            "result": "4",
            "started": START + timedelta(seconds=number),
        }
        | fields
    )
    return made


def test_an_output_is_read_by_its_owner(alice: User) -> None:
    made = output(thread_of(alice))
    assert Caller(alice)("GET", f"tool-outputs/{made.id}").json() == made.row()
    assert Caller(alice)("GET", "tool-outputs").json() == {"outputs": [made.row()], "next": None}


def test_outputs_come_newest_first_and_in_pages(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcripts.api.outputs.PAGE", 2)
    thread = thread_of(alice)
    made = [output(thread, number).id for number in range(3)]
    # Two that began in the same instant are told apart by their ids.
    made += [output(thread, 10 + number, started=START).id for number in range(2)]
    seen: list[str] = []
    place = ""
    while True:
        page = Caller(alice)("GET", f"tool-outputs?thread={thread.id}{place}").json()
        seen += [row["id"] for row in page["outputs"]]
        if page["next"] is None:
            break
        place = f"&before={page['next']}"
    assert seen[:2] == [made[2], made[1]]
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(made)


def test_a_list_is_of_one_thread_if_asked(alice: User) -> None:
    one, two = thread_of(alice), thread_of(alice)
    output(one)
    made = output(two)
    page = Caller(alice)("GET", f"tool-outputs?thread={two.id}").json()
    assert [row["id"] for row in page["outputs"]] == [made.id]


def test_mallory_finds_nothing_of_alice(alice: User, mallory: User) -> None:
    thread = thread_of(alice)
    made = output(thread)
    call = Caller(mallory)
    assert call("GET", "tool-outputs").json() == {"outputs": [], "next": None}
    for path in (f"tool-outputs/{made.id}", f"tool-outputs?thread={thread.id}"):
        answer = call("GET", path)
        missing = call("GET", path.replace(made.id, "out_0").replace(thread.id, "thread_0"))
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert call("GET", f"tool-outputs?before={made.id}").status_code == 400


@pytest.mark.django_db
def test_nobody_gets_anything() -> None:
    assert Caller()("GET", "tool-outputs").status_code == 401


def test_a_person_leads_to_threads_agents_and_outputs(alice: User) -> None:
    made = output(thread_of(alice))
    assert list(alice.tool_outputs.all()) == [made]
    assert list(alice.threads.get().tool_outputs.all()) == [made]


def test_the_admin_shows_outputs_and_changes_none(alice: User, boss: User) -> None:
    made = output(thread_of(alice), result="<script>alert(1)</script>")
    control = Client()
    control.force_login(boss, backend="accounts.backends.NameOrEmail")
    page = control.get(reverse("admin:transcripts_tooloutput_change", args=[quote(made.id)]))
    assert page.status_code == 200
    assert b"<script>alert(1)" not in page.content
    assert b"calculate" in page.content
    for verb in ("change", "delete"):
        address = reverse(f"admin:transcripts_tooloutput_{verb}", args=[quote(made.id)])
        assert control.post(address, {"post": "yes", "result": "5"}).status_code == 403
    made.refresh_from_db()
    assert made.result == "<script>alert(1)</script>"


def test_outputs_go_with_their_person(alice: User, boss: User) -> None:
    output(thread_of(alice))
    control = Client()
    control.force_login(boss, backend="accounts.backends.NameOrEmail")
    gone = control.post(reverse("admin:accounts_user_delete", args=[alice.pk]), {"post": "yes"})
    assert gone.status_code == 302
    assert not ToolOutput.objects.exists()
