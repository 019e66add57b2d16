"""The routes of files and vector stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.modelserver import assistantsobjects as made
from tests.modelserver.assistantsobjects import Row
from tests.modelserver.assistantsstore import Refusal, Store
from tests.modelserver.assistantswire import check_metadata, delete, known, named, refusal

if TYPE_CHECKING:
    from tests.modelserver.server import ModelServer

Handler = Callable[[web.Request, Row], Awaitable[web.Response]]
_VECTOR_STORE = {"name", "description", "file_ids", "metadata", "expires_after"}
_VECTOR_STORE |= {"chunking_strategy"}


class FilesWire:
    """One server's files: the same store as its assistants."""

    def __init__(self, server: ModelServer, store: Store) -> None:
        self._server = server
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        vector_store = "/v1/vector_stores/{vector_store}"
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/v1/files", self._upload),
            ("GET", "/v1/files", self._list),
            ("GET", "/v1/files/{file}", self._get),
            ("GET", "/v1/files/{file}/content", self._content),
            ("DELETE", "/v1/files/{file}", self._delete),
            ("POST", "/v1/vector_stores", self._make),
            ("GET", "/v1/vector_stores", self._list),
            ("GET", vector_store, self._get),
            ("DELETE", vector_store, self._delete),
            ("POST", f"{vector_store}/files", self._join),
            ("GET", f"{vector_store}/files", self._files),
        ]
        return [web.route(method, path, self._guarded(do)) for method, path, do in table]

    def _guarded(self, handler: Handler) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            asked = await self._server.record(request)
            if reply := self._server.refuses(asked.headers):
                return await self._server.plain(reply)
            try:
                return await handler(request, asked.body if isinstance(asked.body, dict) else {})
            except Refusal as refused:
                return refusal(refused.status, refused.sentence)

        return answer

    async def _upload(self, request: web.Request, asked: Row) -> web.Response:
        content = asked["file"]
        row = made.file(asked["filename"], str(asked.get("purpose")), len(content))
        self._store.add("file", row)
        self._store.contents[row["id"]] = content
        self._server.made("file", request)
        return web.json_response(row)

    async def _list(self, request: web.Request, asked: Row) -> web.Response:
        kind = "file" if request.path == "/v1/files" else "vector_store"
        return web.json_response(made.page(list(self._store.rows[kind].values()), request.query))

    async def _get(self, request: web.Request, asked: Row) -> web.Response:
        return web.json_response(self._store.find(*named(request)))

    async def _content(self, request: web.Request, asked: Row) -> web.Response:
        row = self._store.find(*named(request))
        return web.Response(body=self._store.contents[row["id"]])

    async def _delete(self, request: web.Request, asked: Row) -> web.Response:
        return delete(self._server, self._store, request)

    async def _make(self, request: web.Request, asked: Row) -> web.Response:
        known(asked, _VECTOR_STORE)
        check_metadata(asked)
        files = [self._store.find("file", id)["id"] for id in asked.get("file_ids") or []]
        row = self._store.add("vector_store", made.vector_store(asked, len(files)))
        self._store.members[row["id"]] = files
        self._server.made("vector_store", request)
        return web.json_response(row)

    async def _join(self, request: web.Request, asked: Row) -> web.Response:
        kind, id = named(request)
        self._store.find(kind, id)
        file = self._store.find("file", str(asked.get("file_id")))
        self._store.members[id].append(file["id"])
        return web.json_response(made.vector_store_file(id, file["id"]))

    async def _files(self, request: web.Request, asked: Row) -> web.Response:
        kind, id = named(request)
        self._store.find(kind, id)
        rows = [made.vector_store_file(id, file) for file in self._store.members[id]]
        return web.json_response(made.page(rows, request.query))
