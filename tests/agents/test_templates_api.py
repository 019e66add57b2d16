"""REST of templates: what a person may use, and which one their new chats use."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from agents.template_services import save_revision
from tests.accounts.conftest import Caller
from tests.agents.templates import TONE, made, tried_out


def test_templates_are_listed_as_their_person_gets_them(alice: User, bob: User) -> None:
    template = made(bob, is_default=True, description="Answers customers")
    made(bob, "Hidden", groups=[Group.objects.create(name="Staff")])
    tried_out(template, bob, percent=100, instructions="New {{tone}}")
    body = Caller(alice)("GET", "templates").json()
    (row,) = body["templates"]
    assert row == {
        "id": template.id,
        "name": "Support",
        "description": "Answers customers",
        "site_default": True,
        "revision": row["revision"],
        "number": 2,
        "instructions": "New {{tone}}",
        "variables": [TONE],
        "model": "",
        "tools": ["calculate"],
        "parameters": {"temperature": 0.2},
        "limits": {},
    }
    assert body["default"] is None
    assert "temperature" in [one["name"] for one in body["parameters"]]
    assert Caller(alice)("GET", f"templates/{template.id}").json() == row


def test_a_person_chooses_the_template_of_their_new_chats(alice: User, bob: User) -> None:
    template, call = made(bob), Caller(alice)
    chosen = call("PUT", "templates/default", {"template": template.id})
    assert (chosen.status_code, chosen.json()["default"]) == (200, template.id)
    assert call("PUT", "templates/default", {"template": None}).json()["default"] is None
    assert call("PUT", "templates/default", {}).status_code == 400
    save_revision(template=template, author=bob, variables=[TONE | {"default": None}])
    refused = call("PUT", "templates/default", {"template": template.id})
    assert "asks for values" in refused.json()["fields"]["template"]


def test_a_template_of_others_is_not_there(mallory: User, bob: User) -> None:
    template, call = made(bob, groups=[Group.objects.create(name="Staff")]), Caller(mallory)
    assert call("GET", "templates").json()["templates"] == []
    for verb, path, body in (
        ("GET", f"templates/{template.id}", None),
        ("PUT", "templates/default", {"template": template.id}),
        ("POST", "agents", {"template": template.id}),
    ):
        assert call(verb, path, body).status_code == 404


@pytest.mark.django_db
def test_nobody_sees_no_templates() -> None:
    assert Caller()("GET", "templates").status_code == 401
