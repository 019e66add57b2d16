"""The routes of the Assistants API, version 2: assistants, threads, messages, runs, steps.

What its runs say comes from the same replies and the same ``brain`` as on the other wires.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.modelserver import assistantsobjects as made
from tests.modelserver import brain
from tests.modelserver.assistantsobjects import Row
from tests.modelserver.assistantsruns import Stretch
from tests.modelserver.assistantsstore import Refusal, Store, Working
from tests.modelserver.script import Reply

if TYPE_CHECKING:
    from tests.modelserver.server import ModelServer

Handler = Callable[[web.Request, Row], Awaitable[web.StreamResponse]]
TURN = re.compile(r"/v1/threads/(?:[^/]+/runs(?:/[^/]+/submit_tool_outputs)?|runs)")
_SETTINGS = {"model", "instructions", "tools", "temperature", "top_p", "response_format"}
_SETTINGS |= {"metadata", "reasoning_effort"}
_ASSISTANT = _SETTINGS | {"name", "description", "tool_resources"}
_LIMITS = {"max_completion_tokens", "max_prompt_tokens", "parallel_tool_calls", "tool_choice"}
_RUN = _SETTINGS | _LIMITS | {"assistant_id", "additional_instructions", "additional_messages"}
_RUN |= {"stream", "truncation_strategy"}
_THREAD = {"messages", "metadata", "tool_resources"}


class AssistantsWire:
    """One server's Assistants API."""

    def __init__(self, server: ModelServer, store: Store) -> None:
        self._server = server
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        thread, run = "/v1/threads/{thread}", "/v1/threads/{thread}/runs/{run}"
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/v1/assistants", self._make_assistant),
            ("GET", "/v1/assistants", self._list_assistants),
            ("GET", "/v1/assistants/{assistant}", self._get),
            ("POST", "/v1/assistants/{assistant}", self._update),
            ("DELETE", "/v1/assistants/{assistant}", self._delete),
            ("POST", "/v1/threads", self._make_thread),
            ("POST", "/v1/threads/runs", self._make_thread_and_run),
            ("GET", thread, self._get),
            ("POST", thread, self._update),
            ("DELETE", thread, self._delete),
            ("POST", f"{thread}/messages", self._say),
            ("GET", f"{thread}/messages", self._messages),
            ("POST", f"{thread}/runs", self._run),
            ("GET", f"{thread}/runs", self._runs),
            ("GET", run, self._look),
            ("POST", f"{run}/cancel", self._cancel),
            ("GET", f"{run}/steps", self._steps),
            ("POST", f"{run}/submit_tool_outputs", self._submit),
        ]
        return [web.route(method, path, self._guarded(do)) for method, path, do in table]

    def _guarded(self, handler: Handler) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            asked = await self._server.record(request)
            if self._server.hosted_gone:
                return refusal(404, f"Invalid URL ({asked.method} {asked.path})")
            if reply := self._server.refuses(asked.headers):
                return await self._server.plain(reply)
            if asked.headers.get("openai-beta") != "assistants=v2":
                return refusal(400, "You must provide the 'OpenAI-Beta: assistants=v2' header.")
            try:
                return await handler(request, asked.body if isinstance(asked.body, dict) else {})
            except Refusal as refused:
                return refusal(refused.status, refused.sentence)

        return answer

    # --- assistants and threads -------------------------------------------------------------------

    async def _make_assistant(self, request: web.Request, asked: Row) -> web.StreamResponse:
        known(asked, _ASSISTANT)
        if not asked.get("model"):
            raise Refusal(400, "Missing required parameter: 'model'.")
        self._check_resources(asked)
        row = self._store.add("assistant", made.assistant(asked))
        self._server.made("assistant", request)
        return web.json_response(row)

    async def _make_thread(self, request: web.Request, asked: Row) -> web.StreamResponse:
        row = self._add_thread(asked)
        self._server.made("thread", request)
        return web.json_response(row)

    def _add_thread(self, asked: Row) -> Row:
        known(asked, _THREAD)
        self._check_resources(asked)
        row = self._store.add("thread", made.thread(asked))
        for message in asked.get("messages") or []:
            self._store.say(row["id"], message)
        return row

    def _check_resources(self, asked: Row) -> None:
        check_metadata(asked)
        resources = asked.get("tool_resources") or {}
        for file in (resources.get("code_interpreter") or {}).get("file_ids") or []:
            self._store.find("file", file)
        for store in (resources.get("file_search") or {}).get("vector_store_ids") or []:
            self._store.find("vector_store", store)

    async def _list_assistants(self, request: web.Request, asked: Row) -> web.StreamResponse:
        rows = list(self._store.rows["assistant"].values())
        return web.json_response(made.page(rows, request.query))

    async def _get(self, request: web.Request, asked: Row) -> web.StreamResponse:
        return web.json_response(self._store.find(*named(request)))

    async def _update(self, request: web.Request, asked: Row) -> web.StreamResponse:
        kind, id = named(request)
        row = self._store.find(kind, id)
        known(asked, _ASSISTANT if kind == "assistant" else {"metadata", "tool_resources"})
        self._check_resources(asked)
        row |= asked
        self._server.updated[kind] += 1
        return web.json_response(row)

    async def _delete(self, request: web.Request, asked: Row) -> web.StreamResponse:
        return delete(self._server, self._store, request)

    # --- messages and runs ------------------------------------------------------------------------

    async def _say(self, request: web.Request, asked: Row) -> web.StreamResponse:
        return web.json_response(self._store.say(request.match_info["thread"], asked))

    async def _messages(self, request: web.Request, asked: Row) -> web.StreamResponse:
        rows = self._store.messages(request.match_info["thread"])
        if by := request.query.get("run_id"):
            rows = [row for row in rows if row["run_id"] == by]
        return web.json_response(made.page(rows, request.query))

    async def _runs(self, request: web.Request, asked: Row) -> web.StreamResponse:
        rows = [run.row for run in self._store.runs(request.match_info["thread"])]
        return web.json_response(made.page(rows, request.query))

    async def _look(self, request: web.Request, asked: Row) -> web.StreamResponse:
        row = self._store.look(*_place(request))
        return web.json_response(row, headers={"openai-poll-after-ms": "20"})

    async def _steps(self, request: web.Request, asked: Row) -> web.StreamResponse:
        return web.json_response(made.page(self._store.run(*_place(request)).steps, request.query))

    async def _cancel(self, request: web.Request, asked: Row) -> web.StreamResponse:
        return web.json_response(self._store.cancel(*_place(request)))

    async def _make_thread_and_run(self, request: web.Request, asked: Row) -> web.StreamResponse:
        known(asked, (_RUN - {"additional_messages"}) | {"thread", "tool_resources"})
        self._store.find("assistant", str(asked.get("assistant_id")))
        thread = self._add_thread(asked.get("thread") or {})
        self._server.made("thread", request)
        return await self._start(request, thread["id"], asked)

    async def _run(self, request: web.Request, asked: Row) -> web.StreamResponse:
        known(asked, _RUN)
        return await self._start(request, request.match_info["thread"], asked)

    async def _start(self, request: web.Request, thread: str, asked: Row) -> web.StreamResponse:
        self._store.check_start(thread, asked)
        reply = self._server.next_reply()
        if reply is not None and reply.body is not None:
            return await self._server.plain(reply)
        run = self._store.start(thread, asked)
        reply = reply or self._think(run)
        return await self._stretch(request, run, reply, Stretch(run, reply.said), asked)

    async def _submit(self, request: web.Request, asked: Row) -> web.StreamResponse:
        run = self._store.run(*_place(request))
        known(asked, {"tool_outputs", "stream"})
        if run.row["status"] != "requires_action":
            sentence = f'Runs in status "{run.row["status"]}" do not accept tool outputs.'
            raise Refusal(400, sentence)
        outputs = {one["tool_call_id"]: one["output"] for one in asked["tool_outputs"]}
        if outputs.keys() != {call["id"] for call in run.wanted}:
            raise Refusal(400, "Expected tool outputs for other call_ids.")
        reply = self._server.next_reply()
        if reply is not None and reply.body is not None:
            return await self._server.plain(reply)
        reply = reply or self._think(run, outputs)
        return await self._stretch(request, run, reply, Stretch(run, reply.said, outputs), asked)

    def _think(self, run: Working, outputs: dict[str, str] | None = None) -> Reply:
        items = self._store.items(run.row["thread_id"])
        items += [
            {"type": "function_call_output", "output": one} for one in (outputs or {}).values()
        ]
        asked = {"input": items, "tools": run.row["tools"]}
        return brain.answer(asked, "assistants").reply("assistants")

    async def _stretch(
        self, request: web.Request, run: Working, reply: Reply, stretch: Stretch, asked: Row
    ) -> web.StreamResponse:
        if not asked.get("stream") or not self._store.streams:
            stretch.reached(0)
            response = web.json_response(run.row)
            stretch.finish()
            return response
        try:
            return await self._server.play_out(request, reply, stretch.events, stretch.reached)
        finally:
            if self._store.goes_on and not reply.fault.holds:
                stretch.finish()


