"""From the events of an agent session to ours. Pure: bytes of JSON in, ``ProviderEvent`` values
out.

A session's stream has no end and tells of everything: what counts is the root agent's turn that
answers us, from our input to the next calls of functions (``requires_action``) or to the end of the
turn. Source: ``openai.types.beta.agent_session_event`` of openai 3.52.
"""

import json
from collections.abc import Callable, Collection

from agents.providers import failures
from agents.providers import items as shape
from agents.providers.agents_failures import of_turn
from agents.providers.agents_inside import Inside, Read
from agents.providers.agents_usage import Meter
from agents.providers.base import (
    CallPiece,
    Done,
    Failed,
    Item,
    ProviderEvent,
    Reasoning,
    Text,
    ToolCall,
    ToolProgress,
)
from agents.providers.translation import Data, Translation, parse, string
from giint.core.secrets import Secret

_PREFIX = "agent.session."
_TURN = "agent.session.turn."
_BUILT_IN = {
    "web_search_call": "web_search",
    "mcp_call": "mcp",
    "command_execution": "command_execution",
}


class AgentsTranslation(Translation):
    """One segment of a turn. ``answered``: the calls, as the server has their ids, after whose
    results it goes on.
    """

    def __init__(self, key: Secret, taken: Collection[str] = ()) -> None:
        super().__init__(key, taken)
        self.session = ""
        self.turn = ""
        self.answered: set[str] = set()
        self.pending: list[str] = []  # calls that the turn waits for now, as the server has them
        self.approvals: list[str] = []  # requests of MCP servers to be approved, not yet answered
        self.meter = Meter(session=None)
        self._asked: set[str] = set()
        self._items: dict[str, Item] = {}
        self._said: dict[str, int] = {}  # characters of a message that deltas have said
        self._inside = Inside()
        self._is_root = True  # the event that is taken is the root agent's
        self._over: Data | None = None  # the turn, ended
        self._error: Data = {}

    def feed(self, kind: bytes, data: bytes) -> list[ProviderEvent]:
        if data == b"[DONE]":
            return []
        body = parse(data)
        name = str(body.get("type") or kind.decode(errors="replace"))
        if name == _TURN + "item.done":
            self._keep_bytes(len(data))
        return self._take(name, body)

    def caught_up(self, read: Read) -> list[ProviderEvent]:
        """What became of the turn, as it was read when no stream told it: what was not said yet,
        and its end. Raises Malformed.
        """
        session, turn, items = read.session, read.turn, read.items
        told = [(_TURN + "item.done", {"item": item, "turn_id": self.turn}) for item in items]
        status = str(turn.get("status"))
        told.append((_TURN + status, {"turn": turn, "turn_id": self.turn}))
        told.append((_PREFIX + str(session.get("status")), {"session": session}))
        events = [event for row, said in read.subagents for event in self._inside.told(row, said)]
        for name, body in told:
            if not self.ended:
                events += self._take(name, body)
        return events

    def go_on(self, turn: str, answered: Collection[str], meter: Meter | None) -> None:
        """The turn goes on after the results of these calls."""
        self.turn, self.answered = turn, set(answered)
        self.meter = meter or Meter(session=None)

    @property
    def items(self) -> list[Item]:
        return [*self._inside.items, *self._items.values()]

    def _take(self, name: str, body: Data) -> list[ProviderEvent]:
        self._is_root = self._is_ours(name, body)
        return super()._take(name, body) if self._is_root or self.turn else []

    def _is_ours(self, name: str, body: Data) -> bool:
        """Whether an event belongs to the turn: not an older one's, and no subagent's."""
        if name == _TURN + "created" and not self.turn:
            turn = body.get("turn")
            if isinstance(turn, dict) and not turn.get("subagent_id"):
                self.turn = str(turn.get("id") or "")[:100]
                self.session = str(body.get("session_id") or self.session)[:100]
        if name in ("error", _PREFIX + "failed"):
            return True
        if name.startswith(_PREFIX + "subagent."):
            return False
        return bool(self.turn) and body.get("turn_id") in (None, self.turn)

    def _remote_id(self, body: Data) -> str:
        return f"{self.session}/{self.turn}" if self.turn else self.session

    def _translate(self, name: str, body: Data) -> list[ProviderEvent]:
        if not self._is_root:
            return self._inside.take(name, body)
        handler = _HANDLERS.get(name)
        return handler(self, body) if handler else []

    # --- what is said -----------------------------------------------------------------------------

    def _text(self, body: Data) -> list[ProviderEvent]:
        delta, item = string(body["delta"]), str(body.get("item_id"))
        self._said[item] = self._said.get(item, 0) + len(delta)
        return [Text(delta)]

    def _reasoning(self, body: Data) -> list[ProviderEvent]:
        delta, item = string(body["delta"]), str(body.get("item_id"))
        self._said[item] = self._said.get(item, 0) + len(delta)
        return [Reasoning(delta)]

    def _reasoning_part(self, body: Data) -> list[ProviderEvent]:
        return [Reasoning("\n\n")] if body.get("summary_index") else []

    def _item_added(self, body: Data) -> list[ProviderEvent]:
        item = body["item"]
        if item["type"] == "function_call":
            return [CallPiece(len(_arguments(item)))]
        if name := _BUILT_IN.get(item["type"]):
            return [ToolProgress(str(item["id"]), name, "in_progress")]
        return []

    def _command_output(self, body: Data) -> list[ProviderEvent]:
        return [ToolProgress(str(body["item_id"]), "command_execution", "in_progress")]

    def _item_done(self, body: Data) -> list[ProviderEvent]:
        item = body["item"]
        id_ = str(item.get("id"))
        if id_ in self._items:
            return []
        match item["type"]:
            case "message" if item.get("role") == "assistant":
                text = shape.text_of(item)
                self._items[id_] = shape.message(text, id_)
                rest = text[self._said.pop(id_, 0) :]
                return [Text(rest)] if rest else []
            case "reasoning":
                text = "\n\n".join(str(part["text"]) for part in item.get("summary") or [])
                self._items[id_] = shape.reasoning(text, id_)
                return [Reasoning(text)] if text and id_ not in self._said else []
            case kind if name := _BUILT_IN.get(kind):
                self._items[id_] = _ran(item, name)
                return [ToolProgress(id_, name, str(item.get("status")))]
        return []

    # --- where it stands --------------------------------------------------------------------------

    def _waits(self, body: Data) -> list[ProviderEvent]:
        """The calls that are asked for now, unless they are those of before."""
        session = body["session"]
        actions = [one for one in session.get("required_actions") or [] if self._is_new(one)]
        self.approvals = [
            str(one["request_id"]) for one in actions if one["type"] == "mcp_approval_request"
        ]
        self._asked.update(self.approvals)
        odd = next((one["type"] for one in actions if one["type"] not in _ACTIONS), "")
        if odd:
            detail = f"it asks for what nobody here can give: {str(odd)[:60].replace('_', ' ')}"
            return [self._end(failures.failed("upstream_failed", detail))]
        calls = [one for one in actions if one["type"] == "function_call"]
        if self.approvals:
            return [CallPiece(0)]
        if not calls:
            return []
        self.pending = [string(one["call_id"]) for one in calls]
        made = [self._call(one) for one in calls]
        self._items |= {one.call_id: shape.function_call(one) for one in made}
        return [*made, *self.meter.of_session(session.get("usage")), Done(self.items)]

    def _is_new(self, action: Data) -> bool:
        if action.get("turn_id") not in (None, self.turn):
            return False
        return action.get("call_id", action.get("request_id")) not in self.answered | self._asked

    def _call(self, action: Data) -> ToolCall:
        call_id = self._fresh(string(action["call_id"]))
        return ToolCall(call_id, string(action["name"]), _arguments(action))

    def _ended(self, body: Data) -> list[ProviderEvent]:
        """The turn is over; the session says so, too, when it takes input again."""
        turn = self._over = dict(body["turn"])
        spent = self.meter.of_turn(body.get("usage") or turn.get("usage"))
        match turn.get("status"):
            case "completed":
                return spent
            case "cancelled":
                failed = failures.failed("upstream_cut", "the turn was cancelled at the server")
            case _:
                failed = of_turn(turn.get("error") or self._error, self._key)
        return [*spent, self._end(failed)]

    def _idle(self, body: Data) -> list[ProviderEvent]:
        return [Done(self.items)] if self._over is not None else []

    def _broke(self, body: Data) -> list[ProviderEvent]:
        """The whole session has failed: nothing can be said in it any more."""
        told = body.get("session", {}).get("error")
        error = self._error or {"message": told or ""}
        return [self._end(of_turn(error, self._key))]

    def _error_told(self, body: Data) -> list[ProviderEvent]:
        """What went wrong; the turn's or session's own event follows."""
        error = body.get("error")
        self._error = error if isinstance(error, dict) else body
        return []

    def _end(self, failed: Failed) -> Failed:
        return Failed(failed.code, failed.detail, failed.again, failed.after, self.items)


