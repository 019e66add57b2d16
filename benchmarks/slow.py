"""A reader that never reads: it opens a websocket, subscribes, and takes nothing from then on."""

import asyncio
import base64
import os
import socket
from urllib.parse import urlsplit

import orjson

from benchmarks.tabs import Person

ROOM = 4096  # bytes the kernel may hold for it: what it leaves lies with the server


async def mute(origin: str, person: Person, streams: list[str]) -> socket.socket:
    """The socket, subscribed to ``streams``."""
    loop = asyncio.get_running_loop()
    place = urlsplit(origin)
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    end.setblocking(False)
    await loop.sock_connect(end, (place.hostname, place.port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /ws/ HTTP/1.1",
        f"Host: {place.netloc}",
        f"Origin: {origin}",
        f"Cookie: {person.cookie}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    await loop.sock_sendall(end, ("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += await loop.sock_recv(end, 1024)
    for stream in streams:
        frame = {"op": "subscribe", "stream": stream, "after": None, "epoch": None}
        await loop.sock_sendall(end, _masked(orjson.dumps(frame)))
    return end


def _masked(data: bytes) -> bytes:
    """A text frame as a client writes it: RFC 6455, 5.2."""
    if len(data) < 126:
        head = bytes([0x81, 0x80 | len(data)])
    else:
        head = bytes([0x81, 0x80 | 126]) + len(data).to_bytes(2, "big")
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
