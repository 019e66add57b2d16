"""From the events of a run to ours. Pure: bytes of JSON in, ``ProviderEvent`` values out.

A run goes on over several of our model calls: each time it waits for tool outputs, one of them is
whole. Usage comes once, with its end, and counts all of it. Quirks that stop here: no ``event:``
line (the object and its status say the same), messages that come only as a whole, calls without
arguments. Unknown events are ignored. Source: OpenAI's specification of 2026-08-21,
``AssistantStreamEvent``.
"""

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
    Text,
    ToolCall,
    ToolProgress,
    Usage,
)
from agents.providers.translation import Data, Malformed, Translation, parse, string, usage
from giint.core.secrets import Secret

_RUN, _STEP, _MESSAGE = "thread.run", "thread.run.step", "thread.message"
ENDED = ("completed", "failed", "cancelled", "expired", "incomplete")
_INCOMPLETE = {"content_filter": "upstream_filtered"}
_PROGRESS = {"code_interpreter": "interpreting", "file_search": "searching"}


class AssistantsTranslation(Translation):
    """One stretch of a run. ``thread``, ``run``: where it is. ``over``: the run has ended there.
    ``renamed``: our id of a call → its id there, where they differ.
    """

    def __init__(self, key: Secret, taken: Collection[str] = ()) -> None:
        super().__init__(key, taken)
        self.thread = ""
        self.run = ""
        self.over = False
        self.renamed: dict[str, str] = {}
        self._items: list[Item] = []
        self._said: set[str] = set()  # messages of which something was said
        self._whole: set[str] = set()  # and those that are whole
        self._running: dict[tuple[str, int], str] = {}  # step and index → the provider's own call

    @property
    def items(self) -> list[Item]:
        return list(self._items)

    def feed(self, kind: bytes, data: bytes) -> list[ProviderEvent]:
        if data.strip() == b"[DONE]":
            return []
        body = parse(data)
        name = kind.decode(errors="replace") or _name(body)
        if name.endswith((".completed", ".requires_action")):
            self._keep_bytes(len(data))
        return self._take(name, body)

    def whole(self, body: Data) -> list[ProviderEvent]:
        raise Malformed("a run that is not streamed")

    def caught_up(self, run: Data, steps: list[Data], messages: list[Data]) -> list[ProviderEvent]:
        """The stretch as it is read afterwards: its steps, oldest first. Raises Malformed."""
        ends = ("completed", "incomplete") if run.get("status") == "incomplete" else ("completed",)
        texts = {row["id"]: row for row in messages if row.get("status") in ends}
        events = self._take("thread.run.in_progress", run)
        for step in steps:
            made = step.get("step_details", {}).get("message_creation") or {}
            if (message := texts.get(made.get("message_id"))) is not None:
                events += self._take(f"{_MESSAGE}.completed", message)
            elif step.get("status") == "completed":
                events += self._take(f"{_STEP}.completed", step)
        return events + self._take(_name(run), run)

    def _remote_id(self, body: Data) -> str:
        return f"{self.thread}/{self.run}" if self.run else ""

    def _take(self, name: str, body: Data) -> list[ProviderEvent]:
        """Which run it is, is known before anything is said of it."""
        run = body.get("id") if body.get("object") == _RUN else body.get("run_id")
        self.run = self.run or str(run or "")[:80]
        self.thread = self.thread or str(body.get("thread_id") or "")[:80]
        return super()._take(name, body)

    def _translate(self, name: str, body: Data) -> list[ProviderEvent]:
        handler = _HANDLERS.get(name)
        return handler(self, body) if handler else []

    # --- messages ---------------------------------------------------------------------------------

    def _message_delta(self, body: Data) -> list[ProviderEvent]:
        self._said.add(str(body.get("id")))
        events: list[ProviderEvent] = []
        for part in body["delta"].get("content") or []:
            events += _part(part)
        return events

    def _message_completed(self, body: Data) -> list[ProviderEvent]:
        id = str(body.get("id"))
        if id in self._whole:
            return []
        self._whole.add(id)
        events = [event for part in body["content"] for event in _part(part)]
        text = "".join(event.delta for event in events if isinstance(event, Text))
        if text:
            self._items.append(shape.message(text, id))
        return [] if id in self._said else events

    # --- steps ------------------------------------------------------------------------------------

    def _step_delta(self, body: Data) -> list[ProviderEvent]:
        details = body["delta"].get("step_details") or {}
        events: list[ProviderEvent] = []
        for call in details.get("tool_calls") or []:
            if call["type"] == "function":
                arguments = call.get("function", {}).get("arguments")
                events.append(CallPiece(len(arguments or "")))
            else:
                events.append(self._ran(str(body.get("id")), call))
        return events

    def _ran(self, step: str, call: Data) -> ProviderEvent:
        """A tool of the provider's own: its id comes with its first piece alone."""
        place = (step, int(call.get("index") or 0))
        id = self._running.setdefault(place, str(call.get("id") or f"{step}.{place[1]}"))
        kind = string(call["type"])
        return ToolProgress(id, kind, _PROGRESS.get(kind, "in_progress"))

    def _step_completed(self, body: Data) -> list[ProviderEvent]:
        events: list[ProviderEvent] = []
        for call in body["step_details"].get("tool_calls") or []:
            if call["type"] != "function":
                self._items.append(_ran_item(call))
                events.append(ToolProgress(str(call.get("id")), call["type"], "completed"))
        return events

    # --- the run ----------------------------------------------------------------------------------

    def _requires_action(self, body: Data) -> list[ProviderEvent]:
        calls: list[ProviderEvent] = []
        for wanted in body["required_action"]["submit_tool_outputs"]["tool_calls"]:
            function, theirs = wanted["function"], string(wanted["id"])
            ours = self._fresh(theirs)
            if ours != theirs:
                self.renamed[ours] = theirs
            arguments = string(function.get("arguments") or "{}")
            call = ToolCall(ours, string(function["name"]), arguments)
            self._items.append(shape.function_call(call))
            calls.append(call)
        return [*calls, Done(self.items)]

    def _completed(self, body: Data) -> list[ProviderEvent]:
        self.over = True
        return [*_usage(body), Done(self.items)]

    def _failed(self, body: Data) -> list[ProviderEvent]:
        self.over = True
        error = body.get("last_error") or {}
        return [*_usage(body), self._end(failures.of_error(error, self._key))]

    def _expired(self, body: Data) -> list[ProviderEvent]:
        self.over = True
        failed = failures.failed("upstream_failed", "the run took longer than that server allows")
        return [*_usage(body), self._end(failed)]

    def _cancelled(self, body: Data) -> list[ProviderEvent]:
        self.over = True
        failed = failures.failed("upstream_cut", "the run was cancelled there")
        return [*_usage(body), self._end(failed)]

    def _incomplete(self, body: Data) -> list[ProviderEvent]:
        self.over = True
        reason = str((body.get("incomplete_details") or {}).get("reason") or "")
        code = _INCOMPLETE.get(reason, "upstream_incomplete")
        failed = failures.failed(code, reason.replace("_", " ")[:60])
        return [*_usage(body), self._end(failed)]

    def _error(self, body: Data) -> list[ProviderEvent]:
        error = body.get("error")
        return [self._end(failures.of_error(error if isinstance(error, dict) else body, self._key))]

    def _end(self, failed: Failed) -> Failed:
        """The failure, with the items that were finished before it."""
        return Failed(failed.code, failed.detail, failed.again, failed.after, self.items)


