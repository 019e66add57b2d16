"""The admin pages of threads, runs and processes: they open, tell what happened, and no words."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.utils import timezone

from accounts.models import User
from giint import engine
from giint.models import GiintThread, Message, Run, Runner, Step

pytestmark = pytest.mark.django_db

BACKEND = "accounts.backends.NameOrEmail"


@pytest.fixture
def admin_pages(bob: User) -> Client:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    client = Client()
    client.force_login(bob, backend=BACKEND)
    return client


@pytest.fixture
def run(alice: User) -> Run:
    started = engine.start(user=alice, asked=engine.Asked(client_id="c", text="private words"))
    run = Run.objects.get(id=started.run)
    Step.objects.create(run=run, number=1, kind="model", partial="private words")
    Runner.objects.create(kind="web", host="here", pid=1, seen=timezone.now())
    return run


@pytest.mark.parametrize("name", ["giintthread", "run", "runner"])
def test_lists_and_pages_open_and_show_no_words(admin_pages: Client, run: Run, name: str) -> None:
    row: Any = {"giintthread": run.thread, "run": run, "runner": Runner.objects.first()}[name]
    for path in ("", "?q=alice", f"{quote(row.pk)}/change/"):
        answer = admin_pages.get(f"/admin/giint/{name}/{path}")
        assert answer.status_code == 200
        body = answer.content.decode()
        assert "private words" not in body
        if "?" not in path:
            assert row.pk in body


@pytest.mark.parametrize("name", ["giintthread", "run", "runner"])
def test_nothing_is_made_or_deleted_by_hand(admin_pages: Client, run: Run, name: str) -> None:
    assert admin_pages.get(f"/admin/giint/{name}/add/").status_code == 403
    path = f"/admin/giint/run/{quote(run.pk)}/delete/"
    assert admin_pages.post(path, {"post": "yes"}).status_code == 403
    assert Run.objects.filter(pk=run.pk).exists()


def test_an_administrator_stops_an_answer(admin_pages: Client, run: Run) -> None:
    given = {"action": "stop", "_selected_action": [run.pk]}
    assert admin_pages.post("/admin/giint/run/", given).status_code == 302
    run.refresh_from_db()
    assert (run.status, run.code) == ("cancelled", "stopped")


def test_a_thread_has_no_words_of_its_title_either(admin_pages: Client, alice: User) -> None:
    thread = GiintThread.objects.create(owner=alice, title="private title")
    Message.objects.create(thread=thread, number=1, role="user", text="x")
    assert "private title" not in admin_pages.get("/admin/giint/giintthread/").content.decode()