def _place(request: web.Request) -> tuple[str, str]:
    return request.match_info["thread"], request.match_info["run"]


# --- shared with the routes of files ------------------------------------------------------------


def named(request: web.Request) -> tuple[str, str]:
    """Kind and id of the object that a path names last."""
    *_, (kind, id) = request.match_info.items()
    return kind, id


def refusal(status: int, sentence: str) -> web.Response:
    said = {"message": sentence, "type": "invalid_request_error", "param": None, "code": None}
    return web.json_response({"error": said}, status=status)


def delete(server: ModelServer, store: Store, request: web.Request) -> web.Response:
    kind, id = named(request)
    status = server.deleting(request)
    if status >= 500:
        return refusal(status, "The server had an error while processing your request.")
    store.remove(kind, id)
    server.deleted[kind] += 1
    if status != 200:
        raise Refusal(status, f"No {kind} found with id '{id}'.")
    object = {"vector_store": "vector_store.deleted", "file": "file"}.get(kind, f"{kind}.deleted")
    return web.json_response({"id": id, "object": object, "deleted": True})


def known(asked: Row, names: set[str]) -> None:
    """Raises Refusal for a parameter that the API does not have, and for wrong metadata."""
    if odd := asked.keys() - names:
        raise Refusal(400, f"Unknown parameter: '{min(odd)}'.")
    check_metadata(asked)


def check_metadata(asked: Row) -> None:
    metadata = asked.get("metadata") or {}
    if len(metadata) > 16:
        raise Refusal(400, "Invalid 'metadata': too many properties.")
    for name, value in metadata.items():
        if not isinstance(value, str) or len(name) > 64 or len(value) > 512:
            raise Refusal(400, f"Invalid 'metadata.{name[:64]}'.")
