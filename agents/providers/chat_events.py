"""From the chunks of a chat completion to our events. Pure: bytes of JSON in, ``ProviderEvent``
values out.

The end is ``[DONE]``; a ``finish_reason`` counts as one where that never comes. Usage follows after
it, in a chunk without choices. Vendor quirks stop here: no or null choices, reasoning under either
of two names, content in parts, errors as an object, a text or a number inside the stream, a whole
answer in one object. Source: Chat Completions API reference, "The chat completion chunk object";
what other servers do differently: their documentation and recorded streams.
"""

from collections.abc import Collection
from typing import Any

from agents.providers import failures
from agents.providers import items as shape
from agents.providers.base import (
    CallPiece,
    Citation,
    Done,
    Failed,
    Item,
    ProviderEvent,
    Reasoning,
    Text,
    ToolCall,
    Usage,
)
from agents.providers.chat_calls import Drafts, made_id
from agents.providers.translation import Data, Malformed, Translation, parse, string, usage
from giint.core.events import UsageRow
from giint.core.secrets import Secret

# Reasons to finish that are failures. Any other is a good end, whatever a server calls it.
_FAILED = {
    "length": ("upstream_incomplete", "max output tokens"),
    "content_filter": ("upstream_filtered", ""),
    "abort": ("upstream_cut", ""),
    "error": ("upstream_failed", ""),
    "insufficient_system_resource": ("upstream_error", "insufficient system resource"),
}
_REASONING = ("reasoning_content", "reasoning")


class ChatTranslation(Translation):
    """One answer as chunks of a chat completion."""

    def __init__(self, key: Secret, taken: Collection[str] = ()) -> None:
        super().__init__(key, taken)
        self._id = ""
        self._finish = ""
        self._usage: list[ProviderEvent] = []
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._calls = Drafts()

    def feed(self, kind: bytes, data: bytes) -> list[ProviderEvent]:
        if data.strip() == b"[DONE]":
            return self._end()
        return self._take("a chunk", parse(data))

    def whole(self, body: Data) -> list[ProviderEvent]:
        events = self._take("the answer", body)
        if self.ended:
            return events
        if not self.complete:
            raise Malformed("an answer without choices")
        return events + self._end()

    def close(self) -> list[ProviderEvent]:
        return self._end() if self.complete else []

    def _remote_id(self, body: Data) -> str:
        return str(body.get("id") or "")[:200]

    def _translate(self, name: str, body: Data) -> list[ProviderEvent]:
        if body.get("error") or body.get("object") == "error":
            return self._failed(body)
        self._id = self._id or self._remote_id(body)
        if isinstance(given := body.get("usage"), dict):
            self._usage = [Usage(_usage(given))]
        events: list[ProviderEvent] = []
        for choice in body.get("choices") or []:
            if choice and not choice.get("index"):  # more than one is never asked for
                events += self._choice(choice)
        return events

    def _choice(self, choice: Data) -> list[ProviderEvent]:
        whole = choice.get("message")
        delta = choice.get("delta") or whole or {}
        events = self._delta(delta)
        if reason := choice.get("finish_reason") or ("stop" if whole else ""):
            self._finish, self.complete = string(reason), True
        return events

    def _delta(self, delta: Data) -> list[ProviderEvent]:
        events: list[ProviderEvent] = []
        if thought := next((delta[name] for name in _REASONING if delta.get(name)), ""):
            events.append(self._think(string(thought)))
        if content := delta.get("content"):
            events += [self._say(content)] if isinstance(content, str) else self._parts(content)
        if refusal := delta.get("refusal"):
            events.append(self._say(string(refusal)))
        if pieces := delta.get("tool_calls"):
            events += [self._piece(piece) for piece in pieces]
        if piece := delta.get("function_call"):  # how the API said it before there were tools
            events.append(self._piece({"index": 0, "function": piece}))
        for note in delta.get("annotations") or []:
            events += _citation(note)
        return events

    def _say(self, text: str) -> ProviderEvent:
        self._text.append(text)
        return Text(text)

    def _think(self, text: str) -> ProviderEvent:
        self._thoughts.append(text)
        return Reasoning(text)

    def _parts(self, content: list[Data]) -> list[ProviderEvent]:
        """Content in parts, thinking among them."""
        events: list[ProviderEvent] = []
        for part in content:
            if part.get("type") == "thinking":
                thinking = part.get("thinking") or []
                texts = [string(one["text"]) for one in thinking if one.get("text")]
                events += [self._think(text) for text in texts]
            elif text := part.get("text"):
                events.append(self._say(string(text)))
        return events

    def _piece(self, piece: Data) -> ProviderEvent:
        length = self._calls.add(piece)
        self._keep_bytes(length + 100)  # an empty piece is kept, too
        return CallPiece(length)

    def _end(self) -> list[ProviderEvent]:
        """The answer is over, one way or the other."""
        self.ended = True
        if self._finish in _FAILED:
            code, detail = _FAILED[self._finish]
            return [*self._usage, failures.failed(code, detail)]
        if not all(draft.name for draft in self._calls.all):
            return [*self._usage, failures.failed("upstream_malformed", "a call without a name")]
        calls = [
            ToolCall(self._fresh(draft.id or made_id()), draft.name, draft.arguments)
            for draft in self._calls.all
        ]
        return [*calls, *self._usage, Done(self._output(calls))]

    def _output(self, calls: list[ToolCall]) -> list[Item]:
        items: list[Item] = []
        if self._thoughts:
            items.append(shape.reasoning("".join(self._thoughts), f"rs_{self._id}"))
        if self._text:
            items.append(shape.message("".join(self._text), f"msg_{self._id}"))
        return items + [shape.function_call(call) for call in calls]

    def _failed(self, body: Data) -> list[ProviderEvent]:
        """An error instead of a chunk, or in one: an object, a text, or the chunk itself."""
        error = body.get("error")
        failed: Failed = failures.of_error(error if isinstance(error, dict) else body, self._key)
        return [*self._usage, failed]


def _usage(given: Data) -> UsageRow:
    return usage(
        given,
        sent="prompt_tokens",
        said="completion_tokens",
        cached=("prompt_tokens_details", "cached_tokens"),
        thought=("completion_tokens_details", "reasoning_tokens"),
    )


def _citation(note: Any) -> list[ProviderEvent]:
    found = note.get("url_citation") if note.get("type") == "url_citation" else None
    if not found:
        return []
    return [Citation(str(found.get("url", "")), str(found.get("title") or ""))]
