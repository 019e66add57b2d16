"""What polls and duos make of answers. Pure, and what they refuse."""

from typing import Any

import pytest

from accounts.models import User
from agents.models import Agent
from agents.tools.base import Entry, Reply, Role
from giint.core.errors import BadField
from transcripts.tools import commands, duo, x_poll
from transcripts.tools.x_poll import Poll, Voice


def reply(text: str, code: str = "") -> Reply:
    return Reply("entry_1", text, code, "It broke off." if code else "")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Because of the carts.\n\nChoice: Wait", "wait"),
        ("**Choice: “off.”**", "off"),
        ("Choice: wait\nNo.\nChoice: off", "off"),
        ("Wait!", "wait"),
        ("Choice: both", ""),
        ("I would wait, not turn it off.", ""),
        ("", ""),
    ],
)
def test_a_choice_is_one_of_the_choices_or_none(text: str, choice: str) -> None:
    assert x_poll.chosen_in(text, ["off", "wait"]) == choice


def test_ties_and_what_is_no_choice_are_shown_as_such() -> None:
    agent = Agent(name="A")
    voices = [Voice(str(n), f"A{n}", agent) for n in range(6)]
    poll = Poll("Off or wait?", voices, ["off", "wait"])
    texts = ["off", "wait", "off", "wait", "perhaps"]
    answers: dict[Voice, Reply | None] = {
        voice: reply(text) for voice, text in zip(voices, texts, strict=False)
    }
    answers[voices[5]] = reply("Half", "upstream_cut")
    found = x_poll.tallied(poll, answers)
    assert (found["tally"], found["tie"], found["winner"]) == (
        {"off": 2, "wait": 2},
        ["off", "wait"],
        "",
    )
    assert (found["answered"], found["failed"], found["no_choice"]) == (5, 1, 1)
    told = x_poll.told(poll, found)
    assert "A tie between off and wait." in told
    assert "| *no choice* | 1 |" in told
    assert "- **A5:** *It broke off.*" in told


def test_who_chose_otherwise_is_the_dissent() -> None:
    voices = [Voice(str(n), f"A{n}", Agent(name="A")) for n in range(3)]
    answers: dict[Voice, Reply | None] = {
        voice: reply(text) for voice, text in zip(voices, ["off", "wait", "off"], strict=True)
    }
    found = x_poll.tallied(Poll("?", voices, ["off", "wait"]), answers)
    assert (found["winner"], found["dissent"]) == ("off", "A1: wait")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"question": "  "}, "question"),
        ({"copies": 0}, "copies"),
        ({"copies": 51}, "copies"),
        ({"copies": 26, "models": ["a", "b"]}, "copies"),
        ({"models": ["a", "a"]}, "models"),
        ({"choices": ["yes", "Yes "]}, "choices"),
        ({"choices": ["yes"]}, "choices"),
        ({"agents": ["Nobody"]}, "agents"),
        ({"agents": ["Old"]}, "agents"),
        ({"agents": ["Ops", "ops"]}, "agents"),
    ],
)
def test_a_poll_that_cannot_be_asked_is_refused(
    alice: User, wrong: dict[str, Any], field: str
) -> None:
    asker = Agent.objects.create(owner=alice, name="Ops")
    Agent.objects.create(owner=alice, name="Old", archived=True)
    with pytest.raises(BadField) as refused:
        commands.check_poll(alice, asker, {"question": "Why?"} | wrong)
    assert list(refused.value.fields) == [field]


def test_another_persons_agent_cannot_be_asked(alice: User, bob: User) -> None:
    his = Agent.objects.create(owner=bob, name="His")
    for name in (his.id, his.name):
        with pytest.raises(BadField):
            commands.check_poll(alice, None, {"question": "Why?", "agents": [name]})


def test_agents_copies_and_models_are_multiplied(alice: User) -> None:
    for name in ("Ops", "Sales"):
        Agent.objects.create(owner=alice, name=name)
    poll = x_poll.planned(alice, None, "Why?", ["ops", "Sales"], 2, ["m1", "m2"], None)
    assert len(poll.voices) == len({voice.key for voice in poll.voices}) == 8
    assert [voice.name for voice in poll.voices][:3] == [
        "Ops (m1) #1",
        "Ops (m1) #2",
        "Ops (m2) #1",
    ]


