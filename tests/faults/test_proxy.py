"""The proxy does to a connection what it says."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it is sent."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while got := connection.recv(65536):
                    connection.sendall(got)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


async def said(reader: asyncio.StreamReader, within: float = 0.2) -> bytes | None:
    """What comes; None if nothing does."""
    try:
        async with asyncio.timeout(within):
            return await reader.read(100)
    except TimeoutError:
        return None


async def test_what_is_well_passes(echo: int) -> None:
    async with Proxy.to(echo) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await said(reader, 5) == b"hello"
        writer.close()


async def test_a_cut_is_a_reset_and_may_be_for_good(echo: int) -> None:
    async with Proxy.to(echo) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await said(reader, 5) == b"hello"
        proxy.cut(refuse=True)
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        again, other = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises(ConnectionResetError):
            await again.read(1)
        proxy.heal()
        third, last = await asyncio.open_connection("127.0.0.1", proxy.port)
        last.write(b"back")
        assert await said(third, 5) == b"back"
        for one in (writer, other, last):
            one.close()


@pytest.mark.parametrize("where", ["up", "down"])
async def test_a_stall_tells_nobody_and_ends(echo: int, where: str) -> None:
    async with Proxy.to(echo) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.stall(up=where == "up", down=where == "down")
        writer.write(b"late")
        assert await said(reader) is None
        proxy.heal()
        assert await said(reader, 5) == b"late"
        writer.close()
