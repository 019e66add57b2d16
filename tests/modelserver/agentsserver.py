"""The routes of the Agents API: ``openai.resources.beta.agents``, 3.52, without environments,
vaults, automations, artifacts and traces.
"""

import asyncio
import dataclasses
import functools
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.modelserver import agentsstore as store
from tests.modelserver import brain
from tests.modelserver.agentsplay import ending, play, state
from tests.modelserver.agentsstore import Body, Refused, Session, event
from tests.modelserver.agentswire import segment
from tests.modelserver.script import Event, Reply

if TYPE_CHECKING:
    from tests.modelserver.server import ModelServer

Handler = Callable[["Agents", web.Request, Body], Awaitable[web.StreamResponse]]
BETA = "agents=v1"
INPUT = re.compile(r"/v1/agents/sessions(?:/[^/]+/events)?")


class Agents:
    """What the server keeps of this API. All may be read from any thread."""

    def __init__(self, server: "ModelServer") -> None:
        self.server = server
        self.agents: dict[str, Body] = {}
        self.sessions: dict[str, Session] = {}
        self.cancelled: list[str] = []  # ids of sessions, once for each cancel that came

    def add_routes(self, router: web.UrlDispatcher) -> None:
        one = "/v1/agents/sessions/{session}"
        for method, path, handler in (
            ("POST", "/v1/agents/sessions", Agents._create_session),
            ("GET", "/v1/agents/sessions", Agents._list_sessions),
            ("GET", one, Agents._get_session),
            ("POST", one, Agents._update_session),
            ("DELETE", one, Agents._delete_session),
            ("POST", f"{one}/events", Agents._input),
            ("GET", f"{one}/events", Agents._subscribe),
            ("GET", f"{one}/items", Agents._items),
            ("GET", f"{one}/turns", Agents._turns),
            ("GET", f"{one}/turns/{{turn}}", Agents._turn),
            ("GET", f"{one}/turns/{{turn}}/items", Agents._items),
            ("GET", f"{one}/subagents", Agents._subagents),
            ("GET", f"{one}/subagents/{{subagent}}", Agents._subagent),
            ("GET", f"{one}/subagents/{{subagent}}/items", Agents._items),
            ("GET", f"{one}/subagents/{{subagent}}/turns", Agents._turns),
            ("POST", "/v1/agents", Agents._create),
            ("GET", "/v1/agents", Agents._list),
            ("GET", "/v1/agents/{agent}", Agents._get),
            ("POST", "/v1/agents/{agent}", Agents._update),
            ("DELETE", "/v1/agents/{agent}", Agents._delete),
        ):
            router.add_route(method, path, functools.partial(self._answer, handler))

    async def _answer(self, handler: Handler, request: web.Request) -> web.StreamResponse:
        asked = await self.server.record(request)
        key = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if key in self.server.refused_keys:
            return _error(Refused(401, "Incorrect API key provided.", "invalid_api_key"))
        if self.server.refusals:
            return await self.server.plain(self.server.refusals.pop(0))
        if asked.headers.get("openai-beta") != BETA:
            return _error(Refused(400, f"You must provide the 'OpenAI-Beta: {BETA}' header."))
        try:
            return await handler(self, request, asked.body or {})
        except Refused as refused:
            return _error(refused)

    # --- agents -----------------------------------------------------------------------------------

    async def _create(self, request: web.Request, body: Body) -> web.StreamResponse:
        row = store.agent_row(body)
        self.agents[row["id"]] = row
        self.server.made("agent", request)
        return web.json_response(row)

    async def _list(self, request: web.Request, _: Body) -> web.StreamResponse:
        return _page(list(self.agents.values()), request)

    async def _get(self, request: web.Request, _: Body) -> web.StreamResponse:
        return web.json_response(_known(self.agents, request.match_info["agent"]))

    async def _update(self, request: web.Request, body: Body) -> web.StreamResponse:
        row = _known(self.agents, request.match_info["agent"])
        row |= {"metadata": body.get("metadata", row["metadata"])}
        row |= store.settings(row | body)
        self.server.updated["agent"] += 1
        return web.json_response(row)

    async def _delete(self, request: web.Request, _: Body) -> web.StreamResponse:
        return self._deleted("agent", self.agents, request.match_info["agent"], request)

    def _deleted(
        self, kind: str, rows: dict[str, Any], id_: str, request: web.Request
    ) -> web.Response:
        status = self.server.deleting(request)
        if status >= 500:
            raise Refused(status, "It broke.", "server_error")
        if rows.pop(id_, None) is not None:
            self.server.deleted[kind] += 1
        elif status < 400:
            status = 404
        if status == 404:
            raise Refused(404, f"No such {kind}: {id_}")
        name = "agent.session" if kind == "session" else kind
        return web.json_response({"id": id_, "object": f"{name}.deleted", "deleted": True})

    # --- sessions ---------------------------------------------------------------------------------

    async def _create_session(self, request: web.Request, body: Body) -> web.StreamResponse:
        given = body.get("input")
        if body.get("environment", {}).get("type") != "none":
            raise Refused(400, "Only the environment 'none' is to be had here.")
        if not given:
            raise Refused(400, "Missing required parameter: 'input'.")
        saved = _known(self.agents, body["agent_id"]) if "agent_id" in body else {}
        config = store.settings(saved | (body.get("agent") or {}), persisted=False)
        config["id"] = saved.get("id") or store.new_id("agent")
        reply = self.server.next_reply()
        if reply and reply.body is not None:
            return await self.server.plain(reply)
        session = Session(store.new_id("session"), config, body.get("metadata") or {})
        self.sessions[session.id] = session
        self.server.made("session", request)
        messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
        created = event("agent.session.created", session=session.row())
        await asyncio.sleep(reply.fault.before_headers if reply else 0)
        if not body.get("stream"):
            self._start(session, messages, reply)
            return web.json_response(session.row())
        queue = _listen(session)
        self._start(session, messages, reply)
        return await self._stream(request, session, queue, [created])

    async def _list_sessions(self, request: web.Request, _: Body) -> web.StreamResponse:
        wanted = {
            name[len("metadata[") : -1]: value
            for name, value in request.query.items()
            if name.startswith("metadata[")
        }
        agent = request.query.get("agent_id")
        rows = [
            session.row()
            for session in self.sessions.values()
            if wanted.items() <= session.metadata.items() and agent in (None, session.agent["id"])
        ]
        return _page(rows, request)

    async def _get_session(self, request: web.Request, _: Body) -> web.StreamResponse:
        return web.json_response(self._session(request).row())

    async def _update_session(self, request: web.Request, body: Body) -> web.StreamResponse:
        session = self._session(request)
        session.metadata = body.get("metadata", session.metadata)
        self.server.updated["session"] += 1
        return web.json_response(session.row())

    async def _delete_session(self, request: web.Request, _: Body) -> web.StreamResponse:
        return self._deleted("session", self.sessions, request.match_info["session"], request)

    def _session(self, request: web.Request) -> Session:
        session: Session = _known(self.sessions, request.match_info["session"])
        return session

    # --- what is said -----------------------------------------------------------------------------

    async def _subscribe(self, request: web.Request, _: Body) -> web.StreamResponse:
        session = self._session(request)
        return await self._stream(request, session, _listen(session), [state(session)])

    async def _input(self, request: web.Request, body: Body) -> web.StreamResponse:
        """A message, a cancel or a result. The same Idempotency-Key is the same input."""
        session = self._session(request)
        key = request.headers.get("Idempotency-Key", "")
        if key and key in session.keys:
            return web.Response(status=202)
        for given in body["events"]:
            refused = self._take(session, given)
            if refused is not None:
                return await self.server.plain(refused)
        if key:
            session.keys.add(key)
        return web.Response(status=202)

    def _take(self, session: Session, given: Body) -> Reply | None:
        """Take one input event. Returns a reply that is no stream, to be given instead."""
        match given["type"].removeprefix("agent.session.input."):
            case "cancel":
                self._cancel(session)
            case "tool_result":
                if session.pending.pop(given["call_id"], None) is None:
                    raise Refused(400, f"Unknown pending tool call: {given['call_id']}")
                session.items.append(store.result_item(session, given))
                return self._go_on(session)
            case "mcp_approval_request_result":
                session.actions = [
                    one for one in session.actions if one["request_id"] != given["request_id"]
                ]
                return self._go_on(session)
            case "message" if session.status == "idle":
                return self._start(session, given["input"], self.server.next_reply())
            case "message" if session.status != "failed":  # it steers the turn
                session.items += [store.user_item(session, said) for said in given["input"]]
            case _:
                raise Refused(400, "The session takes no such input now.")
        return None

    def _start(self, session: Session, messages: list[Body], reply: Reply | None) -> Reply | None:
        if reply and reply.body is not None:
            return reply
        session.turns.append(store.turn_row(session))
        items = [store.user_item(session, said) for said in messages]
        session.items += items
        session.status = "in_progress"
        turn = session.turn
        place = {"session_id": session.id, "turn_id": turn["id"]}
        begun: list[Event] = [
            event("agent.session.turn.created", turn=turn | {"status": "queued"}, **place),
            state(session),
            event("agent.session.turn.in_progress", turn=dict(turn), **place),
            *(event("agent.session.turn.item.added", item=item, **place) for item in items),
        ]
        play(session, self._segment(session, reply), begun)
        return None

    def _go_on(self, session: Session) -> Reply | None:
        """The next segment of the turn, when nothing is required of the client any more."""
        if session.pending or session.actions:
            return None
        reply = self.server.next_reply()
        if reply and reply.body is not None:
            return reply
        session.status = session.turn["status"] = "in_progress"
        play(session, self._segment(session, reply), [state(session)])
        return None

    def _segment(self, session: Session, reply: Reply | None) -> Reply:
        said = reply or brain.answer(store.as_input(session), "responses").reply("agents")
        return segment(said)

    def _cancel(self, session: Session) -> None:
        self.cancelled.append(session.id)
        if session.status not in ("in_progress", "requires_action"):
            return
        session.turn.update(status="cancelled", completed_at=session.created)
        session.status, session.pending, session.actions = "idle", {}, []
        for queue in session.listeners:
            queue.put_nowait(Reply(ending(session)))

    async def _stream(
        self,
        request: web.Request,
        session: Session,
        queue: "asyncio.Queue[Reply]",
        first: list[Event],
    ) -> web.StreamResponse:
        """All that happens from now on, until the client goes."""
        response = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8"})
        self.server.open += 1
        try:
            await response.prepare(request)
            reply = Reply(first)
            while await _write(self.server, request, response, reply):
                reply = await queue.get()
            return response
        except (asyncio.CancelledError, ConnectionError):
            self.server.left += 1
            raise
        finally:
            self.server.open -= 1
            session.listeners.remove(queue)

    # --- what was said ----------------------------------------------------------------------------

    async def _items(self, request: web.Request, _: Body) -> web.StreamResponse:
        session, wanted = self._session(request), request.match_info
        rows = session.inside.get(wanted.get("subagent", ""), session.items)
        if "subagent" in wanted:
            _known(session.subagents, wanted["subagent"])
        if "turn" in wanted:
            rows = [row for row in rows if row["turn_id"] == wanted["turn"]]
        return _page(rows, request)

    async def _turns(self, request: web.Request, _: Body) -> web.StreamResponse:
        owner = request.match_info.get("subagent")
        turns = self._session(request).turns
        return _page([turn for turn in turns if turn["subagent_id"] == owner], request)

    async def _turn(self, request: web.Request, _: Body) -> web.StreamResponse:
        turns = {turn["id"]: turn for turn in self._session(request).turns}
        return web.json_response(_known(turns, request.match_info["turn"]))

    async def _subagents(self, request: web.Request, _: Body) -> web.StreamResponse:
        return _page(list(self._session(request).subagents.values()), request)

    async def _subagent(self, request: web.Request, _: Body) -> web.StreamResponse:
        subagents = self._session(request).subagents
        return web.json_response(_known(subagents, request.match_info["subagent"]))


