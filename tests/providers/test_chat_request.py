"""The request of a chat completion: parameters under its names, and what is left out for whom."""

from typing import Any

import pytest

from agents.providers.chat_request import body, without
from tests.providers.asking import request, shipped_tools

SCHEMA: dict[str, Any] = {"type": "json_schema", "name": "n", "schema": {}, "strict": True}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"max_output_tokens": 5}, {"max_completion_tokens": 5}),
        ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
        ({"reasoning": None, "text": None}, {}),
        ({"temperature": 0, "top_p": 0.5}, {"temperature": 0, "top_p": 0.5}),
        ({"text": {"format": {"type": "text"}, "verbosity": "low"}}, {"verbosity": "low"}),
        (
            {"text": {"format": {"type": "json_object"}}},
            {"response_format": {"type": "json_object"}},
        ),
        (
            {"text": {"format": SCHEMA}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": {}, "strict": True},
                }
            },
        ),
        ({"truncation": "auto", "background": True, "tool_choice": "none"}, {}),
    ],
)
def test_parameters_have_the_names_of_the_chat_api(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert body(request("Hi", parameters=given)) == {
        "model": "test-model",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream_options": {"include_usage": True},
        **expected,
    }


def test_tools_and_the_choice_among_them() -> None:
    (tool,) = shipped_tools()[:1]
    choice = {"type": "function", "name": "current_time"}
    given = {"tool_choice": choice, "parallel_tool_calls": False}
    sent = body(request("Hi", tools=[tool], parameters=given))
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    assert sent["tools"] == [{"type": "function", "function": function}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "current_time"}}
    assert sent["parallel_tool_calls"] is False
    simple = body(request("Hi", tools=[tool], parameters={"tool_choice": "required"}))
    assert simple["tool_choice"] == "required"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "Unrecognized request argument: stream_options"}, {"stream_options"}),
        ({"param": "max_completion_tokens", "message": "no"}, {"max_completion_tokens"}),
        ([{"loc": ["body", "reasoning_effort"], "msg": "Extra inputs"}], {"reasoning_effort"}),
        ({"message": "max_tokens is too large"}, set()),  # not what was sent
        ({"message": "service_tier"}, set()),
        ({"message": "Input is too long"}, set()),
        (None, set()),
        ("<html>", set()),
    ],
)
def test_what_a_server_refuses_by_name_can_be_left_out(error: Any, expected: set[str]) -> None:
    given = {"max_output_tokens": 5, "reasoning": {"effort": "low"}}
    assert without(body(request("Hi", parameters=given)), error) == expected


def test_what_is_refused_is_said_in_older_words_or_not_at_all() -> None:
    asked = request("Hi", parameters={"max_output_tokens": 5, "reasoning": {"effort": "low"}})
    sent = body(asked, frozenset({"max_completion_tokens", "reasoning_effort", "verbosity"}))
    assert sent["max_tokens"] == 5
    assert "max_completion_tokens" not in sent
    assert "reasoning_effort" not in sent
