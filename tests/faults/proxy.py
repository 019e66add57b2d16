"""A TCP proxy that goes wrong when told to: between a client and a server, a server and a service.

What is under way is cut (RST), stalled in one direction or both (half-open: everything seems to be
there and nothing comes), or slowed. New connections may be refused.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHUNK = 16_384
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class Proxy:
    """Passes bytes to ``port`` on this machine; ``async with Proxy.to(port) as proxy``."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = 0  # connections whose two ends are not yet gone
        self._up = asyncio.Event()  # from those who connect
        self._down = asyncio.Event()  # to them
        self._refuses = False
        self.pace = 0.0  # seconds between two chunks
        self.passed = 0  # bytes
        self.heal()

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator["Proxy"]:
        proxy = cls(port)
        proxy._server = await asyncio.start_server(proxy._connected, "127.0.0.1", 0)
        proxy.port = proxy._server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            proxy._server.close()
            proxy.heal()
            proxy.cut()
            while proxy._open:
                await asyncio.sleep(0.01)

    # --- what goes wrong --------------------------------------------------------------------------

    def heal(self) -> None:
        """Everything passes; what was stalled comes late."""
        self._up.set()
        self._down.set()
        self.pace, self._refuses = 0.0, False

    def cut(self, *, refuse: bool = False) -> None:
        """Reset every connection; refuse new ones until ``heal``."""
        self._refuses = refuse
        for writer in list(self._writers):
            _reset(writer)

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """Nothing passes any more, and nobody is told."""
        if up:
            self._up.clear()
        if down:
            self._down.clear()

    def slow(self, pace: float) -> None:
        self.pace = pace

    # --- the way through --------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            await self._joined(reader, writer)
        finally:
            self._open -= 1

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            _reset(writer)
            return
        ours = {writer, back}
        self._writers |= ours
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, back, self._up))
                group.create_task(self._pass(there, writer, self._down))
        except* OSError:
            pass
        finally:
            self._writers -= ours
            for one in ours:
                _reset(one)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may: asyncio.Event
    ) -> None:
        while chunk := await reader.read(CHUNK):
            await may.wait()
            if self.pace:
                await asyncio.sleep(self.pace)
            writer.write(chunk)
            await writer.drain()
            self.passed += len(chunk)
        await may.wait()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
