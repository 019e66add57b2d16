"""The server itself: aiohttp on a loopback port, in a thread with a loop of its own."""

import asyncio
import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.modelserver import brain
from tests.modelserver.agentsserver import INPUT, Agents
from tests.modelserver.assistantsstore import Store
from tests.modelserver.assistantswire import TURN, AssistantsWire
from tests.modelserver.fileswire import FilesWire
from tests.modelserver.kept import Keeping
from tests.modelserver.script import Event, Reply

ENDLESS = 10_000_000  # events: more than any test waits for
FILLER = 65_536  # bytes of a line without an end that are written at once
DIALECTS = {"/v1/responses": "responses", "/v1/chat/completions": "chat"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: Any
    at: float = field(default_factory=time.monotonic)

    @property
    def is_turn(self) -> bool:
        posted = TURN.fullmatch(self.path) or INPUT.fullmatch(self.path)
        return (self.method == "POST" and posted is not None) or self.path in DIALECTS


class ModelServer(Keeping):
    """Plays replies in order, then thinks for itself (``brain``); records what it is asked.

    Public fields may be read from any thread. ``open``: answers being streamed; ``left``: clients
    that went before the end; ``sent``: the bytes of each stream (the first megabyte of it);
    ``sizes``: how many there were in all.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.open = 0
        self.left = 0
        self.sent: list[bytearray] = []
        self.sizes: list[int] = []
        self.models: Any = {
            "object": "list",
            "data": [
                {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "tests"}
                for name in ("test-model", "test-mini")
            ],
        }
        self.models_reply: Reply | None = None
        self.page = 0  # models on a page of the list; 0: all at once
        self.store = Store()  # what the Assistants wire keeps
        self.agents_api = Agents(self)
        self._replies: list[Reply] = []
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-server", daemon=True)

    @property
    def url(self) -> str:
        """The base URL, as a person would enter it."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def host(self) -> str:
        """For GIINT_PRIVATE_HOSTS."""
        return f"127.0.0.1:{self._port}"

    def play(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order."""
        self._replies += replies

    def next_reply(self) -> Reply | None:
        """The reply that is to be played now, if one is left."""
        return self._replies.pop(0) if self._replies else None

    @property
    def unplayed(self) -> int:
        return len(self._replies)

    def turns(self) -> list[Any]:
        """The bodies of the model calls."""
        return [one.body for one in self.asked if one.is_turn]

    def __enter__(self) -> "ModelServer":
        self._thread.start()
        if not self._ready.wait(20):
            raise TimeoutError("the model server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self._list)
        for path in DIALECTS:
            app.router.add_post(path, self._respond)
        app.router.add_routes(AssistantsWire(self, self.store).routes())
        app.router.add_routes(FilesWire(self, self.store).routes())
        self.agents_api.add_routes(app.router)
        app.router.add_route("*", "/{path:.*}", self._missing)
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def record(self, request: web.Request) -> Asked:
        """Write down what was asked: JSON, text, or the fields of a form."""
        text: Any = ""
        if request.content_type == "multipart/form-data":
            text = await _form(request)
        else:
            text = await request.text()
            with contextlib.suppress(ValueError):
                text = json.loads(text)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.path, headers, text)
        self.asked.append(asked)
        return asked

    async def _list(self, request: web.Request) -> web.StreamResponse:
        await self.record(request)
        if self.models_reply:
            return await self.plain(self.models_reply)
        if self.page:
            return web.json_response(self._paged(request.query.get("after", "")))
        return web.json_response(self.models)

    def _paged(self, after: str) -> Any:
        rows = self.models["data"]
        ids = [row["id"] for row in rows]
        start = ids.index(after) + 1 if after in ids else 0
        page = rows[start : start + self.page]
        last = page[-1]["id"] if page else None
        return {"data": page, "has_more": start + self.page < len(rows), "last_id": last}

    async def _missing(self, request: web.Request) -> web.StreamResponse:
        await self.record(request)
        error = {"message": f"Invalid URL ({request.method} {request.path})", "code": None}
        return web.json_response({"error": error}, status=404)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        asked = await self.record(request)
        reply = self.next_reply() or self._think(asked)
        if reply.body is not None:
            if reply.fault.hang_up and request.transport:
                request.transport.abort()
            return await self.plain(reply)
        return await self.play_out(request, reply)

    async def play_out(
        self,
        request: web.Request,
        reply: Reply,
        events: list[Event] | None = None,
        reached: Callable[[int], None] | None = None,
    ) -> web.StreamResponse:
        """Stream a reply, or other events with its faults. ``reached``: told the number of each
        that is sent.
        """
        if events is not None:
            reply = dataclasses.replace(reply, events=events)
        if reply.fault.hang_up and request.transport:
            request.transport.abort()
        self.open += 1
        try:
            return await self._stream(request, reply, reached or (lambda number: None))
        except (asyncio.CancelledError, ConnectionError):
            self.left += 1
            raise
        finally:
            self.open -= 1

    def _think(self, asked: Asked) -> Reply:
        dialect = DIALECTS[asked.path]
        return brain.answer(asked.body, dialect).reply(dialect)

    def pieces(self, reply: Reply) -> AsyncIterator[bytes]:
        """The bytes of a reply, for a stream that is longer than it."""
        return _pieces(reply, lambda number: None)

    async def plain(self, reply: Reply) -> web.Response:
        await asyncio.sleep(reply.fault.before_headers)
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        kind = "text/html" if text.lstrip().startswith("<") else "application/json"
        headers = {"content-type": kind} | reply.headers
        return web.Response(status=reply.status, headers=headers, text=text)

    async def _stream(
        self, request: web.Request, reply: Reply, reached: Callable[[int], None]
    ) -> web.StreamResponse:
        fault = reply.fault
        await asyncio.sleep(fault.before_headers)
        headers = {"content-type": "text/event-stream; charset=utf-8"} | reply.headers
        response = web.StreamResponse(status=reply.status, headers=headers)
        await response.prepare(request)
        sent = bytearray()
        self.sent.append(sent)
        place = len(self.sizes)
        self.sizes.append(0)
        await asyncio.sleep(fault.before_events)
        async for data in _pieces(reply, reached):
            sent += data if len(sent) < 1_000_000 else b""
            self.sizes[place] += len(data)
            await response.write(data)
        if fault.cut_after is not None and request.transport:
            request.transport.abort()
        await response.write_eof()
        return response


async def _form(request: web.Request) -> dict[str, Any]:
    """The fields of a form; of a file its bytes, and its name as ``filename``."""
    fields: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            fields |= {name: value.file.read(), "filename": value.filename}
        else:
            fields[name] = value
    return fields


async def _pieces(reply: Reply, reached: Callable[[int], None]) -> AsyncIterator[bytes]:
    """The bytes of the body, as they are to be written."""
    fault, count = reply.fault, len(reply.events)
    ways = (fault.cut_after, fault.end_after, fault.drip_after, fault.stall_after, fault.fill_after)
    stops = [at for at in ways if at is not None]
    for number, event in enumerate(_forever(reply)):
        if raw := fault.raw.get(number):
            yield raw.encode(errors="surrogateescape")
        if number >= min([count, *stops]) and fault.endless_after is None:
            break
        if number and fault.between:
            await asyncio.sleep(fault.between)
        reached(number)
        for piece in _cut(_frame(event, number, reply), fault.chunk):
            yield piece
    while fault.drip_after is not None:
        yield b": keepalive\n\n"
        await asyncio.sleep(fault.drip_every)
    while fault.stall_after is not None:
        await asyncio.sleep(60)
    while fault.fill_after is not None:
        yield b"x" * FILLER
    if fault.done and not stops:
        yield b"data: [DONE]\n\n"


def _forever(reply: Reply) -> Iterator[Event]:
    last = reply.fault.endless_after
    yield from reply.events[:last]
    for _ in range(ENDLESS if last is not None else 1):
        yield reply.events[last] if last is not None else {}


def _frame(event: Event, number: int, reply: Reply) -> bytes:
    fault = reply.fault
    if "event" in event:  # named there alone, as the Assistants API does
        data = event["data"]
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        named = [f"event: {event['event']}"] if fault.named else []
        return fault.line_end.join([*named, f"data: {text}", "", ""]).encode()
    is_typed = "type" in event
    body = event | ({"sequence_number": number} if fault.numbered and is_typed else {})
    lines = [f"event: {event['type']}"] if fault.named and is_typed else []
    # Half a surrogate pair is written as an escape, as servers do; all else as it is.
    text = json.dumps(body, ensure_ascii=False)
    if not text.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in text):
        text = json.dumps(body)
    lines += [f"data: {text}", "", ""]
    return fault.line_end.join(lines).encode()


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    if not size:
        yield data
        return
    for at in range(0, len(data), size):
        yield data[at : at + size]
