"""Chunks of chat completions to events: recorded streams, and every quirk in a few literals."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.providers import items as shape
from agents.providers.base import (
    CallPiece,
    Citation,
    Done,
    Failed,
    ProviderEvent,
    Reasoning,
    Started,
    Text,
    ToolCall,
    Usage,
)
from agents.providers.chat_events import ChatTranslation
from agents.providers.sse import Splitter
from agents.providers.translation import Malformed
from giint.core.secrets import Secret
from tests.modelserver.chatwire import chunk, completion, delta
from tests.services import need_shared

KEY = "sk-alice-0123456789"


def heard(*chunks: Any, taken: set[str] | None = None, close: bool = True) -> list[ProviderEvent]:
    """What these chunks mean; ``None`` is the last line."""
    translation = ChatTranslation(Secret(KEY), taken or set())
    events: list[ProviderEvent] = []
    for one in chunks:
        events += translation.feed(b"", b"[DONE]" if one is None else orjson.dumps(one))
        if translation.ended:
            return events
    return events + (translation.close() if close else [])


def calls(*chunks: Any, **more: Any) -> list[ToolCall]:
    events = heard(*chunks, delta("tool_calls"), None, **more)
    assert isinstance(events[-1], Done), events[-1]
    return [one for one in events if isinstance(one, ToolCall)]


# --- recorded streams


@pytest.fixture
def traces() -> Path:
    return need_shared("openai/traces")


def play(data: bytes, size: int = 0) -> list[ProviderEvent]:
    data = data.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    splitter, translation = Splitter(), ChatTranslation(Secret(""))
    events: list[ProviderEvent] = []
    step = size or len(data)
    for at in range(0, len(data), step):
        for kind, body in splitter.feed(data[at : at + step]):
            if not translation.ended:
                events += translation.feed(kind, body)
    return events


TEXT = "Hello from the offline peer. This answer is streamed in small chunks."
THOUGHT = "The user greets me; greet back."


@pytest.mark.parametrize("size", [0, 1, 3, 7])
def test_a_recorded_text(traces: Path, size: int) -> None:
    events = play((traces / "aimock_chat_text.sse").read_bytes(), size)
    assert events[0] == Started("chatcmpl-XKJkP5Z6jR34VeGg")
    assert "".join(one.delta for one in events if isinstance(one, Text)) == TEXT
    assert "".join(one.delta for one in events if isinstance(one, Reasoning)) == THOUGHT
    assert events[-2] == Usage({"input": 2, "output": 18, "cached": 0, "reasoning": 0})
    id = "chatcmpl-XKJkP5Z6jR34VeGg"
    items = [shape.reasoning(THOUGHT, f"rs_{id}"), shape.message(TEXT, f"msg_{id}")]
    assert events[-1] == Done(items)


@pytest.mark.parametrize("size", [0, 1, 3, 7])
def test_a_recorded_call(traces: Path, size: int) -> None:
    events = play((traces / "aimock_chat_tool.sse").read_bytes(), size)
    call = ToolCall("call_weather_1", "get_weather", '{"city":"Paris"}')
    assert [one for one in events if isinstance(one, ToolCall)] == [call]
    assert events[-1] == Done([shape.function_call(call)])


# --- ends

HI = delta(content="Hi")


@pytest.mark.parametrize(
    "chunks",
    [
        (HI, delta("stop"), None),
        (HI, delta("stop")),  # no last line
        (HI, None),  # no reason
        (delta("stop", content="Hi"),),
        (HI, delta(""), delta("eos")),  # a word of its own
        (HI, delta("stop"), chunk(usage={"prompt_tokens": 1}), None),
        (HI, chunk(choices=None), {"id": "x"}, delta("stop")),
        (HI, chunk({"index": 1, "delta": {"content": "other"}}), delta("stop")),
        (HI, chunk({"index": 0, "delta": None, "finish_reason": "stop"})),
        (HI, chunk(None), delta("stop")),
    ],
)
def test_good_ends(chunks: Any) -> None:
    events = heard(*chunks)
    assert [one.delta for one in events if isinstance(one, Text)] == ["Hi"]
    done = events[-1]
    assert isinstance(done, Done)
    assert shape.text_of(done.items[0]) == "Hi"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("length", Failed("upstream_incomplete", "max output tokens", True)),
        ("content_filter", Failed("upstream_filtered")),
        ("abort", Failed("upstream_cut", "", True)),
        ("error", Failed("upstream_failed", "", True)),
    ],
)
def test_ends_that_are_failures(reason: str, expected: Failed) -> None:
    call = delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}])
    events = heard(HI, call, delta(reason), None)
    assert events[-1] == expected
    assert not [one for one in events if isinstance(one, ToolCall)]


def test_without_an_end_there_is_none() -> None:
    assert not isinstance(heard(HI)[-1], Done)
    assert heard(HI)[-1] == Text("Hi")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"error": {"code": 429, "message": f"Key {KEY}"}}, "upstream_rate_limited"),
        ({"error": {"code": 502, "message": "Provider returned error"}}, "upstream_error"),
        ({"error": {"code": "server_error", "message": "x"}}, "upstream_error"),
        ({"error": {"code": 402, "message": "x"}}, "upstream_quota"),
        ({"error": "it broke"}, "upstream_failed"),
        ({"object": "error", "message": "x", "code": 400}, "upstream_rejected"),
        (chunk(HI["choices"][0], error={"code": 503, "message": "x"}), "upstream_error"),
    ],
)
def test_errors_inside_the_stream(error: Any, expected: str) -> None:
    events = heard(HI, error)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.code == expected
    assert KEY not in failed.detail


def test_an_error_says_what_the_server_said() -> None:
    assert heard({"error": "it broke"})[-1] == Failed("upstream_failed", "it broke", True)


# --- what is said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"content": "a"}, [Text("a")]),
        ({"content": ""}, []),
        ({"content": None, "role": "assistant"}, []),
        ({"reasoning_content": "hm", "content": None}, [Reasoning("hm")]),
        ({"reasoning": "hm"}, [Reasoning("hm")]),
        ({"reasoning": "hm", "reasoning_content": "hm"}, [Reasoning("hm")]),
        ({"reasoning_content": None, "reasoning": None, "content": "a"}, [Text("a")]),
        ({"reasoning_content": "hm", "content": "a"}, [Reasoning("hm"), Text("a")]),
        ({"refusal": "No."}, [Text("No.")]),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "a"},
                ]
            },
            [Reasoning("hm"), Text("a")],
        ),
        (
            {
                "annotations": [
                    {"type": "url_citation", "url_citation": {"url": "https://a/", "title": "A"}},
                    {"type": "file_citation"},
                ]
            },
            [Citation("https://a/", "A")],
        ),
        ({"unheard_of": {"a": [1]}}, []),
    ],
)
def test_what_a_delta_says(said: Any, expected: list[ProviderEvent]) -> None:
    assert heard(delta(**said)) == [Started("chatcmpl-test"), *expected]


@pytest.mark.parametrize(
    "wrong",
    [
        delta(content=5),
        delta(reasoning="x", content={"a": 1}),
        delta(tool_calls=5),
        delta(tool_calls=["x"]),
        delta(tool_calls=[{"index": 0, "function": "x"}]),
        delta(tool_calls=[{"index": 0, "id": 5, "function": {"name": "f"}}]),
        chunk("x"),
        chunk(choices=7),
        chunk({"index": 0, "delta": "x"}),
        chunk(usage={"prompt_tokens": "many"}),
        chunk({"index": 0, "delta": {}, "finish_reason": {"a": 1}}),
    ],
)
def test_what_is_not_the_protocol(wrong: Any) -> None:
    with pytest.raises(Malformed, match="a field of a chunk is missing or of another type"):
        heard(HI, wrong)


def test_usage_is_the_last_that_was_told() -> None:
    counts = {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": None,
    }
    events = heard(HI, chunk(usage={"prompt_tokens": 1}), delta("stop"), chunk(usage=counts), None)
    used = [one for one in events if isinstance(one, Usage)]
    assert used == [Usage({"input": 5, "output": 3, "cached": 2, "reasoning": 0})]


# --- calls


def piece(arguments: Any = "", *, index: int | None = 0, id: Any = None, name: Any = None) -> Any:
    made: dict[str, Any] = {"function": {"arguments": arguments}, "type": "function"}
    made |= {} if index is None else {"index": index}
    made |= {} if id is None else {"id": id}
    if name is not None:
        made["function"]["name"] = name
    return made


def sent(*pieces: Any) -> Any:
    return delta(tool_calls=list(pieces))


A, B = ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y":2}')
CALLS: dict[str, tuple[list[Any], list[ToolCall]]] = {
    "pieces by index": (
        [
            sent(piece("", index=0, id="a", name="f")),
            sent(piece('{"x"', index=0)),
            sent(piece("", index=1, id="b", name="g"), piece(":1}", index=0)),
            sent(piece('{"y":2}', index=1)),
        ],
        [A, B],
    ),
    "whole calls at once": (
        [sent(piece('{"x":1}', id="a", name="f"), piece('{"y":2}', index=1, id="b", name="g"))],
        [A, B],
    ),
    "whole calls, all numbered 0": (
        [sent(piece('{"x":1}', id="a", name="f")), sent(piece('{"y":2}', id="b", name="g"))],
        [A, B],
    ),
    "no index": (
        [
            sent(piece('{"x"', index=None, id="a", name="f")),
            sent(piece(":1}", index=None)),
            sent(piece('{"y":2}', index=None, id="b", name="g")),
        ],
        [A, B],
    ),
    "id and name with every piece": (
        [
            sent(piece('{"x"', id="a", name="f")),
            sent(piece(":1}", id="a", name="f")),
            sent(piece("", id="a", name="f")),
        ],
        [A],
    ),
    "empty id and name with later pieces": (
        [
            sent(piece('{"x"', id="a", name="f")),
            sent(piece(":1}", id="", name="")),
            sent(piece("", id="", name="f")),
        ],
        [A],
    ),
    "arguments as an object": ([sent(piece({"x": 1}, id="a", name="f"))], [
        ToolCall("a", "f", '{"x": 1}')
    ]),
    "no arguments": (
        [sent(piece("", id="a", name="f"), piece(None, index=1, id="b", name="g"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")],
    ),
    "arguments that are no JSON are the tool's to refuse": (
        [sent(piece('{"x":', id="a", name="f"))],
        [ToolCall("a", "f", '{"x":')],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_calls_are_put_together(name: str) -> None:
    chunks, expected = CALLS[name]
    assert calls(*chunks) == expected
    done = heard(*chunks, delta("stop"), None)[-1]  # some say stop all the same
    assert done == Done([shape.function_call(call) for call in expected])


def test_calls_without_ids_get_ids_of_ours() -> None:
    first, second = calls(sent(piece("{}", name="f"), piece("{}", index=1, name="f")))
    assert first.call_id.startswith("call_")
    assert first.call_id != second.call_id


def test_two_whole_calls_without_ids_and_both_numbered_0() -> None:
    chunks = [sent(piece('{"x":1}', name="f")), sent(piece('{"x":2}', name="f"))]
    assert [call.arguments for call in calls(*chunks)] == ['{"x":1}', '{"x":2}']


def test_an_id_that_the_conversation_has_already_is_told_apart() -> None:
    chunks = [sent(piece('{"x":1}', id="a", name="f"), piece("{}", index=1, id="b", name="g"))]
    made = calls(*chunks, taken={"a", "a.2"})
    assert [call.call_id for call in made] == ["a.3", "b"]


def test_the_older_way_to_call() -> None:
    chunks = [
        delta(function_call={"name": "f", "arguments": ""}),
        delta(function_call={"arguments": '{"x":1}'}),
    ]
    (call,) = calls(*chunks)
    assert (call.name, call.arguments) == ("f", '{"x":1}')


def test_a_call_without_a_name_is_none() -> None:
    failed = heard(sent(piece("{}", id="a")), delta("tool_calls"), None)[-1]
    assert failed == Failed("upstream_malformed", "a call without a name", True)


def test_writing_arguments_is_a_sign_of_life() -> None:
    events = heard(sent(piece("12345", id="a", name="f")))
    assert events[-1] == CallPiece(5)


# --- whole answers


def test_a_whole_answer_in_one_object() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
    message = {"content": "Whole.", "reasoning_content": "Hm.", "tool_calls": [call]}
    events = ChatTranslation(Secret("")).whole(completion(message, "tool_calls"))
    assert [type(one) for one in events] == [
        Started,
        Reasoning,
        Text,
        CallPiece,
        ToolCall,
        Usage,
        Done,
    ]
    assert A in events


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"detail": "no"}])
def test_an_object_that_is_no_answer(body: Any) -> None:
    with pytest.raises(Malformed, match="an answer without choices"):
        ChatTranslation(Secret("")).whole(body)