def _arguments(call: Data) -> str:
    """The exact text of a call's arguments; some come as the object itself."""
    given = call.get("arguments")
    return given if isinstance(given, str) else json.dumps(given or {}, ensure_ascii=False)


def _ran(item: Data, name: str) -> Item:
    """What the server did by itself, in Responses' shape."""
    row = {key: value for key, value in item.items() if key != "turn_id" and value is not None}
    row["type"] = f"{name}_call"
    return row


_ACTIONS = ("function_call", "mcp_approval_request")
_HANDLERS: dict[str, Callable[[AgentsTranslation, Data], list[ProviderEvent]]] = {
    _TURN + "output_text.delta": AgentsTranslation._text,
    _TURN + "reasoning_summary_text.delta": AgentsTranslation._reasoning,
    _TURN + "reasoning_summary_part.added": AgentsTranslation._reasoning_part,
    _TURN + "item.added": AgentsTranslation._item_added,
    _TURN + "item.done": AgentsTranslation._item_done,
    "agent.output.command_execution_output.delta": AgentsTranslation._command_output,
    _TURN + "completed": AgentsTranslation._ended,
    _TURN + "failed": AgentsTranslation._ended,
    _TURN + "cancelled": AgentsTranslation._ended,
    _PREFIX + "requires_action": AgentsTranslation._waits,
    _PREFIX + "idle": AgentsTranslation._idle,
    _PREFIX + "failed": AgentsTranslation._broke,
    "error": AgentsTranslation._error_told,
}
