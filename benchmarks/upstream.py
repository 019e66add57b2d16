"""The model server both relays ask: Responses streaming, as fast as a loop can write it.

``python -m benchmarks.upstream`` prints its port. What it plays stands in the last message it is
sent: ``{"deltas": 500, "rate": 50}`` is 500 deltas, 50 a second; without ``rate`` as fast as the
connection takes them; ``{"answer": "markdown"}`` is the text of ``rendering/answer.py``. Anything
else is answered by a few words, such as a summary.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any, cast

import orjson
import uvloop

from benchmarks.records import record
from benchmarks.rendering import answer

BATCH = 32  # events written before others get a turn, when nothing paces them
ID = "msg_0000000000000000000000000000000000000000000000"
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_LIST = b'{"object":"list","data":[{"id":"bench","object":"model"}]}'
MODELS = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_LIST),
    _LIST,
)
DELTA = (
    "event: response.output_text.delta\n"
    'data: {"type":"response.output_text.delta","sequence_number":%d,"item_id":"' + ID + '",'
    '"output_index":0,"content_index":0,"delta":%s,"logprobs":[],"obfuscation":"x8Kq2nRt"}\n\n'
)
Event = dict[str, Any]


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._room = asyncio.Event()
        self._answer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            asyncio.Transport, transport
        )  # uvloop's, which is not asyncio's class
        self._room.set()

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None:
            self._answer.cancel()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, blank, body = bytes(self._held).partition(b"\r\n\r\n")
        length = _length(head)
        if not blank or len(body) < length:
            return
        del self._held[: len(head) + 4 + length]
        if head.startswith(b"GET"):
            self._transport.write(MODELS)
        else:
            self._answer = asyncio.ensure_future(self._play(_wanted(body[:length])))

    async def _play(self, wanted: Event) -> None:
        self._transport.write(HEAD)
        texts: list[str] = []
        for event in _opening():
            self._write(_frame(event))
        loop, rate = asyncio.get_running_loop(), wanted.get("rate")
        begun = loop.time()
        for number, text in enumerate(_deltas(wanted)):
            texts.append(text)
            self._write((DELTA % (number + 4, orjson.dumps(text).decode())).encode())
            if rate:
                await asyncio.sleep(begun + (number + 1) / rate - loop.time())
            elif number % BATCH == BATCH - 1:
                await asyncio.sleep(0)
                await self._room.wait()
        for event in _closing("".join(texts)):
            self._write(_frame(event))
        self._transport.write(b"0\r\n\r\n")

    def _write(self, data: bytes) -> None:
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _wanted(body: bytes) -> Event:
    """What the last message asks for."""
    asked = orjson.loads(body) if body else {}
    text = asked["input"][-1]["content"][0]["text"] if asked.get("input") else ""
    with contextlib.suppress(orjson.JSONDecodeError):
        wanted: Event = orjson.loads(text)
        return wanted
    return {"deltas": 1, "text": "A short summary. "}


def _deltas(wanted: Event) -> Iterable[str]:
    """A record is made when it is taken: it tells when it was written."""
    if wanted.get("answer") == "markdown":
        return answer.pieces()
    return (wanted.get("text") or record(number) for number in range(wanted["deltas"]))


def _opening() -> list[Event]:
    item = {"id": ID, "type": "message", "role": "assistant", "status": "in_progress"}
    return [
        {"type": "response.created", "response": _response("in_progress", [])},
        {"type": "response.in_progress", "response": _response("in_progress", [])},
        {"type": "response.output_item.added", "output_index": 0, "item": item | {"content": []}},
        {"type": "response.content_part.added", "output_index": 0, "part": _part("")},
    ]


def _closing(text: str) -> list[Event]:
    item: Event = {"id": ID, "type": "message", "role": "assistant", "status": "completed"}
    item |= {"content": [_part(text)]}
    return [
        {"type": "response.output_text.done", "output_index": 0, "text": text},
        {"type": "response.content_part.done", "output_index": 0, "part": _part(text)},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": _response("completed", [item])},
    ]


def _part(text: str) -> Event:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _response(status: str, output: list[Event]) -> Event:
    usage = {"input_tokens": 50, "output_tokens": 50, "total_tokens": 100}
    return {
        "id": "resp_0000000000000000000000000000000000000000000000",
        "object": "response",
        "status": status,
        "model": "bench",
        "output": output,
        "usage": usage if status == "completed" else None,
    }


def _frame(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {orjson.dumps(event).decode()}\n\n".encode()


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())
