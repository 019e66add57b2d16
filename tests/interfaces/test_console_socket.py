"""Console messages on real sockets: posted by one, told to all, and what was held until somebody
connects.
"""

import asyncio
import subprocess
import sys

from tests.harness.installation import ROOT
from tests.harness.server import Server
from tests.interfaces.conftest import Tab, tab


async def shell(server: Server, *words: str) -> str:
    """``manage.py console post`` for alice, in a process of its own; what it printed."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "manage.py", "console", "post", "--user", "alice", *words],
        cwd=ROOT,
        env=server.installation.environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


async def of(one: Tab, console: str, type: str) -> dict[str, object]:
    """The event of that message."""
    while True:
        payload = (await one.until(op="event", type=type))["payload"]
        told = payload["console"]
        if console in (told, told["id"] if isinstance(told, dict) else ""):
            found: dict[str, object] = payload
            return found


async def test_it_is_posted_once_and_told_to_every_tab(server: Server) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one, tab(server, alice) as two:
        for each in (one, two):
            await each.tell(op="subscribe", stream=alice.stream, after=None, epoch=None)
            await each.until(op="snapshot")
        await one.tell(op="console", id="k1", thread=None, text="Look.", policy="wait")
        ok = await one.until(op="ok", id="k1")
        assert ok["created"] is True
        posted = await of(two, ok["console"], "console.posted")
        assert posted["text"] == "Look."
        await of(two, ok["console"], "console.answered")
        await one.tell(op="console", id="k1", thread=None, text="Look.", policy="wait")
        again = await one.until(op="ok", id="k1")
        assert (again["console"], again["created"]) == (ok["console"], False)
        for wrong, code in (({"policy": "shout"}, "bad_field"), ({"thread": "none"}, "not_found")):
            await one.tell(**({"op": "console", "id": "k2", "text": "x"} | wrong))
            assert (await one.until(op="error", id="k2"))["code"] == code


async def test_what_is_posted_in_the_shell_is_taken_up_by_the_server(server: Server) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one:
        await one.tell(op="subscribe", stream=alice.stream, after=None, epoch=None)
        await one.until(op="snapshot")
        console = await shell(server, "Look.")
        await of(one, console, "console.answered")


async def test_what_was_held_goes_on_when_somebody_connects(server: Server) -> None:
    alice = server.installation.alice
    console = await shell(server, "--hold", "Welcome back.")
    async with tab(server, alice) as one:
        await one.tell(op="subscribe", stream=alice.stream, after=None, epoch=None)
        snapshot = await one.until(op="snapshot")
        rows = {row["id"]: row["status"] for row in snapshot["console"]}
        assert rows.get(console) != "held"
        if console in rows:
            await of(one, console, "console.answered")
    query = "SELECT id, status FROM transcripts_consolemessage"
    statuses = {row["id"]: row["status"] for row in server.installation.rows(query)}
    assert statuses[console] == "answered"