def test_the_composers_lines_are_read(alice: User) -> None:
    ops = Agent.objects.create(owner=alice, name="Ops")
    both = Agent.objects.create(owner=alice, name="Ops Two")
    line = "@Ops Two, @ops x3 Off or wait? | off | wait"
    assert commands.poll(alice, ops, line) == {
        "question": "Off or wait?",
        "agents": [both.id, ops.id],
        "copies": 3,
        "choices": ["off", "wait"],
    }
    assert commands.duet(alice, ops, "@Ops 4 rounds: a plan") == {
        "task": "a plan",
        "agents": [ops.id],
        "rounds": 4,
    }
    with pytest.raises(BadField):
        commands.poll(alice, ops, "")


@pytest.mark.parametrize(
    ("line", "given"),
    [
        (
            '"Critic: you doubt everything" "Author: you write" 6 A plan',
            {"roles": ["Critic: you doubt everything", "Author: you write"], "task": "A plan"},
        ),
        ("“Critic: you doubt” 6 A plan", {"roles": ["Critic: you doubt"], "task": "A plan"}),
        ("„Kritik: alles“, 6 Ein Plan", {"roles": ["Kritik: alles"], "task": "Ein Plan"}),
        ('@Ops "Critic: no"\n6 rounds: A plan', {"agents": 1, "roles": ["Critic: no"]}),
        ('"Critic: no" @Ops 6 A plan', {"agents": 1, "roles": ["Critic: no"], "task": "A plan"}),
        ('"Hamlet" is a play', {"task": '"Hamlet" is a play', "rounds": duo.USUAL}),
        ('Say "a: b"', {"task": 'Say "a: b"', "rounds": duo.USUAL}),
    ],
)
def test_roles_in_words_are_read_from_the_composer(
    alice: User, line: str, given: dict[str, Any]
) -> None:
    ops = Agent.objects.create(owner=alice, name="Ops")
    agents = {"agents": [ops.id]} if given.pop("agents", 0) else {}
    usual = {"task": "A plan", "rounds": 6}
    assert commands.duet(alice, ops, line) == usual | given | agents


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('"Critic: you doubt 6 A plan', "closing quotation mark"),
        ('"A: a" "B: b" "C: c" A plan', "Two talk"),
        ('"A: a" "B: b"', "A task has"),
    ],
)
def test_roles_that_cannot_be_read_are_said(alice: User, line: str, why: str) -> None:
    with pytest.raises(BadField, match=why):
        commands.duet(alice, Agent.objects.create(owner=alice, name="Ops"), line)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["a", "b", "c"], ""),
        (["a", "b", "all said.\n\n**DONE**"], "done"),
        (["a", "b", "A!"], "repetition"),
        (["a", "x", "b", "y", "a", "z", "b"], "repetition"),
        (["a", "x", "b", "y", "a", "z"], ""),
    ],
)
def test_a_talk_ends_when_they_are_done_or_repeat_themselves(texts: list[str], reason: str) -> None:
    assert duo.ended([reply(text) for text in texts]) == reason


def test_each_side_knows_its_own_words_and_the_persons(alice: User) -> None:
    entries = [
        Entry("0", "agent", "A", "First.", "", ""),
        Entry("entry_9", "person", "Alice", "Shorter.", "", ""),
        Entry("1", "agent", "B", "Second.\nDONE", "", ""),
        Entry("2", "agent", "A", "Half", "", ""),
    ]
    assert duo.spoken("Task", entries, 2) == [
        ("user", "Task"),
        ("assistant", "First."),
        ("user", "[Alice] Shorter."),
        ("user", "Second."),
    ]


def test_roles_in_words_and_an_auxiliary_are_sides(alice: User) -> None:
    asker = Agent.objects.create(owner=alice, name="Ops")
    talk = duo.planned(alice, asker, "A plan", None, ["Critic: doubt all", "just agree"], 50)
    assert [side.name for side in talk.sides] == ["Critic", "Role 2"]
    talk = duo.planned(alice, asker, "A plan", None, None, 1)
    assert (talk.sides[0], isinstance(talk.sides[1], Role)) == (asker, True)
    for wrong in ({"rounds": 0}, {"rounds": 51}, {"roles": ["a", "b"], "agents": ["Ops"]}):
        with pytest.raises(BadField):
            commands.check_duo(alice, asker, {"task": "A plan"} | wrong)
