"""Templates: revisions, going back, rollouts, defaults, who may see them."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.db.models import ProtectedError

from accounts.models import Account, User
from agents.access import template_for, templates_for
from agents.defaults import default_template, first_agent
from agents.diff import changes
from agents.models import Agent, Template, TemplateRevision
from agents.rollout import Rollout, share_of
from agents.services import create_agent
from agents.template_services import (
    change_template,
    choose_default,
    clone_template,
    create_template,
    make_default,
    promote,
    roll_back,
    roll_out,
    save_revision,
    withdraw,
)
from giint.core.errors import BadField, NotFound
from tests.agents.templates import TONE, made, tried_out


def current(template: Template) -> TemplateRevision:
    found = Template.objects.select_related("current").get(pk=template.pk).current
    assert found is not None
    return found


def refused(call: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(BadField) as raised:
        call(**given)
    return raised.value.fields


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ({"name": " "}, "name", "needs a name"),
        ({"instructions": "{{tone}} {{age}}"}, "instructions", "{{age}} is not a variable"),
        ({"instructions": "x" * 65_537}, "instructions", "65536"),
        ({"variables": [TONE, TONE]}, "variables", "twice"),
        ({"tools": ["format_disk"]}, "tools", "format_disk"),
        ({"parameters": {"temperature": 3}}, "parameters", "temperature"),
        ({"limits": {"steps": -1}}, "limits", "steps"),
        ({"note": "x" * 201}, "note", "200"),
    ],
)
def test_what_a_template_cannot_say_is_refused_when_it_is_saved(
    alice: User, content: dict[str, Any], field: str, words: str
) -> None:
    assert words in refused(made, author=alice, **content)[field]
    assert not Template.objects.exists()


def test_all_that_is_wrong_is_said_at_once(alice: User) -> None:
    wrong = refused(made, author=alice, tools=["x"], limits={"x": 1}, variables=[])
    assert set(wrong) == {"tools", "limits", "instructions"}


def test_each_save_is_a_revision_and_the_same_again_is_none(alice: User) -> None:
    template = made(alice)
    second, is_new = save_revision(template=template, author=alice, instructions="Be {{tone}}!")
    assert (second.number, second.tools, is_new) == (2, ["calculate"], True)
    again, is_new = save_revision(template=template, author=alice, instructions="Be {{tone}}!")
    assert (again, is_new) == (second, False)
    assert list(template.revisions.values_list("number", flat=True)) == [2, 1]
    assert current(template) == second


def test_going_back_is_a_new_revision_that_says_the_same(alice: User) -> None:
    template = made(alice)
    save_revision(template=template, author=alice, instructions="Be {{tone}}!", tools=[])
    third = roll_back(template=template, number=1, author=alice)
    first = template.revisions.get(number=1)
    assert (third.number, third.note) == (3, "Back to 1")
    assert changes(first, third, ("1", "3")) == []
    assert current(template) == third
    assert (
        "no revision 9" in refused(roll_back, template=template, number=9, author=alice)["number"]
    )


def test_a_difference_names_what_changed(alice: User) -> None:
    template = made(alice)
    second, _ = save_revision(
        template=template, author=alice, instructions="Be {{tone}}!", tools=[]
    )
    lines = changes(template.revisions.get(number=1), second, ("1", "2"))
    assert [line for line in lines if line[0] in "+-"][2:] == [
        "-Be {{tone}}.",
        "+Be {{tone}}!",
        "-[tools]",
        "-calculate",
    ]


def test_a_copy_says_the_same_and_is_nobodys_default(alice: User) -> None:
    group = Group.objects.create(name="G")
    template = made(alice, is_default=True, groups=[group])
    copy = clone_template(template=template, author=alice)
    assert (copy.name, copy.is_default, list(copy.groups.all())) == (
        "Support (copy)",
        False,
        [group],
    )
    assert changes(current(template), current(copy), ("a", "b")) == []


def test_a_revision_with_agents_stays(alice: User) -> None:
    template = made(alice)
    create_agent(user=alice, template=template.id)
    with pytest.raises(ProtectedError):
        template.delete()


# --- who may see it -------------------------------------------------------------------------------


def test_a_template_is_for_its_groups(alice: User, bob: User) -> None:
    group = Group.objects.create(name="Sales")
    alice.groups.add(group)
    template = made(bob, groups=[group, Group.objects.create(name="Other")])
    assert template_for(alice, template.id) == template
    assert templates_for(alice).count() == 1
    with pytest.raises(NotFound):
        template_for(bob, template.id)
    with pytest.raises(NotFound):
        create_agent(user=bob, template=template.id)
    bob.is_superuser = True
    assert template_for(bob, template.id) == template


def test_an_archived_template_is_nobodys(alice: User) -> None:
    template = made(alice, is_default=True)
    change_template(template=template, archived=True)
    assert not templates_for(alice).exists()
    assert not Template.objects.get().is_default
    assert "archived" in refused(make_default, template=template)["is_default"]


# --- rollouts -------------------------------------------------------------------------------------


def test_a_candidate_goes_to_its_groups_first(alice: User, bob: User) -> None:
    group = Group.objects.create(name="Pilots")
    alice.groups.add(group)
    template = tried_out(made(alice), alice, groups=(group,), instructions="New {{tone}}")
    assert create_agent(user=alice, template=template.id)[0].told == "New brief"
    assert create_agent(user=bob, template=template.id)[0].told == "Be brief."
    promote(template=template)
    promoted = Template.objects.get()
    assert (promoted.candidate, promoted.candidate_percent) == (None, 0)
    assert current(template).number == 2
    assert not promoted.candidate_groups.exists()


def test_a_share_of_people_is_stable_and_grows() -> None:
    people = range(1, 2_001)
    ten = {user for user in people if share_of("tmpl_a", user) < 10}
    half = {user for user in people if share_of("tmpl_a", user) < 50}
    assert ten < half
    assert 140 < len(ten) < 260
    assert 900 < len(half) < 1_100
    assert ten != {user for user in people if share_of("tmpl_b", user) < 10}


@pytest.mark.parametrize(("percent", "gets"), [(0, 1), (100, 2)])
def test_nobody_and_everybody_are_shares_too(alice: User, percent: int, gets: int) -> None:
    template = tried_out(made(alice), alice, percent=percent, instructions="New {{tone}}")
    revision = TemplateRevision.objects.get(id=Rollout(alice).revision_id(template))
    assert revision.number == gets


def test_a_withdrawn_candidate_stays_with_its_agents_alone(alice: User) -> None:
    template = tried_out(made(alice), alice, percent=100, instructions="New {{tone}}")
    agent, _ = create_agent(user=alice, template=template.id)
    withdraw(template=template)
    agent.refresh_from_db()
    assert agent.told == "New brief"
    assert agent.row()["newer"]  # what everybody has is another one
    other, is_new = create_agent(user=alice, template=template.id)
    assert (other.told, is_new) == ("Be brief.", True)


@pytest.mark.parametrize("deed", [promote, withdraw])
def test_without_a_candidate_there_is_no_rollout(alice: User, deed: Any) -> None:
    template = made(alice)
    assert "no candidate" in refused(deed, template=template)["candidate"]
    assert "no candidate" in refused(roll_out, template=template, groups=[], percent=1)["candidate"]


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_share_is_of_a_hundred(alice: User, percent: int) -> None:
    template = tried_out(made(alice), alice, instructions="New {{tone}}")
    wrong = refused(roll_out, template=template, groups=[], percent=percent)
    assert "0 to 100" in wrong["candidate_percent"]


# --- defaults -------------------------------------------------------------------------------------


def test_a_new_chat_uses_the_sites_default_or_ones_own(alice: User, bob: User) -> None:
    create_agent(user=alice, name="Older")
    site, own = made(bob, "Site"), made(bob, "Own")
    make_default(template=site)
    assert first_agent(alice)[0].name == "Site"
    choose_default(user=alice, template=own.id)
    agent, is_new = first_agent(User.objects.get(pk=alice.pk))
    assert (agent.name, is_new) == ("Own", True)
    assert first_agent(User.objects.get(pk=alice.pk)) == (agent, False)
    choose_default(user=alice, template=None)
    assert first_agent(User.objects.get(pk=alice.pk))[0].name == "Site"


def test_without_a_template_it_is_the_first_agent_or_a_plain_one(alice: User, bob: User) -> None:
    older, _ = create_agent(user=alice, name="Older")
    create_agent(user=alice, name="Newer", instructions="x")
    assert first_agent(alice) == (older, False)
    assert first_agent(bob)[0].name == "Assistant"


def test_who_has_as_many_agents_as_they_may_goes_on_with_the_first(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, _ = create_agent(user=alice, name="Older")
    made(alice, is_default=True)
    monkeypatch.setattr("agents.services.AGENTS", 1)
    assert first_agent(alice) == (older, False)


def test_one_template_is_the_default(alice: User) -> None:
    first, second = made(alice, is_default=True), made(alice, "Other", is_default=True)
    assert list(Template.objects.filter(is_default=True)) == [second]
    with pytest.raises(IntegrityError):
        Template.objects.filter(pk=first.pk).update(is_default=True)


def test_a_default_asks_nobody_for_values(alice: User) -> None:
    asking = [TONE | {"default": None}]
    template = made(alice, variables=asking)
    assert "tone" in refused(make_default, template=template)["variables"]
    assert (
        "asks for values" in refused(choose_default, user=alice, template=template.id)["template"]
    )
    plain = made(alice, "Plain", is_default=True)
    wrong = refused(save_revision, template=plain, author=alice, variables=asking)
    assert "need defaults" in wrong["variables"]
    assert plain.revisions.count() == 1


def test_an_own_default_that_no_longer_works_is_passed_over(alice: User) -> None:
    own, site = made(alice, "Own"), made(alice, "Site", is_default=True)
    choose_default(user=alice, template=own.id)
    save_revision(template=own, author=alice, variables=[TONE | {"default": None}])
    assert default_template(User.objects.get(pk=alice.pk)) == site


def test_nobody_chooses_what_is_not_for_them(alice: User, mallory: User) -> None:
    template = made(alice, groups=[Group.objects.create(name="Staff")])
    with pytest.raises(NotFound):
        choose_default(user=mallory, template=template.id)
    assert Account.objects.get(user=mallory).default_template is None


def test_a_template_can_be_made_bare(alice: User) -> None:
    template = create_template(author=alice, name="Bare")
    agent, _ = create_agent(user=alice, template=template.id)
    assert (agent.told, Agent.objects.count()) == ("", 1)
