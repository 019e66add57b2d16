"""Agents are found by their choice, copied, and moved to another revision by their owner alone."""

from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from agents.models import Agent
from agents.services import change_agent, copy_agent, create_agent, move_agent
from agents.template_services import save_revision
from giint.core.errors import BadField, NotFound
from tests.accounts.conftest import Caller, entered, journalled
from tests.agents.templates import TONE, made, tried_out


def test_the_same_choice_is_the_same_agent(alice: User, bob: User) -> None:
    template = made(bob)
    choices: list[dict[str, Any]] = [
        {"template": template.id},
        {"template": template.id, "variables": {"tone": "warm"}},
        {"name": "Own", "instructions": "Count.", "tools": ["calculate"]},
    ]
    for _ in range(3):
        for choice in choices:
            create_agent(user=alice, **choice)
    assert Agent.objects.filter(owner=alice).count() == 3
    assert [event.type for event in journalled(alice)] == ["agent.updated"] * 3
    other, is_new = create_agent(user=bob, **choices[0])
    assert (other.owner, is_new) == (bob, True)


def test_a_name_of_its_own_makes_another_agent(alice: User) -> None:
    first, _ = create_agent(user=alice, name="One", instructions="x")
    second, is_new = create_agent(user=alice, name="Two", instructions="x")
    assert (is_new, second.fingerprint) == (True, "")
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id)
    change_agent(user=alice, agent=agent.id, name="Renamed")
    found, is_new = create_agent(user=alice, template=template.id)
    assert (found.id, found.name, is_new) == (agent.id, "Renamed", False)
    assert first.fingerprint


def test_the_database_keeps_two_of_one_choice_out(alice: User) -> None:
    Agent.objects.create(owner=alice, name="A", fingerprint="f")
    with pytest.raises(IntegrityError):
        Agent.objects.create(owner=alice, name="B", fingerprint="f")


def test_an_archived_agent_is_not_found_again(alice: User) -> None:
    agent, _ = create_agent(user=alice, name="A", instructions="x")
    change_agent(user=alice, agent=agent.id, archived=True)
    other, is_new = create_agent(user=alice, name="A", instructions="x")
    assert is_new
    back = change_agent(user=alice, agent=agent.id, archived=False)
    assert (back.fingerprint, Agent.objects.get(id=other.id).fingerprint != "") == ("", True)


def test_a_changed_agent_is_another_choice(alice: User) -> None:
    agent, _ = create_agent(user=alice, name="A", instructions="x")
    changed = change_agent(user=alice, agent=agent.id, parameters={"top_p": 0.5})
    assert changed.fingerprint not in ("", agent.fingerprint)
    assert create_agent(user=alice, name="A", instructions="x")[1]


def test_what_the_answering_dialect_does_not_take_is_refused(alice: User) -> None:
    entered(alice, dialect="chat")
    with pytest.raises(BadField) as raised:
        create_agent(user=alice, name="A", parameters={"truncation": "auto"})
    assert "“chat” does not take truncation" in raised.value.fields["parameters"]


# --- from a template ------------------------------------------------------------------------------


def test_own_instructions_follow_the_templates(alice: User) -> None:
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id, instructions="Of Bern.")
    assert agent.told == "Be brief.\n\nOf Bern."
    row = agent.row()
    assert row["instructions"] == "Of Bern."
    assert (row["template_name"], row["number"], row["newer"]) == ("Support", 1, False)
    assert (row["tools"], row["parameters"]) == (["calculate"], {"temperature": 0.2})


def test_a_value_that_does_not_fit_is_said_beside_it(alice: User) -> None:
    template = made(alice)
    with pytest.raises(BadField) as raised:
        create_agent(user=alice, template=template.id, variables={"tone": "rude", "age": 3})
    assert set(raised.value.fields) == {"variables.tone", "variables.age"}
    with pytest.raises(BadField) as raised:
        create_agent(user=alice, name="A", variables={"tone": "warm"})
    assert "from a template" in raised.value.fields["variables"]


def test_a_new_revision_changes_no_agent_until_it_is_moved(alice: User) -> None:
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id, variables={"tone": "warm"})
    save_revision(template=template, author=alice, instructions="Now {{tone}}.", tools=[])
    agent = Agent.objects.get(id=agent.id)
    assert (agent.told, agent.tools) == ("Be warm.", ["calculate"])
    assert agent.row()["newer"]
    moved = move_agent(user=alice, agent=agent.id)
    assert (moved.told, moved.tools, moved.row()["newer"]) == ("Now warm.", [], False)
    assert journalled(alice)[-1].payload["agent"]["number"] == 2


def test_moving_keeps_what_its_owner_had_set(alice: User) -> None:
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id, model="mine", instructions="Own.")
    save_revision(template=template, author=alice, model="theirs", tools=["current_time"])
    moved = move_agent(user=alice, agent=agent.id)
    assert (moved.model, moved.tools, moved.instructions) == ("mine", ["current_time"], "Own.")


