"""A socket while the database is away: it closes, so that its client comes back and goes on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.db import OperationalError
from websockets.exceptions import ConnectionClosed

from giint.interfaces.websocket import ChatSocket
from tests.harness.server import Server
from tests.interfaces.conftest import execute, tab


@pytest.mark.parametrize("op", ["send", "subscribe"])
async def test_a_frame_that_cannot_be_done_closes_the_socket(server: Server, op: str) -> None:
    """4503, not an answer: whether it was done nobody knows. The client asks again by its id."""
    at = server.installation
    async with tab(server, at.alice) as one:
        await one.tell(op="ping")
        assert await one.hear() == {"op": "pong"}
        # As far as Django is concerned a table that is gone is a database that does not answer.
        execute(at, "ALTER TABLE giint_giintthread RENAME TO elsewhere")
        try:
            frame = {"id": "away-1", "text": "Hi", "stream": at.alice.stream}
            await one.tell(op=op, **frame)
            with pytest.raises(ConnectionClosed) as closed:
                await one.until(op="never")
        finally:
            execute(at, "ALTER TABLE elsewhere RENAME TO giint_giintthread")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4503
    async with tab(server, at.alice) as again:
        await again.tell(op="send", id=f"away-{op}", text="Hi")
        assert (await again.until(op="ok"))["created"] is True


class Breaks:
    """A follower whose reading of the journal fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def frames(self) -> AsyncIterator[str]:
        yield "{}"
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"), [(OperationalError("gone"), 4503), (KeyError("our own bug"), 4500)]
)
async def test_a_writer_that_fails_never_leaves_a_silent_socket(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []

    async def send(event: object) -> None:
        await asyncio.sleep(0)

    async def close(self: ChatSocket, code: int) -> None:
        closed.append(code)

    monkeypatch.setattr(ChatSocket, "close", close)
    socket = ChatSocket()
    socket.base_send = send
    socket.user = type("Somebody", (), {"pk": 1})()
    socket.follower = Breaks(error)  # type: ignore[assignment]
    await socket._write()
    assert closed == [code]
