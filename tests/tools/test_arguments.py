"""What a model makes up is checked before a tool sees it."""

import dataclasses

import pytest

from agents.tools import registry
from agents.tools.arguments import LONGEST, validate
from agents.tools.base import Tool, ToolFailed, ToolRetry


@pytest.fixture
def calculate() -> Tool:
    return registry.tools()["calculate"]


def test_arguments_that_fit_come_back(calculate: Tool) -> None:
    assert validate(calculate, '{"expression": "1+1"}') == {"expression": "1+1"}
    assert validate(registry.tools()["current_time"], "") == {}


def test_texts_are_cleaned_on_the_way(calculate: Tool) -> None:
    given = validate(calculate, r'{"expression": "\u0000 \ud83d\ude00 \ud800"}')
    assert given == {"expression": "\ufffd 😀 \ufffd"}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{", "not valid JSON"),
        ('{"expression": NaN}', "NaN"),
        ("[]", "one JSON object"),
        ("null", "one JSON object"),
        ("{}", "'expression' is a required property"),
        ('{"expression": 5}', "at expression: 5 is not of type 'string'"),
        ('{"expression": "1", "more": 1}', "'more' was unexpected"),
        ("[" * 100_000, "not valid JSON"),
        ('{"expression": "' + "9" * LONGEST + '"}', "too long"),
    ],
)
def test_the_model_is_told_what_to_mend(calculate: Tool, text: str, hint: str) -> None:
    with pytest.raises(ToolRetry) as error:
        validate(calculate, text)
    assert hint in str(error.value)
    assert "calculate" in str(error.value)
    assert len(str(error.value)) < 1000


def test_a_remote_reference_is_never_fetched(calculate: Tool) -> None:
    # The suite forbids sockets beyond loopback, and port 9 of loopback refuses: fetching would
    # show.
    remote = dataclasses.replace(calculate, schema={"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(ToolFailed, match="refers to what is not in it"):
        validate(remote, "{}")