def test_moving_asks_for_values_that_are_new(alice: User) -> None:
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id)
    land = {"name": "land", "type": "text"}
    save_revision(
        template=template, author=alice, instructions="{{tone}} {{land}}", variables=[TONE, land]
    )
    with pytest.raises(BadField) as raised:
        move_agent(user=alice, agent=agent.id)
    assert set(raised.value.fields) == {"variables.land"}
    moved = move_agent(user=alice, agent=agent.id, variables={"land": "Ticino"})
    assert moved.told == "brief Ticino"


def test_an_agent_moves_among_the_revisions_meant_for_its_owner(alice: User) -> None:
    template = made(alice)
    agent, _ = create_agent(user=alice, template=template.id)
    tried_out(template, alice, percent=0, instructions="Candidate {{tone}}")
    candidate = template.revisions.get(number=2)
    with pytest.raises(BadField):
        move_agent(user=alice, agent=agent.id, revision=candidate.id)
    tried_out(template, alice, percent=100, note="for all", instructions="Candidate {{tone}}")
    assert move_agent(user=alice, agent=agent.id).told == "Candidate brief"
    first = template.revisions.get(number=1)
    assert move_agent(user=alice, agent=agent.id, revision=first.id).told == "Be brief."


# --- over REST ------------------------------------------------------------------------------------


def test_a_choice_made_again_answers_with_the_agent_that_is_there(alice: User) -> None:
    call, template = Caller(alice), made(alice)
    first = call("POST", "agents", {"template": template.id})
    again = call("POST", "agents", {"template": template.id})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_a_copy_is_another_agent(alice: User) -> None:
    call, template = Caller(alice), made(alice)
    agent = call("POST", "agents", {"template": template.id, "variables": {"tone": "warm"}}).json()
    copy = call("POST", f"agents/{agent['id']}/copy", {}).json()
    assert copy == agent | {"id": copy["id"], "tile": copy["tile"], "name": "Support (copy)"}
    named = call("POST", f"agents/{agent['id']}/copy", {"name": "Twin"}).json()
    assert named["name"] == "Twin"


def test_an_agent_is_moved_over_rest(alice: User) -> None:
    call, template = Caller(alice), made(alice)
    agent = call("POST", "agents", {"template": template.id}).json()
    save_revision(template=template, author=alice, instructions="Now {{tone}}.")
    assert call("GET", f"agents/{agent['id']}").json()["newer"]
    moved = call("POST", f"agents/{agent['id']}/move", {})
    assert (moved.status_code, moved.json()["number"]) == (200, 2)
    plain = call("POST", "agents", {"name": "A"}).json()
    refused = call("POST", f"agents/{plain['id']}/move", {})
    assert "not made from a template" in refused.json()["fields"]["revision"]
    wrong = call("PATCH", f"agents/{agent['id']}", {"template": template.id})
    assert "keeps its template" in wrong.json()["fields"]["template"]


@pytest.mark.parametrize("deed", ["copy", "move"])
def test_mallory_copies_and_moves_nothing_of_alices(alice: User, mallory: User, deed: str) -> None:
    agent, _ = create_agent(user=alice, template=made(alice).id)
    assert Caller(mallory)("POST", f"agents/{agent.id}/{deed}", {}).status_code == 404
    with pytest.raises(NotFound):
        copy_agent(user=mallory, agent=agent.id)
    assert Agent.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=bern", ["Support"]),
        ("q=brief+support", ["Support"]),
        ("q=count", ["Own"]),
        ("q=nothing", []),
        ("model=m-9", ["Own"]),
        ("archived=1", ["Old"]),
        ("archived=0", ["Support", "Own"]),
        ("template={template}", ["Support"]),
        ("remote=asst_1", ["Own"]),
        ("q=%00own", ["Own"]),
    ],
)
def test_agents_are_found(alice: User, query: str, names: list[str]) -> None:
    template = made(alice, instructions="Be {{tone}} and brief.")
    create_agent(user=alice, template=template.id, instructions="Of Bern.")
    own, _ = create_agent(user=alice, name="Own", instructions="Count.", model="m-9")
    own.remote_assistants.create(user=alice, dialect="assistants", remote_id="asst_1")
    create_agent(user=alice, name="Old", instructions="Gone", archived=True)
    found = Caller(alice)("GET", f"agents?{query.format(template=template.id)}").json()
    assert [row["name"] for row in found["agents"]] == names


def test_a_filter_that_is_none_is_refused(alice: User) -> None:
    answer = Caller(alice)("GET", "agents?archived=perhaps")
    assert answer.status_code == 400


def test_a_list_of_agents_costs_the_same_however_long(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    template = made(alice)
    for number in range(30):
        create_agent(user=alice, template=template.id, instructions=str(number))
    tried_out(template, alice, percent=10, instructions="New {{tone}}")
    call = Caller(alice)
    with django_assert_max_num_queries(8):
        assert len(call("GET", "agents").json()["agents"]) == 30
