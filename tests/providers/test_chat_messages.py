"""Our items as the messages of a chat completion, in literals."""

from typing import Any

import pytest

from agents.providers import items as shape
from agents.providers.base import Item, ToolCall
from agents.providers.chat_messages import messages
from tests.providers.asking import output, user

A = ToolCall("call_a", "calculate", '{"expression":"1+1"}')
B = ToolCall("call_b", "current_time", "")
CALL_A: dict[str, Any] = {
    "id": "call_a",
    "type": "function",
    "function": {"name": "calculate", "arguments": '{"expression":"1+1"}'},
}
CALL_B: dict[str, Any] = {
    "id": "call_b",
    "type": "function",
    "function": {"name": "current_time", "arguments": "{}"},
}


def said(role: str, content: str | None, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def result(call_id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


CASES: dict[str, tuple[list[Item], list[dict[str, Any]]]] = {
    "a question": ([user("Hi")], [said("user", "Hi")]),
    "a conversation": (
        [user("Hi"), shape.message("Hello.", "msg_1"), user("Bye")],
        [said("user", "Hi"), said("assistant", "Hello."), said("user", "Bye")],
    ),
    "two in a row of one person": (
        [user("Hi"), user("Still there?")],
        [said("user", "Hi\n\nStill there?")],
    ),
    "text, then two calls, then their outputs": (
        [
            user("Hi"),
            shape.reasoning("Hm.", "rs_1"),
            shape.message("Let me see.", "msg_1"),
            shape.function_call(A),
            shape.function_call(B),
            output({"call_id": "call_a"}, "2"),
            output({"call_id": "call_b"}, "noon"),
            shape.message("2, at noon.", "msg_2"),
        ],
        [
            said("user", "Hi"),
            said("assistant", "Let me see.", tool_calls=[CALL_A, CALL_B]),
            result("call_a", "2"),
            result("call_b", "noon"),
            said("assistant", "2, at noon."),
        ],
    ),
    "calls without text, in two rounds": (
        [
            shape.function_call(A),
            output({"call_id": "call_a"}, "2"),
            shape.function_call(B),
            output({"call_id": "call_b"}, "noon"),
        ],
        [
            said("assistant", None, tool_calls=[CALL_A]),
            result("call_a", "2"),
            said("assistant", None, tool_calls=[CALL_B]),
            result("call_b", "noon"),
        ],
    ),
    "text in parts, a refusal, a plain text, nothing": (
        [
            {"role": "user", "content": "plain"},
            {
                "type": "message",
                "role": "assistant",
                "content": [
                    {"type": "output_text", "text": "a"},
                    {"type": "output_text", "text": "b"},
                    {"type": "refusal", "refusal": " No."},
                ],
            },
            {"type": "message", "role": "user", "content": None},
        ],
        [said("user", "plain"), said("assistant", "ab No."), said("user", "")],
    ),
    "outputs that are no text": (
        [
            {"type": "function_call_output", "call_id": "c", "output": {"a": "ü"}},
            {
                "type": "function_call_output",
                "call_id": "d",
                "output": [{"type": "input_text", "text": "x"}],
            },
        ],
        [result("c", '{"a": "ü"}'), result("d", "x")],
    ),
    "a developer's word": (
        [{"type": "message", "role": "developer", "content": "Be kind."}],
        [said("system", "Be kind.")],
    ),
    "what only the other dialect has": (
        [user("Hi"), {"type": "web_search_call", "id": "ws_1", "status": "completed"}],
        [said("user", "Hi")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_items_as_messages(name: str) -> None:
    items, expected = CASES[name]
    assert messages("", items) == expected


def test_instructions_are_the_first_message_and_are_not_joined() -> None:
    system = {"type": "message", "role": "system", "content": "Also this."}
    assert messages("Be brief.", [system, user("Hi")]) == [
        said("system", "Be brief."),
        said("system", "Also this."),
        said("user", "Hi"),
    ]


def test_the_items_are_left_as_they_are() -> None:
    items = [user("Hi"), user("Ho"), shape.message("Yes.", "msg_1"), shape.function_call(A)]
    before = repr(items)
    messages("x", items)
    assert repr(items) == before
