"""What administrators can do about threads and runs, what they see of them, and what the owner is
told.
"""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from giint import engine
from giint.admin.pointers import pointers
from giint.core.models import Stream
from giint.engine.records import finish
from giint.models import GiintThread, Message, Run, Step
from tests.accounts.conftest import Caller

pytestmark = pytest.mark.django_db
BACKEND = "accounts.backends.NameOrEmail"
WORDS = "private words <script>alert(1)</script> **bold**"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.org", "boss-boss-1")


@pytest.fixture
def control(boss: User) -> Client:
    return browser(boss)


@pytest.fixture
def staff(bob: User) -> Client:
    """Somebody who may look at threads and runs, and nothing else."""
    bob.is_staff = True
    bob.save()
    names = ["view_giintthread", "view_run", "view_step", "view_stream"]
    bob.user_permissions.set(Permission.objects.filter(codename__in=names))
    return browser(bob)


def asked(alice: User, thread: str | None = None, text: str = WORDS) -> Run:
    number = Run.objects.count()
    given = engine.Asked(client_id=f"c{number}", text=text, thread=thread)
    return Run.objects.get(id=engine.start(user=alice, asked=given).run)


def acted(client: Client, model: str, action: str, *rows: Any) -> str:
    given = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = client.post(f"/admin/giint/{model}/", given, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def audit_of(alice: User) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = Caller(alice)("GET", "audit").json()["entries"]
    return rows


def test_closing_many_threads_ends_what_goes_on_and_tells_their_owner(
    control: Client, alice: User
) -> None:
    running = asked(alice)
    Run.objects.filter(id=running.id).update(status="running", started=timezone.now())
    queued = [asked(alice, running.thread_id) for _ in range(2)]
    other = asked(alice)
    page = acted(control, "giintthread", "close", running.thread, other.thread)
    assert "2 of 2 closed." in page
    for run in (*queued, other):
        run.refresh_from_db()
        assert (run.status, run.code) == ("cancelled", "stopped")
    running.refresh_from_db()
    assert (running.status, running.halt) == ("running", "stop")  # its holder ends it
    assert not GiintThread.objects.filter(archived=False).exists()
    assert not Message.objects.filter(status="queued").exists()
    told = audit_of(alice)
    assert [(one["action"], one["noun"], one["actor"]) for one in told] == [
        ("closed", "thread", "boss")
    ] * 2
    assert sorted(one["details"]["answers_stopped"] for one in told) == [1, 3]


def test_one_that_cannot_be_closed_stops_no_other(
    control: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = asked(alice).thread, asked(alice).thread
    close = engine.close

    def fail(*, user: User, thread: str) -> int:
        if thread == bad.id:
            raise RuntimeError(WORDS)
        return close(user=user, thread=thread)

    monkeypatch.setattr(engine, "close", fail)
    page = acted(control, "giintthread", "close", bad, good)
    assert "1 of 2 closed." in page
    assert f"Failed: {bad.id}: Something went wrong" in page
    assert WORDS not in page
    good.refresh_from_db()
    assert good.archived


def test_a_run_is_replayed_as_its_owner_with_the_same_agent(control: Client, alice: User) -> None:
    run = asked(alice)
    Run.objects.filter(id=run.id).update(status="running")
    run.refresh_from_db()
    finish(run, "user:x", status="failed", code="upstream_cut")
    busy = asked(alice)
    page = acted(control, "run", "replay", run, busy)
    assert "1 of 2 are being replayed." in page
    assert f"{busy.id}: An answer is under way" in page
    again = run.thread.runs.get(cause="again")
    assert (again.message_id, again.agent_id, again.status) == (
        run.message_id,
        run.agent_id,
        "queued",
    )
    entry = audit_of(alice)[0]
    assert (entry["action"], entry["object"]) == ("replayed", run.id)
    assert entry["details"] == {"thread": run.thread_id, "again_as": again.id}


def test_stopping_is_in_the_audit(control: Client, alice: User) -> None:
    run = asked(alice)
    assert "1 of 1 are being stopped." in acted(control, "run", "stop", run)
    assert audit_of(alice)[0]["action"] == "stopped"


@pytest.mark.parametrize(
    ("model", "action"), [("giintthread", "close"), ("run", "stop"), ("run", "replay")]
)
def test_who_may_only_look_does_nothing(
    staff: Client, alice: User, model: str, action: str
) -> None:
    run = asked(alice)
    acted(staff, model, action, run.thread if model == "giintthread" else run)
    run.refresh_from_db()
    assert run.status == "queued"
    assert Run.objects.count() == 1
    assert not AuditEntry.objects.filter(noun__in=["run", "thread"]).exists()


def test_reading_needs_its_own_permission(staff: Client, alice: User, bob: User) -> None:
    thread = asked(alice).thread
    address = f"/admin/giint/giintthread/{thread.id}/read/"
    for answer in (staff.get(address), staff.post(address, {"reason": "Curious"})):
        assert answer.status_code == 403
        assert b"private words" not in answer.content
    assert audit_of(alice) == []
    bob.user_permissions.add(Permission.objects.get(codename="read_threads"))
    assert b"private words" not in staff.get(address).content
    assert "Say why first." in staff.post(address, {"reason": "  "}).content.decode()
    assert audit_of(alice) == []
    page = staff.post(address, {"reason": "She asked for help"}).content.decode()
    assert "private words &lt;script&gt;" in page
    assert "**bold**" in page
    assert "<script>alert" not in page
    assert "messagelist" not in page  # what was said is no notice of the admin's
    (entry,) = audit_of(alice)
    assert (entry["actor"], entry["action"], entry["noun"]) == ("bob", "read", "thread")
    assert entry["object"] == thread.id
    assert entry["details"] == {"reason": "She asked for help"}
    assert staff.get("/admin/giint/giintthread/thread_0/read/").status_code == 404


def test_a_long_thread_is_read_page_by_page(
    control: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giint.admin.reading.PAGE", 2)
    thread = GiintThread.objects.create(owner=alice)
    message = None
    for number in range(1, 4):
        message = Message.objects.create(
            thread=thread, number=number, parent=message, role="user", text=f"line {number}."
        )
    GiintThread.objects.filter(id=thread.id).update(head=message)
    address = f"/admin/giint/giintthread/{thread.id}/read/"
    page = control.post(address, {"reason": "x"}).content.decode()
    assert [f"line {n}." in page for n in (1, 2, 3)] == [False, True, True]
    second = Message.objects.get(number=2)
    page = control.post(address, {"reason": "x", "before": second.id}).content.decode()
    assert [f"line {n}." in page for n in (1, 2, 3)] == [True, False, False]


def test_the_journal_and_the_steps_show_no_words(staff: Client, alice: User) -> None:
    run = asked(alice)
    step = Step.objects.create(
        run=run,
        number=1,
        kind="model",
        input={"messages": [run.message_id], "sha256": "ab" * 32, "note": WORDS},
        output=[{"type": "message", "role": "assistant", "content": [{"text": WORDS}]}],
        partial=WORDS,
    )
    stream = Stream.objects.get(name__startswith="user:")
    for address, expected in (
        (f"/admin/journal/stream/{stream.pk}/change/", "thread.created"),
        (f"/admin/journal/stream/{stream.pk}/change/?type=thread.created&page=9", run.thread_id),
        ("/admin/journal/stream/?q=user", stream.name),
        (f"/admin/giint/step/{quote(step.id)}/change/", run.message_id),
        ("/admin/giint/step/?q=alice", step.id),
        (f"/admin/giint/run/{quote(run.id)}/change/", "model"),
        (f"/admin/giint/run/?thread__id__exact={run.thread_id}", run.id),
        (f"/admin/giint/giintthread/{quote(run.thread_id)}/change/", "Its runs"),
        ("/admin/giint/giintthread/?activity=running", run.thread_id),
        ("/admin/giint/giintthread/?activity=failed", "0 threads"),
        ("/admin/giint/run/?cause=send&code=", run.id),
        ("/admin/giint/run/?code=upstream_cut", "0 runs"),
    ):
        answer = staff.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert expected in page, address
        assert "private words" not in page, address
        assert "&lt;script&gt;" not in page, address


def test_pointers_keep_ids_numbers_and_our_words() -> None:
    thread = f"thread_{'a1' * 12}"
    value = {
        "thread": thread,
        "status": "queued",
        "title": "queued",
        "seq": 3,
        "done": True,
        "created": "2026-11-20T15:00:00.000000Z",
        "role": "Dear Sir",
        "Dear Sir": [None, "a secret"],
    }
    assert pointers(value) == {
        "thread": thread,
        "status": "queued",
        "title": "(6 characters)",
        "seq": 3,
        "done": True,
        "created": "2026-11-20T15:00:00.000000Z",
        "role": "(8 characters)",
        "(8 characters)": [None, "(8 characters)"],
    }


@pytest.mark.parametrize("rows", [1, 12])
def test_lists_ask_the_same_number_of_questions_however_long(
    control: Client, alice: User, rows: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(rows):
        run = asked(alice)
        Step.objects.create(run=run, number=1, kind="model")
    control.get("/admin/")  # the session is read and kept once
    for model in ("giint/giintthread", "giint/run", "giint/step", "journal/stream"):
        with django_assert_max_num_queries(9):
            assert control.get(f"/admin/{model}/").status_code == 200
    with django_assert_max_num_queries(9):
        assert control.get("/admin/accounts/user/").status_code == 200
    with django_assert_max_num_queries(9):
        assert control.get("/admin/accounts/auditentry/").status_code == 200
