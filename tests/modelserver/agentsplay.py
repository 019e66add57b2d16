"""How a segment of a turn is played: a reply of ``agentswire`` with the ids, beginning and end that
it has in this session, and what it leaves there.
"""

import copy
from dataclasses import replace
from typing import Any

from tests.modelserver.agentsstore import Body, Session, event, turn_row
from tests.modelserver.agentswire import USAGE
from tests.modelserver.script import Event, Reply

ACTION = ("type", "call_id", "name", "arguments", "turn_id")
FOREVER = ("stall_after", "drip_after", "endless_after", "fill_after")


def play(session: Session, reply: Reply, begun: list[Event]) -> None:
    """Say it to whoever listens. What it leaves is there at once, but for a reply without an end:
    that one leaves what is whole of it, and the turn goes on until it is cancelled.
    """
    *told, end = reply.events
    count = sum(item["turn_id"] == session.turn["id"] for item in session.items)
    suffix = f"_{len(session.turns)}_{count}"
    events = [_placed(session, one, suffix, count) for one in told]
    stops = [at for name in FOREVER if (at := getattr(reply.fault, name)) is not None]
    if stops or reply.fault.before_events:
        events = [*begun, *events][: min(stops, default=None)]
        _keep(session, events)
    else:
        _keep(session, events)
        _end(session, events, end)
        events = [*begun, *events, *ending(session)]
    for listener in session.listeners:
        listener.put_nowait(replace(reply, events=events))


def ending(session: Session) -> list[Event]:
    """The events that tell how things stand."""
    turn = session.turn
    told: list[Event] = []
    place = {"session_id": session.id, "turn_id": turn["id"], "turn": dict(turn)}
    match turn["status"]:
        case "completed" | "cancelled":
            told.append(event(f"agent.session.turn.{turn['status']}", usage=turn["usage"], **place))
        case "failed":
            error = {"code": None, "param": None, "type": "server_error"}
            error |= {"message": turn["error"]["message"]}
            told.append(event("error", error=error, session_id=session.id))
            told.append(event("agent.session.turn.failed", usage=turn["usage"], **place))
    return [*told, state(session)]


def state(session: Session) -> Event:
    return event(f"agent.session.{session.status}", session=copy.deepcopy(session.row()))


def _keep(session: Session, events: list[Event]) -> None:
    """The items that are finished, where the server lists them."""
    for one in events:
        if one["type"] == "agent.session.turn.item.done":
            turn = next(turn for turn in session.turns if turn["id"] == one["turn_id"])
            owner = turn["subagent_id"]
            (session.inside.setdefault(owner, []) if owner else session.items).append(one["item"])


def _placed(session: Session, given: Event, suffix: str, count: int) -> Event:
    """The event with its ids."""
    fields = copy.deepcopy(given)
    one = event(fields.pop("type"), **fields)
    subagent = one.pop("subagent", "")
    if one["type"].startswith("agent.session.subagent."):
        return _subagent(session, one, subagent)
    turn = _subagents_turn(session, one, subagent) if subagent else session.turn
    one |= {"session_id": session.id, "turn_id": turn["id"]}
    if "output_index" in one and not subagent:
        one["output_index"] += count
    if "item_id" in one:
        one["item_id"] += suffix
    if "item" in one:
        item = one["item"]
        item |= {"id": item["id"] + suffix, "turn_id": turn["id"]}
        if item["type"] == "create_subagent_call":
            item["agent_id"] = session.agent["id"]
    return one


def _subagent(session: Session, one: Event, id_: str) -> Event:
    row = session.subagents.setdefault(
        id_,
        {
            "id": id_,
            "object": "agent.session.subagent",
            "name": one["name"],
            "instructions": one["instructions"],
            "opened_at": session.created,
            "closed_at": None,
            "parent_agent_id": session.agent["id"],
            "session_id": session.id,
            "status": "active",
        },
    )
    if one["type"].endswith("closed"):
        row |= {"status": "closed", "closed_at": session.created}
    return {"type": one["type"], "event_id": one["event_id"], "subagent": dict(row)}


def _subagents_turn(session: Session, one: Event, id_: str) -> Body:
    """The turn of a subagent, which begins and ends inside the root's."""
    if one["type"] == "agent.session.turn.created":
        session.turns.append(turn_row(session, id_))
    turn = next(turn for turn in reversed(session.turns) if turn["subagent_id"] == id_)
    if one["type"] == "agent.session.turn.completed":
        turn |= {"status": "completed", "completed_at": session.created}
        one["usage"] = None
    if one["type"] in ("agent.session.turn.created", "agent.session.turn.completed"):
        one["turn"] = dict(turn)
    return turn


def _end(session: Session, events: list[Event], end: Body) -> None:
    turn = session.turn
    calls = [
        one["item"]
        for one in events
        if one["type"] == "agent.session.turn.item.done"
        and one["item"]["type"] == "function_call"
        and one["turn_id"] == turn["id"]
    ]
    session.pending = {item["call_id"]: {name: item[name] for name in ACTION} for item in calls}
    session.actions = [action | {"turn_id": turn["id"]} for action in end.get("actions", [])]
    usage = end.get("usage", USAGE)
    session.usage, session.spent = _sum(session.usage, usage), _sum(session.spent, usage)
    if session.pending or session.actions:
        session.status, turn["status"] = "requires_action", "waiting"
        return
    session.status = "idle"
    turn |= {"status": "completed", "usage": session.spent, "completed_at": session.created}
    session.spent = None
    if error := end.get("error"):
        turn |= {"status": "failed", "error": error}
    if fatal := end.get("fatal"):
        turn |= {"status": "failed", "error": {"code": "internal_error", "message": fatal}}
        session.status, session.error = "failed", fatal


def _sum(before: Any, more: Any) -> Any:
    if before is None or more is None:
        return more
    return {
        name: _sum(before[name], value) if isinstance(value, dict) else before[name] + value
        for name, value in more.items()
    }
