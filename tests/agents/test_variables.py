"""Variables of templates: declared, typed, put in once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.variables import check_use, declared, names_in, render, values_for, without_default
from giint.core.errors import BadField

TONE = {"name": "tone", "type": "choice", "choices": ["brief", "warm"], "default": "brief"}


def refused(call: Any, *given: Any) -> dict[str, str]:
    with pytest.raises(BadField) as raised:
        call(*given)
    return raised.value.fields


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("tone", "list"),
        ([{"type": "text"}], "such as"),
        ([{"name": "my tone"}], "no name"),
        ([{"name": "x" * 41}], "no name"),
        ([{"name": "a", "type": "date"}], "text, number, boolean, choice"),
        ([{"name": "a", "typ": "text"}], "“typ”"),
        ([{"name": "a"}, {"name": "a"}], "twice"),
        ([{"name": "a", "type": "choice"}], "choices"),
        ([{"name": "a", "type": "choice", "choices": ["x", "x"]}], "different"),
        ([{"name": "a", "choices": ["x"]}], "only a choice"),
        ([TONE | {"default": "rude"}], "brief, warm"),
        ([{"name": "a", "type": "number", "default": "3"}], "a number"),
        ([{"name": "a", "type": "number", "default": float("nan")}], "a number"),
        ([{"name": "a", "type": "boolean", "default": 1}], "true or false"),
        ([{"name": f"v{n}"} for n in range(51)], "50"),
    ],
)
def test_a_declaration_that_cannot_stand_gets_a_sentence(given: Any, words: str) -> None:
    assert words in refused(declared, given)["variables"]


def test_a_declaration_is_completed() -> None:
    assert declared([{"name": "a"}]) == [
        {"name": "a", "type": "text", "default": None, "description": ""}
    ]


@pytest.mark.parametrize(
    ("instructions", "field", "words"),
    [
        ("Be {{tone}} and {{shape}}.", "instructions", "{{shape}} is not a variable"),
        ("Be {{ tone }} in {{my land}}.", "instructions", "“{{my land”"),
        ("Be {{tone}}, {{", "instructions", "plain braces"),
        ("Be good.", "variables", "tone is declared"),
    ],
)
def test_instructions_and_declarations_must_agree(
    instructions: str, field: str, words: str
) -> None:
    assert words in refused(check_use, instructions, declared([TONE]))[field]


def test_plain_braces_are_written_with_a_backslash() -> None:
    text = "Write \\{{tone}} for {{ tone }}, {one}."
    check_use(text, declared([TONE]))
    assert names_in(text) == ["tone"]
    assert render(text, {"tone": "warm"}) == "Write {{tone}} for warm, {one}."


def test_values_are_the_given_ones_and_defaults() -> None:
    variables = declared([TONE, {"name": "n", "type": "number"}, {"name": "on", "type": "boolean"}])
    assert without_default(variables) == ["n", "on"]
    assert values_for(variables, {"n": 2.5, "on": False}) == {
        "tone": "brief",
        "n": 2.5,
        "on": False,
    }
    wrong = refused(values_for, variables, {"n": "2", "tone": "rude", "who": 1})
    assert wrong == {
        "variables.who": "This template has no such variable.",
        "variables.tone": "This is one of: brief, warm.",
        "variables.n": "This is a number.",
        "variables.on": "This needs a value.",
    }


@pytest.mark.parametrize(
    ("value", "words"), [(True, "yes"), (False, "no"), (3.0, "3"), (0.1, "0.1"), (7, "7")]
)
def test_values_read_as_words(value: Any, words: str) -> None:
    assert render("{{v}}", {"v": value}) == words


@given(st.text())
def test_a_value_names_nothing_however_it_is_written(value: str) -> None:
    assert render("<{{a}}>", {"a": value, "b": "secret"}) == f"<{value}>"
