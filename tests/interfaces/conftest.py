"""A server of each kind for the tests of this folder, and a raw socket to it."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.harness.installation import Installation, Person, Template
from tests.harness.server import Server
from tests.patience import PATIENCE

Frame = dict[str, Any]


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("socket")
    with (
        Template(folder / "template").copy(folder / "data") as installation,
        Server(installation, kind=request.param) as server,
    ):
        yield server


class Tab:
    """One open socket: sends dicts, receives dicts."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def tell(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def hear(self, within: float = PATIENCE) -> Frame:
        frame: Frame = json.loads(await asyncio.wait_for(self.connection.recv(), within))
        return frame

    async def until(self, **wanted: Any) -> Frame:
        """The next frame that has all of ``wanted`` in it."""
        while True:
            frame = await self.hear()
            if all(frame.get(name) == value for name, value in wanted.items()):
                return frame

    async def ended(self, run: str) -> Frame:
        """Wait for the run's terminal status."""
        while True:
            found = (await self.until(op="event", type="run.status"))["payload"]["run"]
            if found["id"] == run and found["ended"]:
                answer: Frame = found
                return answer


@asynccontextmanager
async def tab(
    server: Server, person: Person | None, *, origin: str | None = "own", **more: Any
) -> AsyncIterator[Tab]:
    headers = {"Cookie": person.cookie} if person else {}
    given: Any = server.origin if origin == "own" else origin
    async with connect(
        server.socket,
        origin=given,
        additional_headers=headers,
        compression=None,
        max_size=None,
        **more,
    ) as connection:
        yield Tab(connection)


def execute(installation: Installation, statement: str, *values: Any) -> None:
    """Change a row from another process, as an administrator would."""
    with closing(sqlite3.connect(installation.folder / "giint.sqlite3", timeout=20)) as database:
        database.execute(statement, values)
        database.commit()
