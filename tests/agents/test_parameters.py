"""Model parameters and limits: tables, bounds, and the words in which they are sent."""

import re
from dataclasses import fields
from typing import Any

import pytest

from agents import limits, parameters
from agents.providers import responses
from giint.engine.clocks import Limits

SCHEMA = {"type": "json_schema", "name": "answer", "schema": {"type": "object"}, "strict": True}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"temprature": 1}, "no parameter named temprature"),
        ({"temperature": 2.1}, "from 0 to 2"),
        ({"temperature": True}, "a number"),
        ({"top_p": "high"}, "a number"),
        ({"max_output_tokens": 16.5}, "whole number"),
        ({"max_output_tokens": 0}, "from 16 to 1,000,000"),
        ({"reasoning_effort": "extreme"}, "none, minimal, low"),
        ({"parallel_tool_calls": 1}, "true or false"),
        ({"response_format": "xml"}, "json_schema"),
        ({"response_format": {"type": "json_schema", "name": "a"}}, "a name and a schema"),
        ({"response_format": SCHEMA | {"extra": 1}}, "“extra”"),
        ({"response_format": SCHEMA | {"description": "x" * 70_000}}, "65,536"),
        (["temperature"], "object"),
    ],
)
def test_what_is_no_parameter_gets_a_sentence(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parameters.checked(given)


def test_a_dialect_takes_what_its_row_says() -> None:
    assert parameters.checked({"truncation": "auto"}, "responses") == {"truncation": "auto"}
    with pytest.raises(ValueError, match="“chat” does not take truncation"):
        parameters.checked({"truncation": "auto"}, "chat")
    assert parameters.wire({"truncation": "auto", "top_p": 0.5}, "chat") == {"top_p": 0.5}
    assert parameters.wire({"top_p": 0.5}, "offline") == {}


def test_they_are_sent_in_the_words_of_responses() -> None:
    kept = parameters.checked(
        {
            "temperature": 0.2,
            "max_output_tokens": 100.0,
            "reasoning_effort": "low",
            "reasoning_summary": "auto",
            "verbosity": "low",
            "response_format": SCHEMA,
            "top_p": None,
        }
    )
    assert parameters.wire(kept, "responses") == {
        "temperature": 0.2,
        "max_output_tokens": 100,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"verbosity": "low", "format": SCHEMA},
    }


def test_every_row_is_sent_by_the_adapter() -> None:
    """A name that the adapter left out would be set, kept and never sent."""
    for row in parameters.PARAMETERS:
        assert row.path.partition(".")[0] in responses.PARAMETERS


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"speed": 1}, "no limit named speed"),
        ({"first": 0}, "from 1 to 600"),
        ({"steps": 2.5}, "whole number"),
        ({"steps": True}, "whole number"),
        ({"tokens": -1}, "from 1 to"),
        ({"total": "long"}, "a number"),
        ({"total": float("nan")}, "a number"),
        ({"steps": float("inf")}, "whole number"),
        (3, "object"),
    ],
)
def test_what_is_no_limit_gets_a_sentence(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        limits.checked(given)


def test_the_table_of_limits_is_the_engines() -> None:
    rows = {row.name: row for row in limits.LIMITS}
    defaults = Limits()
    assert set(rows) == {field.name for field in fields(Limits)}
    for name, row in rows.items():
        default = getattr(defaults, name)
        assert row.low <= default <= row.high
        assert row.whole == isinstance(default, int)


def test_what_the_table_admits_the_engine_obeys() -> None:
    for row in limits.LIMITS:
        kept = limits.checked({row.name: row.low})
        assert getattr(Limits.of(kept), row.name) == kept[row.name]
