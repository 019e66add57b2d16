"""From the events of a Responses stream to ours. Pure: bytes of JSON in, ``ProviderEvent``
values out.

Vendor quirks stop here: no ``event:`` line, no ``sequence_number``, ids with other signs, items
that come only as a whole, ends that come as ``error``. Unknown events are ignored. Source: the
Responses API reference; what other servers do differently was seen in their recorded streams.
"""

import json
import re
from collections.abc import Callable, Collection

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
    ToolProgress,
    Usage,
)
from agents.providers.translation import Data, Translation, parse, string, usage
from giint.core.secrets import Secret

_BUILT_IN = re.compile(r"response\.(\w+_call|mcp_list_tools)\.(\w+)")
_INCOMPLETE = {"content_filter": "upstream_filtered"}


class ResponsesTranslation(Translation):
    """One answer of the Responses API."""

    def __init__(self, key: Secret, taken: Collection[str] = ()) -> None:
        super().__init__(key, taken)
        self._items: dict[int, Item] = {}
        self._said = False  # text of the message item that is open
        self._called: set[str] = set()

    def feed(self, kind: bytes, data: bytes) -> list[ProviderEvent]:
        if data == b"[DONE]":
            return []
        body = parse(data)
        name = body.get("type")
        # Nearly every event is one of these: the short way, for what the long way would give too.
        usual = name == "response.output_text.delta" and self._started
        if usual and type(delta := body.get("delta")) is str:
            self._said = True
            return [Text(delta)]
        name = name or kind.decode(errors="replace")
        if not name and "error" in body:
            name = "error"
        if name == "response.output_item.done":
            self._keep_bytes(len(data))
        return self._take(str(name), body)

    def whole(self, body: Data) -> list[ProviderEvent]:
        return self._take("response.completed", {"response": body})

    @property
    def items(self) -> list[Item]:
        return [self._items[index] for index in sorted(self._items)]

    def _translate(self, name: str, body: Data) -> list[ProviderEvent]:
        if handler := _HANDLERS.get(name):
            return handler(self, body)
        if found := _BUILT_IN.fullmatch(name):
            name = found[1].removesuffix("_call")
            return [ToolProgress(str(body.get("item_id", "")), name, found[2])]
        return []

    def _remote_id(self, body: Data) -> str:
        response = body.get("response")
        return str(response.get("id") or "")[:200] if isinstance(response, dict) else ""

    def _text(self, body: Data) -> list[ProviderEvent]:
        self._said = True
        return [Text(string(body["delta"]))]

    def _reasoning(self, body: Data) -> list[ProviderEvent]:
        return [Reasoning(string(body["delta"]))]

    def _reasoning_part(self, body: Data) -> list[ProviderEvent]:
        return [Reasoning("\n\n")] if body.get("summary_index") else []

    def _arguments(self, body: Data) -> list[ProviderEvent]:
        return [CallPiece(len(string(body["delta"])))]

    def _annotation(self, body: Data) -> list[ProviderEvent]:
        found = body.get("annotation") or {}
        if found.get("type") != "url_citation":
            return []
        return [Citation(str(found.get("url", "")), str(found.get("title") or ""))]

    def _item_added(self, body: Data) -> list[ProviderEvent]:
        if body["item"].get("type") == "message":
            self._said = False
        return []

    def _item_done(self, body: Data) -> list[ProviderEvent]:
        index = body.get("output_index")
        return self._keep(len(self._items) if index is None else int(index), body["item"])

    def _keep(self, index: int, item: Item) -> list[ProviderEvent]:
        """A finished item: kept, and said where no delta has said it."""
        if index in self._items and self._items[index].get("id") != item.get("id"):
            index = max(self._items) + 1  # servers that number every item 0
        self._items[index] = item
        match item.get("type"):
            case "function_call":
                return self._call(item)
            case "message":
                said, self._said = self._said, False
                text = shape.text_of(item)
                return [Text(text)] if text and not said else []
        return []

    def _call(self, item: Item) -> list[ProviderEvent]:
        call_id = string(item.get("call_id") or item.get("id"))
        if not call_id or call_id in self._called:
            return []
        self._called.add(call_id)
        call_id = item["call_id"] = self._fresh(call_id)  # its output must name it
        arguments = item.get("arguments", "")
        if not isinstance(arguments, str):  # some servers send the object itself
            arguments = item["arguments"] = json.dumps(arguments)
        return [ToolCall(call_id, string(item["name"]), arguments)]

    def _completed(self, body: Data) -> list[ProviderEvent]:
        response = body["response"]
        if response.get("status") in ("failed", "incomplete"):
            return self._failed(body) if response["status"] == "failed" else self._incomplete(body)
        events: list[ProviderEvent] = []
        if not self._items:
            for index, item in enumerate(response.get("output") or []):
                events += self._keep(index, item)
        return [*events, *_usage(response), Done(self.items)]

    def _incomplete(self, body: Data) -> list[ProviderEvent]:
        response = body.get("response") or {}
        reason = str((response.get("incomplete_details") or {}).get("reason") or "")
        detail = reason.replace("_", " ")[:60]
        code = _INCOMPLETE.get(reason, "upstream_incomplete")
        return [*_usage(response), self._end(failures.failed(code, detail))]

    def _failed(self, body: Data) -> list[ProviderEvent]:
        response = body.get("response") or {}
        error = response.get("error") or {}
        return [*_usage(response), self._end(failures.of_error(error, self._key))]

    def _error(self, body: Data) -> list[ProviderEvent]:
        error = body.get("error")
        return [self._end(failures.of_error(error if isinstance(error, dict) else body, self._key))]

    def _end(self, failed: Failed) -> Failed:
        """The failure, with the items that were finished before it."""
        return Failed(failed.code, failed.detail, failed.again, failed.after, self.items)


_HANDLERS: dict[str, Callable[[ResponsesTranslation, Data], list[ProviderEvent]]] = {
    "response.output_text.delta": ResponsesTranslation._text,
    "response.refusal.delta": ResponsesTranslation._text,
    "response.reasoning_summary_text.delta": ResponsesTranslation._reasoning,
    "response.reasoning_text.delta": ResponsesTranslation._reasoning,
    "response.reasoning_summary_part.added": ResponsesTranslation._reasoning_part,
    "response.function_call_arguments.delta": ResponsesTranslation._arguments,
    "response.output_text.annotation.added": ResponsesTranslation._annotation,
    "response.output_item.added": ResponsesTranslation._item_added,
    "response.output_item.done": ResponsesTranslation._item_done,
    "response.completed": ResponsesTranslation._completed,
    "response.incomplete": ResponsesTranslation._incomplete,
    "response.failed": ResponsesTranslation._failed,
    "response.cancelled": ResponsesTranslation._failed,
    "error": ResponsesTranslation._error,
    "response.error": ResponsesTranslation._error,
}


def _usage(response: Data) -> list[ProviderEvent]:
    given = response.get("usage")
    if not isinstance(given, dict):
        return []
    row = usage(
        given,
        sent="input_tokens",
        said="output_tokens",
        cached=("input_tokens_details", "cached_tokens"),
        thought=("output_tokens_details", "reasoning_tokens"),
    )
    return [Usage(row)]
