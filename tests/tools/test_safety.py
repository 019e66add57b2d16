"""Which schemas are refused, and that checking with the others is bounded."""

import itertools
import json
import time
from typing import Any

import pytest

from agents.tools import safety
from agents.tools.arguments import validate
from agents.tools.base import Tool, ToolRetry


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def nested(depth: int) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        one = {"type": "object", "properties": {"a": one}}
    return one


def doubling(levels: int) -> dict[str, Any]:
    """Small to write, 2**levels to check."""
    names = [f"d{number}" for number in range(levels)]
    defs: dict[str, Any] = {
        name: {"anyOf": [{"$ref": f"#/$defs/{after}"}] * 2}
        for name, after in itertools.pairwise(names)
    }
    defs[names[-1]] = {"type": "string"}
    return {**schema(a={"$ref": "#/$defs/d0"}), "$defs": defs}


REFUSED: dict[str, tuple[Any, str]] = {
    "no object": ([], '"type": "object"'),
    "a list": ({"type": "array"}, '"type": "object"'),
    "remote": (schema(a={"$ref": "http://127.0.0.1:9/s.json"}), "nothing is fetched"),
    "file": (schema(a={"$ref": "file:///etc/passwd"}), "nothing is fetched"),
    "relative": (schema(a={"$ref": "other.json#/x"}), "nothing is fetched"),
    "dynamic": (schema(a={"$dynamicRef": "#x"}), "dynamicRef' is not a keyword"),
    "own id": ({**schema(), "$id": "http://example.org/s"}, "id' is not a keyword"),
    "vocabulary": ({**schema(), "$schema": "http://example.org/s"}, "schema' is not a keyword"),
    "missing": (schema(a={"$ref": "#/$defs/none"}), "there is no #/.defs/none in the schema"),
    "itself": (schema(a={"$ref": "#"}), "refers to itself"),
    "in turns": (
        {**schema(), "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        "refers to itself",
    ),
    "deep": (nested(40), "nested 16 deep"),
    "very deep": (nested(3000), "too deep"),
    "deep value": (schema(a={"const": json.loads("[" * 60 + "]" * 60)}), "nested too deep"),
    "large": (schema(a={"enum": ["x" * 100] * 400}), "bytes; 32768 are allowed"),
    "many": (schema(a={"enum": list(range(2500))}), "more than 2000 parts"),
    "doubling": (doubling(14), "more than 2000 parts|nested 16 deep"),
    "hanging": (schema(a={"type": "string", "pattern": "(a+)+$"}), "At /properties/a/pattern"),
    "hanging inside": (
        schema(a={"type": "array", "items": {"pattern": r"(\w+\s?)*$"}}),
        "At /properties/a/items/pattern",
    ),
    "names by pattern": ({**schema(), "patternProperties": {"(a+)+$": {}}}, "not a keyword"),
    "unevaluated": ({**schema(), "unevaluatedProperties": False}, "not a keyword"),
    "no schema": (schema(a="string"), "a schema is an object"),
    "no list": (schema(a={"anyOf": {"type": "string"}}), "a list of schemas"),
    "odd type": (schema(a={"type": "text"}), "At /properties/a/type"),
    "odd bound": (schema(a={"maxLength": "long"}), "At /properties/a/maxLength"),
    "zero": (schema(a={"multipleOf": 0}), "At /properties/a/multipleOf"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_and_reason(name: str) -> None:
    given, hint = REFUSED[name]
    begun = time.monotonic()
    with pytest.raises(ValueError, match=hint):
        safety.check_schema(given)
    assert time.monotonic() - begun < 2


def test_what_people_write_is_admitted() -> None:
    safety.check_schema(
        {
            "type": "object",
            "$defs": {"city": {"type": "string", "minLength": 2, "pattern": "^[A-Z]"}},
            "properties": {
                "city": {"$ref": "#/$defs/city", "description": "Where"},
                "kind": {"enum": ["shop", "office"], "default": "shop"},
                "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                "size": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
            },
            "required": ["city"],
            "additionalProperties": False,
        }
    )


# --- checking what a model sends ----------------------------------------------------------------


def tool(given: dict[str, Any]) -> Tool:
    safety.check_schema(given)
    return Tool("mine", "Mine", "Mine", given, print, weight=safety.weight(given))


def refused_within(seconds: float, one: Tool, arguments: Any, hint: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ToolRetry, match=hint):
        validate(one, json.dumps(arguments))
    assert time.monotonic() - begun < seconds


def test_a_text_that_is_too_long_for_its_pattern_is_said_so() -> None:
    one = tool(schema(a={"type": "string", "pattern": "a*a*b"}))
    assert validate(one, '{"a": "aab"}') == {"a": "aab"}
    refused_within(2, one, {"a": "a" * 60_000}, "too long for its pattern: [0-9]+ characters")


def test_many_texts_share_one_budget_of_steps() -> None:
    one = tool(schema(a={"type": "array", "items": {"pattern": "^a*a*a*b$"}}))
    refused_within(5, one, {"a": ["a" * 300] * 200}, "too long for its pattern|does not match")


def test_different_items_are_told_apart_by_one_look_each() -> None:
    one = tool(schema(a={"type": "array", "uniqueItems": True}))
    assert validate(one, '{"a": [{"b": 1}, {"b": 2}]}')
    refused_within(2, one, {"a": [{"b": 1}, {"b": 1}]}, "not all different")
    refused_within(
        5, one, {"a": [{"n": n} for n in range(5_000)] + [{"n": 0}]}, "not all different"
    )


def test_more_than_can_be_checked_is_refused_before_it_is() -> None:
    one = tool(schema(a={"type": "array", "items": {"enum": list(range(1500))}}))
    refused_within(1, one, {"a": list(range(9_000))}, "more than can be checked")
    refused_within(1, one, {"a": "x" * 70_000}, "more than can be checked")


def test_wrong_arguments_say_where() -> None:
    one = tool({**schema(a={"type": "integer"}), "additionalProperties": False})
    refused_within(1, one, {"a": "x"}, "at a: 'x' is not of type 'integer'")
    refused_within(1, one, {"b": 1}, "'b' was unexpected")