_HANDLERS: dict[str, Callable[[AssistantsTranslation, Data], list[ProviderEvent]]] = {
    "thread.message.delta": AssistantsTranslation._message_delta,
    "thread.message.completed": AssistantsTranslation._message_completed,
    "thread.run.step.delta": AssistantsTranslation._step_delta,
    "thread.run.step.completed": AssistantsTranslation._step_completed,
    "thread.run.requires_action": AssistantsTranslation._requires_action,
    "thread.run.completed": AssistantsTranslation._completed,
    "thread.run.failed": AssistantsTranslation._failed,
    "thread.run.expired": AssistantsTranslation._expired,
    "thread.run.cancelled": AssistantsTranslation._cancelled,
    "thread.run.incomplete": AssistantsTranslation._incomplete,
    "error": AssistantsTranslation._error,
}


def _name(body: Data) -> str:
    """The event that an object is of, where no line says it."""
    kind = str(body.get("object") or "")
    if kind in (_RUN, _STEP, _MESSAGE):
        return f"{kind}.{body.get('status')}"
    return kind or ("error" if "error" in body else "")


def _part(part: Data) -> list[ProviderEvent]:
    """A piece of a message's content, or the whole of it."""
    match part.get("type"):
        case "text":
            text = part.get("text") or {}
            notes = [one for one in map(_citation, text.get("annotations") or []) if one]
            value = string(text.get("value") or "")
            return [*([Text(value)] if value else []), *notes]
        case "refusal":
            return [Text(string(part.get("refusal") or ""))]
        case "image_file":
            return [Text(f"[picture {part['image_file'].get('file_id', '')}]")]
        case "image_url":
            return [Text(f"[picture {part['image_url'].get('url', '')}]")]
    return []


def _citation(note: Data) -> Citation | None:
    """A file at the provider has no address: it is named by its id there."""
    found = note.get(str(note.get("type"))) or {}
    return Citation("", str(found["file_id"])) if found.get("file_id") else None


def _ran_item(call: Data) -> Item:
    """The provider's own call as an item, in the words of the Responses API."""
    kind = call["type"]
    given = call.get(kind) or {}
    item: Item = {"type": f"{kind}_call", "id": str(call.get("id")), "status": "completed"}
    if kind == "code_interpreter":
        return item | {"code": given.get("input", ""), "outputs": given.get("outputs") or []}
    return item | {"results": given.get("results") or []}


def _usage(run: Data) -> list[ProviderEvent]:
    given = run.get("usage")
    if not isinstance(given, dict):
        return []
    row = usage(
        given,
        sent="prompt_tokens",
        said="completion_tokens",
        cached=("prompt_token_details", "cached_tokens"),
        thought=("completion_tokens_details", "reasoning_tokens"),
    )
    return [Usage(row)]
