"""The manager in the admin: how accounts stand, deeds for their people, nobody's configuration."""

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from agents import manager
from agents.models import AssistantManager, AssistantVersion
from tests.agents.manager.conftest import Held, account, allowed
from tests.conftest import person
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer

MANAGERS, VERSIONS = "/admin/agents/assistantmanager/", "/admin/agents/assistantversion/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return client


@pytest.fixture
def admin(boss: User) -> Client:
    return signed_in(boss)


@pytest.fixture
def row(ann: User) -> AssistantManager:
    manager.initialize(user=ann, config={"instructions": "Only ann may read this"})
    return AssistantManager.objects.get()


def press(client: Client, page: str, action: str, *ids: str) -> list[str]:
    answer = client.post(page, {"action": action, "_selected_action": ids})
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_what_is_done_there_is_done_for_its_person(
    admin: Client, row: AssistantManager, ann: User, held: Held, model_server: ModelServer
) -> None:
    first = held()[0]
    assert press(admin, MANAGERS, "refresh", row.id) == ["1 of 1 refreshed."]
    plan = {"interval_ms": "3600000", "keep": "1"}
    assert admin.post(f"{MANAGERS}{quote(row.id)}/change/", plan).status_code == 302
    assert press(admin, MANAGERS, "clean_up", row.id)[-1:] == ["1 of 1 cleaned up."]
    second = held()
    assert first not in second
    oldest = AssistantVersion.objects.get(number=1)
    assert press(admin, VERSIONS, "restore", oldest.id)[-1:] == ["1 of 1 restored."]
    assert len(held()) == 1
    row.refresh_from_db()
    assert (row.interval_ms, row.keep) == (3_600_000, 1)
    entries = AuditEntry.objects.filter(owner=ann, noun="remote assistant")
    by = {entry.action: str(entry.actor) for entry in entries}
    assert by["refreshed"] == by["restored"] == by["planned"] == "boss"


def test_failures_are_said_in_words(
    admin: Client, row: AssistantManager, model_server: ModelServer
) -> None:
    model_server.refusals = [error(401, {"error": {"message": "no"}})]
    said = press(admin, MANAGERS, "refresh", row.id)
    assert "The model server refused the key. Replace it in Settings." in said[0]
    assert "The model server refused the key." in admin.get(MANAGERS).content.decode()
    wrong = admin.post(f"{MANAGERS}{quote(row.id)}/change/", {"interval_ms": "5", "keep": "0"})
    assert "a whole number of milliseconds" in wrong.content.decode()


def test_a_configuration_is_shown_to_who_may_read_and_its_owner_learns_of_it(
    row: AssistantManager, ann: User, bob: User
) -> None:
    bob.is_staff = True
    bob.save()
    for name in ("view_assistantmanager", "view_assistantversion"):
        bob.user_permissions.add(Permission.objects.get(codename=name))
    page = f"{VERSIONS}{quote(AssistantVersion.objects.get().id)}/change/"
    for address in (MANAGERS, f"{MANAGERS}{quote(row.id)}/change/", VERSIONS, page):
        assert "Only ann may read this" not in signed_in(bob).get(address).content.decode()
    assert press(signed_in(bob), MANAGERS, "refresh", row.id) != ["1 of 1 refreshed."]
    assert not AuditEntry.objects.filter(action="read").exists()
    bob.user_permissions.add(Permission.objects.get(codename="read_threads"))
    assert "Only ann may read this" in signed_in(bob).get(page).content.decode()
    assert AuditEntry.objects.get(action="read").owner == ann


def test_a_longer_list_asks_no_more(
    admin: Client, row: AssistantManager, model_server: ModelServer
) -> None:
    def queries(page: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            admin.get(page)
        return len(asked)

    queries(MANAGERS)
    before = [queries(page) for page in (MANAGERS, VERSIONS)]
    for number in range(3):
        user = allowed(person(f"user{number}"))
        account(model_server, user)
        manager.initialize(user=user)
    assert [queries(page) for page in (MANAGERS, VERSIONS)] == before
