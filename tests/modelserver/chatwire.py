"""Replies in the words of chat completions, each valid by OpenAI's published schemas."""

import json
import time
from typing import Any

from tests.modelserver.script import Event, Reply

USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0},
}


def chunk(*choices: Any, **more: Any) -> Event:
    """One chunk of the stream."""
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": "test-model",
        "choices": list(choices),
        **more,
    }


def delta(finish: str | None = None, **said: Any) -> Event:
    """A chunk with one choice."""
    return chunk({"index": 0, "delta": said, "logprobs": None, "finish_reason": finish})


def stream(*chunks: Event, finish: str = "stop", usage: bool = True) -> Reply:
    """A whole stream: its role, these chunks, its end, its usage."""
    events = [delta(role="assistant", content=""), *chunks, delta(finish)]
    events += [chunk(usage=USAGE)] if usage else []
    return Reply(events).but(done=True)


def reasoning(*pieces: str) -> list[Event]:
    return [delta(reasoning_content=piece) for piece in pieces]


def message(*pieces: str) -> list[Event]:
    return [delta(content=piece) for piece in pieces]


def call(
    name: str, arguments: dict[str, Any], call_id: str = "call_1", index: int = 0
) -> list[Event]:
    """A function call: its head, then its arguments in two pieces."""
    text = json.dumps(arguments, ensure_ascii=False)
    half = len(text) // 2
    head: Event = {"id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    pieces: list[Event] = [{"function": {"arguments": part}} for part in (text[:half], text[half:])]
    return [delta(tool_calls=[{"index": index} | piece]) for piece in [head, *pieces]]


def text(*pieces: str) -> Reply:
    """A whole answer of one message."""
    return stream(*message(*pieces))


def calls(*wanted: tuple[str, dict[str, Any]], first: int = 1) -> Reply:
    """A whole answer that calls these tools: ``call_1``, ``call_2``…"""
    made = [
        call(name, given, f"call_{index + first}", index)
        for index, (name, given) in enumerate(wanted)
    ]
    return stream(*(event for events in made for event in events), finish="tool_calls")


def failed(code: str, sentence: str, *pieces: str) -> Reply:
    """An answer that fails after these pieces."""
    error = {"code": code, "message": sentence, "type": "server_error", "param": None}
    return Reply([delta(role="assistant", content=""), *message(*pieces), {"error": error}])


def completion(message: dict[str, Any], finish: str = "stop") -> dict[str, Any]:
    """A whole answer as one object, from a server that does not stream."""
    said = {"role": "assistant", "content": None, "refusal": None} | message
    choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": finish}
    return chunk(choice, object="chat.completion", usage=USAGE)