async def _write(
    server: "ModelServer", request: web.Request, response: web.StreamResponse, reply: Reply
) -> bool:
    """Write what is said. Returns whether the connection goes on."""
    fault = dataclasses.replace(reply.fault, numbered=False)
    await asyncio.sleep(fault.before_events)
    async for data in server.pieces(dataclasses.replace(reply, fault=fault)):
        await response.write(data)
    if fault.cut_after is not None and request.transport:
        request.transport.abort()
    if fault.end_after is not None:
        await response.write_eof()
    return fault.cut_after is None and fault.end_after is None


def _listen(session: Session) -> "asyncio.Queue[Reply]":
    queue: asyncio.Queue[Reply] = asyncio.Queue()
    session.listeners.append(queue)
    return queue


def _known(rows: dict[str, Any], id_: str) -> Any:
    if id_ not in rows:
        raise Refused(404, f"No such object: {id_}", "not_found_error")
    return rows[id_]


def _page(rows: list[Body], request: web.Request) -> web.Response:
    query = request.query
    rows = rows if query.get("order") == "asc" else rows[::-1]
    ids = [row["id"] for row in rows]
    start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
    limit = int(query.get("limit", "20"))
    page = rows[start : start + limit]
    ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
    body = {"object": "list", "data": page, "has_more": start + limit < len(rows), **ends}
    return web.json_response(body)


def _error(refused: Refused) -> web.Response:
    return web.Response(
        status=refused.status, text=json.dumps(refused.body), content_type="application/json"
    )
