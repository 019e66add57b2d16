"""Streams of servers that nobody here wrote, recorded, through the splitter and the translation."""

from pathlib import Path

import pytest

from agents.providers.base import Done, Failed, ProviderEvent, Started, Text, ToolCall, Usage
from agents.providers.responses_events import ResponsesTranslation
from agents.providers.sse import Splitter
from agents.providers.translation import Malformed
from giint.core.secrets import Secret
from tests.services import need_shared

# The examples of OpenAI's documentation leave deltas out, so they are not among these.
TEXTS = [
    "aimock_responses_text",
    "ogx_responses_text",
    "transformers_responses_text",
]
CALLS = [
    "aimock_responses_function_call_1",
    "litellm_responses_function_call_1",
    "ogx_responses_function_call_1",
]


@pytest.fixture
def traces() -> Path:
    return need_shared("openai/traces")


def play(data: bytes, size: int = 0) -> list[ProviderEvent]:
    """The events of a recorded stream, whose HTTP headers may stand before it."""
    if data.startswith(b"HTTP/"):
        data = data.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    splitter, translation = Splitter(), ResponsesTranslation(Secret(""))
    events: list[ProviderEvent] = []
    step = size or len(data)
    for at in range(0, len(data), step):
        for kind, body in splitter.feed(data[at : at + step]):
            if not translation.ended:
                events += translation.feed(kind, body)
    if last := splitter.end():
        events += translation.feed(*last)
    return events


def test_every_recorded_stream_is_understood(traces: Path) -> None:
    paths = sorted(traces.glob("*responses*.sse"))
    assert len(paths) >= 9
    for path in paths:
        events = play(path.read_bytes())
        assert isinstance(events[0], Started), path.name
        assert isinstance(events[-1], Done), path.name
        assert events[-1].items, path.name
        assert events == play(path.read_bytes(), 3), path.name


@pytest.mark.parametrize("name", TEXTS)
def test_recorded_texts(traces: Path, name: str) -> None:
    events = play((traces / f"{name}.sse").read_bytes())
    deltas = [one.delta for one in events if isinstance(one, Text)]
    done = events[-1]
    assert isinstance(done, Done)
    kept = [part["text"] for item in done.items for part in item.get("content", [])]
    assert len(deltas) > 1
    assert "".join(deltas) == "".join(kept)


@pytest.mark.parametrize("name", CALLS)
def test_recorded_calls(traces: Path, name: str) -> None:
    events = play((traces / f"{name}.sse").read_bytes())
    (call,) = [one for one in events if isinstance(one, ToolCall)]
    assert call.name == "get_weather"
    assert "city" in call.arguments
    done = events[-1]
    assert isinstance(done, Done)
    assert [item.get("call_id") for item in done.items if item["type"] == "function_call"] == [
        call.call_id
    ]


def feed(*bodies: bytes) -> list[ProviderEvent]:
    translation = ResponsesTranslation(Secret("sk-alice-0123456789"))
    return [event for body in bodies for event in translation.feed(b"", body)]


def test_the_event_line_stands_in_for_a_missing_type() -> None:
    translation = ResponsesTranslation(Secret(""))
    events = translation.feed(b"response.output_text.delta", b'{"delta": "a"}')
    assert events == [Started(), Text("a")]


@pytest.mark.parametrize(
    "item",
    [
        b'{"type": "function_call", "call_id": "c-1", "name": "f", "arguments": "{}"}',
        b'{"type": "function_call", "id": "c-1", "name": "f", "arguments": {}}',
    ],
)
def test_calls_as_several_servers_write_them(item: bytes) -> None:
    done = b'{"type": "response.output_item.done", "item": ' + item + b"}"
    whole = b'{"type": "response.completed", "response": {"output": [' + item + b"]}}"
    events = feed(done, done, whole)
    assert [one for one in events if isinstance(one, ToolCall)] == [ToolCall("c-1", "f", "{}")]
    assert isinstance(events[-1], Done)
    assert events[-1].items[0]["call_id"] == "c-1"


def test_items_come_in_their_order_whatever_the_order_of_their_ends() -> None:
    def done(index: int, id: str) -> bytes:
        return (
            b'{"type": "response.output_item.done", "output_index": %d, "item": '
            b'{"type": "reasoning", "id": "%s"}}' % (index, id.encode())
        )

    end = b'{"type": "response.completed", "response": {}}'
    events = feed(done(1, "b"), done(0, "a"), end)
    assert isinstance(events[-1], Done)
    assert [item["id"] for item in events[-1].items] == ["a", "b"]
    numbered_zero = feed(done(0, "a"), done(0, "b"), end)
    assert isinstance(numbered_zero[-1], Done)
    assert [item["id"] for item in numbered_zero[-1].items] == ["a", "b"]


def test_usage_may_be_half_empty() -> None:
    usage = b'{"input_tokens": 5, "output_tokens": null, "input_tokens_details": null}'
    events = feed(b'{"type": "response.completed", "response": {"usage": ' + usage + b"}}")
    assert events[1] == Usage({"input": 5, "output": 0, "cached": 0, "reasoning": 0})


def test_completed_says_its_status_and_that_counts() -> None:
    body = b'{"type": "response.completed", "response": {"status": "failed", "error": null}}'
    assert isinstance(feed(body)[-1], Failed)


def test_an_error_without_a_type_is_one() -> None:
    (started, failed) = feed(b'{"error": {"message": "Key sk-alice-0123456789 is bad."}}')
    assert isinstance(started, Started)
    assert failed == Failed("upstream_failed", "Key … is bad", True)


def test_nothing_and_done_are_nothing() -> None:
    assert feed(b"[DONE]") == []
    with pytest.raises(Malformed):
        feed(b"")
