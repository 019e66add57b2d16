"""What the subagents of a session say, beside the answer: each has turns of its own in the same
stream. Pure.
"""

from dataclasses import dataclass, field

from agents.providers.base import CallPiece, Item, ProviderEvent, Subagent, ToolProgress
from agents.providers.items import text_of
from agents.providers.translation import Data

_SUBAGENT = "agent.session.subagent."
_TURN = "agent.session.turn."
_STATUS = {"active": "in_progress", "closed": "completed"}


@dataclass(frozen=True, slots=True)
class Read:
    """A session and a turn of it as they were read. ``items``: the root agent's; ``subagents``:
    each with its own.
    """

    session: Data
    turn: Data
    items: list[Data]
    subagents: list[tuple[Data, list[Data]]] = field(default_factory=list)


class Inside:
    """The subagents of one segment. ``items``: one for each, as the provider's own tools have."""

    def __init__(self) -> None:
        self._seen: dict[str, Item] = {}
        self._turns: dict[str, str] = {}  # of whom each turn is
        self._said: set[str] = set()  # ids of items

    @property
    def items(self) -> list[Item]:
        return list(self._seen.values())

    def take(self, name: str, body: Data) -> list[ProviderEvent]:
        """What an event that is not the root agent's means: nothing, if it is no subagent's."""
        if name.startswith(_SUBAGENT):
            return self._lives(body["subagent"])
        if name == _TURN + "created" and (owner := body["turn"].get("subagent_id")):
            self._turns[str(body["turn"]["id"])] = str(owner)
        owner = self._turns.get(str(body.get("turn_id")), "")
        if not owner:
            return []
        events = self._met(owner)
        if name == _TURN + "item.done":
            return events + self._says(owner, body["item"])
        return [*events, CallPiece(0)]  # a sign of life

    def told(self, row: Data, items: list[Data]) -> list[ProviderEvent]:
        """The same of one that was read, not followed."""
        events = self._lives(row)
        for item in items:
            events += self._says(str(row["id"]), item)
        return events

    def _lives(self, row: Data) -> list[ProviderEvent]:
        id_, task = str(row["id"]), _text(row.get("instructions") or [])
        events = self._met(id_, str(row.get("name") or ""), task)
        self._seen[id_]["status"] = _STATUS.get(str(row.get("status")), "in_progress")
        return events

    def _met(self, id_: str, name: str = "", task: str = "") -> list[ProviderEvent]:
        """Its beginning, where it is the first sign of it: it may be older than this segment."""
        if id_ in self._seen:
            return []
        name = name or "Subagent"
        self._seen[id_] = {
            "type": "subagent_call",
            "id": id_,
            "name": name,
            "task": task,
            "said": "",
            "status": "in_progress",
        }
        events: list[ProviderEvent] = [ToolProgress(id_, "subagent", "in_progress")]
        return [*events, Subagent(id_, name, "", task)]

    def _says(self, id_: str, item: Data) -> list[ProviderEvent]:
        place = str(item.get("id"))
        if place in self._said:
            return []
        self._said.add(place)
        said = text_of(item) if item.get("role") == "assistant" else ""
        if not said:
            return [ToolProgress(id_, "subagent", str(item.get("type", "")))]
        step = self._seen[id_]
        step["said"] = "\n\n".join(filter(None, [step["said"], said]))
        return [Subagent(id_, step["name"], place, said)]


def _text(content: list[Data]) -> str:
    return "".join(str(part.get("text") or "") for part in content)
