"""The import wizard in the admin, and who sees what of others' imports there."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from agents.models import Import, Template
from giint.ingest.work import look
from tests.accounts.conftest import entered
from tests.agents.ingest.conftest import opened
from tests.agents.ingest.dumps import assistant, message, saved, thread
from tests.modelserver import assistantsobjects as made
from tests.modelserver.server import ModelServer


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return client


@pytest.fixture
def control(boss: User) -> Client:
    return browser(boss)


def items_page(parent: Import) -> str:
    return reverse("admin:agents_import_items", args=[parent.pk])


def test_the_wizard_goes_from_a_file_to_a_result_for_each(control: Client, boss: User) -> None:
    changelist = control.get(reverse("admin:agents_import_changelist"))
    address = reverse("admin:agents_import_open")
    assert address in changelist.content.decode()
    assert "2026-08-26" in control.get(address).content.decode()
    talk = thread() | {"messages": [message(1, "user", "Hello")]}
    long = assistant("asst_long", instructions="x" * 70_000, name="Long")
    file = SimpleUploadedFile("saved.json", saved([assistant(), long, talk]).getvalue())
    answer = control.post(address, {"file": file}, follow=True)
    parent = Import.objects.get()
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == items_page(parent)
    assert "Support reply" in page
    assert "8 words, no tools" in page

    answer = control.post(items_page(parent), {"item": ["1", "2", "3"], "review": "x"}, follow=True)
    page = answer.content.decode()
    assert "You answer support mail." in page
    assert "70,000 characters" in page
    shown = answer.request["PATH_INFO"] + "?" + answer.request["QUERY_STRING"]
    typed = {
        "name-1": "Mail",
        "description-1": "Answers support mail",
        "model-1": "gpt-4o",
        "instructions-1": "You answer support mail.\r\n\r\nBe brief and kind.",
        "name-2": "Long",
    }
    page = control.post(shown, typed, follow=True).content.decode()
    assert "being read" not in page
    assert parent.items.get(number=1).changes == {"name": "Mail"}
    assert 'http-equiv="refresh"' in page
    look(lambda: False)
    page = control.get(items_page(parent)).content.decode()
    assert "2 taken in, 1 failed" in page
    assert "65,536" in page
    agent = boss.agents.get()
    assert agent.name == "Mail"

    control.post(items_page(parent), {"item": ["1"], "template": "x"})
    template = Template.objects.get()
    assert template.current is not None
    assert (template.name, template.current.linked_assistant) == ("Mail", "asst_support0001")
    assert template.current.instructions == agent.instructions


@pytest.mark.parametrize(
    "data", [{}, {"text": "nonsense"}, {"text": "[]"}, {"account": "key_nobodys"}]
)
def test_what_cannot_be_opened_is_said_in_the_form(control: Client, data: dict[str, Any]) -> None:
    answer = control.post(reverse("admin:agents_import_open"), data)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_assistant_that_a_template_links_is_taken_in(model_server: ModelServer) -> None:
    chief = User.objects.create_superuser("chief", "chief@example.org", "chief-chief-1")
    control = browser(chief)
    row = made.assistant({"name": "Helper", "model": "gpt-4o", "instructions": "Help."})
    id_ = model_server.store.add("assistant", row)["id"]
    form = {"name": "Linked", "instructions": "x", "variables": "[]", "linked_assistant": id_}
    form |= {"revisions-TOTAL_FORMS": "0", "revisions-INITIAL_FORMS": "0"}
    page = control.post(reverse("admin:agents_template_add"), form, follow=True).content.decode()
    assert "None of your keys" in page
    assert reverse("admin:agents_import_changelist") in page
    entered(chief, base_url=model_server.url, dialect="assistants")
    form["name"] = "Linked again"
    control.post(reverse("admin:agents_template_add"), form, follow=True)
    agent = chief.agents.get()
    assert agent.instructions == "Help."
    assert agent.remote_assistants.get().remote_id == id_


def test_others_imports_need_the_permission_to_read_threads(alice: User, bob: User) -> None:
    parent = opened(alice, assistant(instructions="Her secret."))
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(
        Permission.objects.get(codename="view_import"),
        Permission.objects.get(codename="add_import"),
    )
    review = reverse("admin:agents_import_review", args=[parent.pk]) + "?items=1"
    for address in (items_page(parent), review):
        assert browser(bob).get(address).status_code == 403
    row = browser(bob).get(reverse("admin:agents_import_change", args=[quote(parent.pk)]))
    assert row.status_code == 200
    assert "Her secret." not in row.content.decode()
    bob.user_permissions.add(Permission.objects.get(codename="read_threads"))
    assert "Her secret." in browser(bob).get(review).content.decode()
    entry = AuditEntry.objects.get(owner=alice)
    assert (entry.actor, entry.action, entry.noun) == (bob, "read", "import")
    for address in (items_page(parent), review):
        assert browser(bob).post(address, {"item": ["1"], "confirm": "x"}).status_code == 403
    assert parent.items.get().state == "found"
