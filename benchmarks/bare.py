"""The limit: upstream's events to a websocket, and nothing else. Nobody signs in, nothing is kept.

An ASGI application without a framework, under the same uvicorn as GIINT. A frame that asks,
``{"op": "send", "text": …}``, is passed upstream; deltas come back in GIINT's own frames, those of
one read in one frame; ``{"op": "done"}`` ends them. ``BARE_UPSTREAM`` is upstream's address.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
ID = "msg_0000000000000000000000000000"
sessions: list[aiohttp.ClientSession] = []


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
    else:
        await _socket(receive, send)


async def _lifespan(receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    await receive()
    sessions.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await sessions[0].close()
    await send({"type": "lifespan.shutdown.complete"})


async def _socket(receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    turns: set[asyncio.Task[None]] = set()
    while (message := await receive())["type"] != "websocket.disconnect":
        frame = orjson.loads(message["text"])
        if frame["op"] == "send":
            turn = asyncio.ensure_future(_turn(frame["text"], send))
            turns.add(turn)
            turn.add_done_callback(turns.discard)
    for turn in turns:
        turn.cancel()


async def _turn(text: str, send: Send) -> None:
    asked = {"model": "bench", "stream": True, "input": [{"content": [{"text": text}]}]}
    offset = 0
    rest = b""
    async with sessions[0].post(os.environ["BARE_UPSTREAM"] + "/responses", json=asked) as answer:
        async for chunk in answer.content.iter_any():
            *lines, rest = (rest + chunk).split(b"\n")
            piece = "".join(map(_delta, lines))
            if piece:
                frame = {
                    "op": "delta",
                    "message": ID,
                    "attempt": 1,
                    "offset": offset,
                    "text": piece,
                }
                await send({"type": "websocket.send", "text": orjson.dumps(frame).decode()})
                offset += len(piece)
    await send({"type": "websocket.send", "text": '{"op":"done"}'})


def _delta(line: bytes) -> str:
    if not line.startswith(b"data:"):
        return ""
    event = orjson.loads(line[5:])
    return str(event["delta"]) if event["type"] == "response.output_text.delta" else ""
