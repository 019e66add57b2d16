"""Templates and agents in the admin: the form, revisions, going back, rollouts, actions."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agents.models import Agent, Template
from agents.services import create_agent
from agents.template_services import save_revision
from tests.accounts.conftest import journalled
from tests.agents.templates import made, tried_out

ADD = "admin:agents_template_add"
FORM = {
    "name": "Support",
    "description": "",
    "instructions": "Be {{tone}}.\n",
    "variables": '[{"name": "tone", "default": "brief"}]',
    "model": "",
    "tools": ["calculate"],
    "parameters": '{"temperature": 0.2}',
    "limits": "{}",
    "linked_assistant": "",
    "note": "First",
}
CHANGE = FORM | {
    "audience": "everybody",
    "candidate_percent": "0",
    "revisions-TOTAL_FORMS": "0",
    "revisions-INITIAL_FORMS": "0",
}


@pytest.fixture
def control(boss: User, client: Client) -> Client:
    client.force_login(boss, backend="accounts.backends.NameOrEmail")
    return client


def change(template: Template) -> str:
    return reverse("admin:agents_template_change", args=[quote(template.pk)])


def act(control: Client, action: str, *templates: Template) -> str:
    chosen = {"action": action, "_selected_action": [one.pk for one in templates]}
    page = control.post(reverse("admin:agents_template_changelist"), chosen, follow=True)
    return page.content.decode()


def test_a_template_is_written_there(control: Client, boss: User) -> None:
    inlines = {name: value for name, value in CHANGE.items() if name.startswith("revisions-")}
    assert control.post(reverse(ADD), FORM | inlines | {"site_default": "on"}).status_code == 302
    template = Template.objects.get()
    assert template.current is not None
    assert (template.is_default, template.current.number) == (True, 1)
    assert template.current.instructions == "Be {{tone}}.\r\n".replace("\r", "")
    assert (template.current.author, template.current.note) == (boss, "First")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"instructions": "{{age}} {{tone}}"}, "{{age}} is not a variable"),
        ({"variables": '[{"name": "tone"}]', "site_default": "on"}, "need defaults: tone"),
        ({"variables": "tone"}, "Enter a valid JSON"),
        ({"parameters": '{"temperature": 9}'}, "from 0 to 2"),
        ({"limits": '{"speed": 9}'}, "no limit named speed"),
        ({"tools": ["format_disk"]}, "format_disk"),
        ({"name": ""}, "This field is required"),
        ({"candidate_percent": "101"}, "less than or equal to 100"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    control: Client, alice: User, fields: dict[str, Any], words: str
) -> None:
    template = made(alice)
    page = control.post(change(template), CHANGE | fields)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert template.revisions.count() == 1
    assert not Template.objects.get().is_default


def test_a_changed_text_is_a_revision_and_a_changed_name_is_none(
    control: Client, alice: User
) -> None:
    template = made(alice)
    assert control.post(change(template), CHANGE | {"name": "Renamed"}).status_code == 302
    assert template.revisions.count() == 2  # the variable is another one
    assert control.post(change(template), CHANGE | {"description": "New"}).status_code == 302
    assert template.revisions.count() == 2
    template.refresh_from_db()
    assert (template.name, template.description) == ("Support", "New")


def test_a_candidate_is_tried_out_and_given_to_everybody(control: Client, alice: User) -> None:
    template, group = made(alice), Group.objects.create(name="Pilots")
    fields = {"audience": "candidate", "candidate_groups": [group.pk], "candidate_percent": "25"}
    assert control.post(change(template), CHANGE | fields).status_code == 302
    template.refresh_from_db()
    assert template.current is not None
    assert template.candidate is not None
    assert (template.current.number, template.candidate.number) == (1, 2)
    assert (template.candidate_percent, list(template.candidate_groups.all())) == (25, [group])
    page = control.get(change(template)).content.decode()
    assert "0 runs, 0 failed" in page
    assert "candidate" in page
    assert "1 of 1 changed" in act(control, "promote", template)
    promoted = Template.objects.get()
    assert (promoted.current, promoted.candidate) == (template.candidate, None)
    assert "no candidate" in act(control, "withdraw", template)


def test_a_revision_has_a_page_with_its_difference_and_the_way_back(
    control: Client, alice: User
) -> None:
    template = made(alice)
    save_revision(template=template, author=alice, instructions="Now <b>{{tone}}</b>.")
    save_revision(template=template, author=alice, instructions="Then {{tone}}.")
    page = reverse("admin:agents_template_revision", args=[template.pk, 2])
    html = control.get(page).content.decode()
    assert '<span class="removed">-Be {{tone}}.' in html
    assert "+Now &lt;b&gt;{{tone}}&lt;/b&gt;." in html
    assert "-Then {{tone}}." in control.get(page, {"with": "3"}).content.decode()
    assert control.get(page, {"with": "many"}).status_code == 200
    assert control.post(page, follow=True).status_code == 200
    template.refresh_from_db()
    assert template.current is not None
    assert (template.current.number, template.current.note) == (4, "Back to 2")
    first = reverse("admin:agents_template_revision", args=[template.pk, 1])
    assert "first one" in control.get(first).content.decode()
    missing = reverse("admin:agents_template_revision", args=[template.pk, 9])
    assert control.get(missing).status_code == 404


def test_who_may_only_look_does_not_go_back(client: Client, alice: User) -> None:
    template = made(alice)
    save_revision(template=template, author=alice, instructions="Now {{tone}}.")
    reader = User.objects.create_user("reader", "", "reader-reader-1", is_staff=True)
    client.force_login(reader, backend="accounts.backends.NameOrEmail")
    page = reverse("admin:agents_template_revision", args=[template.pk, 1])
    assert client.get(page).status_code == 403
    assert client.post(page).status_code == 403
    assert template.revisions.count() == 2


def test_actions_say_for_each_what_failed(control: Client, alice: User) -> None:
    one, two = tried_out(made(alice), alice, instructions="New {{tone}}"), made(alice, "Two")
    html = act(control, "promote", one, two)
    assert "Two: " in html
    assert "1 of 2 changed" in html
    assert "Choose one template" in act(control, "make_default", one, two)
    act(control, "make_default", one)
    act(control, "clone", one)
    assert Template.objects.filter(name="Support (copy)", is_default=False).exists()
    act(control, "archive", one, two)
    assert Template.objects.filter(archived=True, is_default=False).count() == 2
    act(control, "bring_back", one)
    assert not Template.objects.get(pk=one.pk).archived


def test_agents_are_archived_together(control: Client, alice: User, bob: User) -> None:
    agents = [
        create_agent(user=alice, name="A")[0],
        create_agent(user=bob, name="B")[0],
    ]
    listed = reverse("admin:agents_agent_changelist")
    chosen = {"action": "archive", "_selected_action": [agent.pk for agent in agents]}
    assert "2 of 2 archived" in control.post(listed, chosen, follow=True).content.decode()
    assert Agent.objects.filter(archived=True).count() == 2
    assert journalled(bob)[-1].payload["agent"]["archived"]
    control.post(listed, chosen | {"action": "bring_back"})
    assert not Agent.objects.filter(archived=True).exists()


@pytest.mark.parametrize("name", ["agents_template", "agents_agent"])
def test_lists_cost_the_same_however_long(
    control: Client, alice: User, name: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        template = made(alice, f"T{number}", groups=[Group.objects.create(name=f"G{number}")])
        create_agent(user=alice, name=f"A{number}", instructions=str(number))
        tried_out(template, alice, instructions=f"{number} {{{{tone}}}}")
    with django_assert_max_num_queries(14):
        assert control.get(reverse(f"admin:{name}_changelist")).status_code == 200
    with django_assert_max_num_queries(14):
        found = control.get(reverse(f"admin:{name}_changelist"), {"q": "1"})
        assert found.status_code == 200
