"""What an original says in our words, and how it fits here: nothing is dropped silently."""

from typing import Any

import pytest

from accounts.models import User
from agents.ingest.fitting import Fit
from agents.ingest.mapping import draft_of
from agents.ingest.objects import Found
from agents.ingest.taking import review
from agents.models import Tool
from tests.accounts.conftest import entered
from tests.agents.ingest.dumps import FUNCTION, PROMPT, assistant

SEARCH: dict[str, Any] = {
    "tools": [{"type": "file_search"}],
    "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}},
}


def reviewed(user: User, raw: dict[str, Any], kind: str = "assistant") -> Fit:
    return review(user, Found(kind, raw.get("id", ""), raw))


def notes(fit: Fit) -> dict[str, tuple[str, str]]:
    return {one.about: (one.did, one.says) for one in fit.notes}


def test_an_assistant_is_an_agent_word_for_word(alice: User) -> None:
    raw = assistant(response_format={"type": "json_object"}, reasoning_effort="low")
    assert reviewed(alice, raw).fields == {
        "name": "Support reply",
        "description": "Answers support mail",
        "instructions": "You answer support mail.\n\nBe brief and kind.",
        "model": "gpt-4o",
        "tools": [],
        "parameters": {
            "temperature": 0.2,
            "top_p": 1.0,
            "response_format": {"type": "json_object"},
            "reasoning_effort": "low",
        },
    }


def test_a_schema_of_assistants_is_one_of_responses(alice: User) -> None:
    schema = {"name": "answer", "schema": {"type": "object"}, "strict": True, "description": None}
    raw = assistant(response_format={"type": "json_schema", "json_schema": schema})
    assert reviewed(alice, raw).fields["parameters"]["response_format"] == {
        "type": "json_schema",
        "name": "answer",
        "schema": {"type": "object"},
        "strict": True,
    }


def test_a_prompt_by_hand_is_an_agent(alice: User) -> None:
    fit = reviewed(alice, PROMPT, "prompt")
    assert fit.fields["instructions"] == "Quote {{policy}}."
    assert fit.fields["parameters"] == {
        "reasoning_effort": "low",
        "reasoning_summary": "auto",
        "verbosity": "low",
    }
    said = notes(fit)
    assert said["messages"][0] == "not_taken"
    assert said["variables"][0] == "check"
    assert said["tools.web_search"][0] == "check"


def test_an_agent_of_the_agents_api_is_one_too(alice: User) -> None:
    raw = {
        "id": "agent_1",
        "object": "agent",
        "name": "Researcher",
        "model": "gpt-5",
        "instructions": "Find it.",
        "reasoning": {"effort": "high", "summary": None},
        "text": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        "service_tier": "auto",
        "tools": [{"type": "computer_use", "include_screenshots": True}],
        "multi_agent": {"enabled": True},
        "metadata": {},
    }
    fit = reviewed(alice, raw, "agent")
    assert fit.fields["parameters"] == {
        "reasoning_effort": "high",
        "service_tier": "auto",
        "response_format": {
            "type": "json_schema",
            "name": "answer",
            "schema": {"type": "object"},
        },
    }
    assert notes(fit)["multi_agent"][0] == "not_taken"
    assert "computer_use" in notes(fit)["tools.computer_use"][1]


def test_a_function_is_ours_or_kept_unbound(alice: User) -> None:
    known = {"type": "function", "function": {"name": "calculate", "parameters": {}}}
    fit = reviewed(alice, assistant(tools=[FUNCTION, known]))
    assert fit.fields["tools"] == ["calculate"]
    assert "unbound" in notes(fit)["tools.order_status"][1]
    assert notes(fit)["tools.calculate"][0] == "kept"


def test_a_built_in_is_ours_where_the_account_runs_it(alice: User) -> None:
    raw = assistant(**SEARCH)
    assert "an administrator can make one" in notes(reviewed(alice, raw))["tools.file_search"][1]
    entered(alice, dialect="responses")
    options = {"type": "file_search", "vector_store_ids": ["vs_1", "vs_2"]}
    Tool.objects.create(name="our_files", kind="builtin", options=options)
    fit = reviewed(alice, raw)
    assert fit.fields["tools"] == ["our_files"]
    elsewhere = assistant(**SEARCH) | {
        "tool_resources": {"file_search": {"vector_store_ids": ["vs_3"]}}
    }
    assert reviewed(alice, elsewhere).fields["tools"] == []


def test_a_built_in_that_the_account_has_not_is_marked_and_left_out(alice: User) -> None:
    entered(alice, dialect="chat")
    options = {"type": "file_search", "vector_store_ids": ["vs_1"]}
    Tool.objects.create(name="our_files", kind="builtin", options=options)
    fit = reviewed(alice, assistant(**SEARCH))
    assert fit.fields["tools"] == []
    did, says = notes(fit)["tools.file_search"]
    assert did == "check"
    assert says.startswith("Unsupported by")


def test_a_tool_for_another_group_is_not_had(alice: User) -> None:
    options = {"type": "file_search", "vector_store_ids": ["vs_1"]}
    tool = Tool.objects.create(name="our_files", kind="builtin", options=options, enabled=False)
    fit = reviewed(alice, assistant(**SEARCH))
    assert fit.fields["tools"] == []
    assert "switched off" in notes(fit)["tools.file_search"][1]
    assert tool.name not in fit.fields["tools"]


def test_what_is_too_long_is_said_and_never_cut_out_of_instructions(alice: User) -> None:
    raw = assistant(instructions="x" * 65_537, description="y" * 512, name="z" * 256)
    fit = reviewed(alice, raw)
    assert fit.is_refused
    assert len(fit.fields["instructions"]) == 65_537
    assert len(fit.fields["description"]) == 300
    assert notes(fit)["description"][0] == notes(fit)["name"][0] == "changed"


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": "all of them"},
        {"tools": [7, None, {"type": 3}, {"type": "function"}]},
        {"tool_resources": [], "metadata": "x", "temperature": "hot", "top_p": 7},
        {"response_format": {"type": "xml"}, "reasoning_effort": "much", "reasoning": 3},
        {"name": 7, "model": None, "instructions": {"a": 1}, "description": []},
        {"tool_resources": {"file_search": "x", "code_interpreter": {"file_ids": "y"}}},
        {"messages": ["x", {"role": "system", "content": [None, {"text": 3}]}]},
    ],
)
def test_nonsense_in_a_field_costs_that_field_alone(alice: User, fields: dict[str, Any]) -> None:
    fit = reviewed(alice, assistant(**fields))
    assert fit.fields["name"]
    draft_of("prompt", "", fields)
