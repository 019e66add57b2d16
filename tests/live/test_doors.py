"""Whatever door a turn comes in by, a tool is given the same: its user, its thread, its run.

In a real server; ``probe`` (tests/harness/tools.py) notes what it sees.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.harness.installation import ROOT, Installation, Template
from tests.harness.server import Server
from tests.interfaces.conftest import tab
from tests.patience import PATIENCE

MODEL = {"GIINT_OFFLINE": "true"}
Door = Callable[[Server], Awaitable[str]]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Iterator[Server]:
    with (
        template.copy(tmp_path_factory.mktemp("doors") / "data") as installation,
        Server(installation) as server,
    ):
        yield server


# --- the doors: each sends something, and returns the thread in which it went ---------------------


async def through_the_socket(server: Server) -> str:
    return await _written(server, "use probe")


async def through_a_poll_in_a_duo(server: Server) -> str:
    return await _written(server, "/duo 1 poll: use probe")


async def through_the_console_of_rest(server: Server) -> str:
    thread = await _written(server, "babble 3 words every 1 ms")
    posted = await asyncio.to_thread(
        _post, server, "console", {"text": "use probe", "thread": thread}
    )
    assert posted["thread"] == thread
    return thread


async def through_a_poll_of_rest(server: Server) -> str:
    begun = await asyncio.to_thread(_post, server, "polls", {"question": "use probe"})
    return str(begun["thread"])


async def through_the_shell(server: Server) -> str:
    done = await asyncio.to_thread(shell, server.installation, "use probe")
    assert done.returncode == 0, done.stderr
    assert "I shall use probe." in done.stdout
    return done.stderr.split()[0]


async def _written(server: Server, text: str) -> str:
    alice = server.installation.alice
    async with tab(server, alice) as page:
        await page.tell(op="send", id=f"m{text}", thread=None, text=text)
        ok = await page.until(op="ok")
        stream = f"thread:{ok['thread']}"
        await page.tell(op="subscribe", stream=stream, after=0, epoch="none")
        snapshot = await page.until(op="snapshot", stream=stream)
        if not all(run["ended"] for run in snapshot["runs"]):
            await page.ended(ok["run"])
        return str(ok["thread"])


def _post(server: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    made = _manage(
        server.installation, "tokens", "create", "alice", "--name", path, "--scope", "write"
    )
    request = urllib.request.Request(
        f"{server.origin}/api/v1/{path}",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {made.stdout.strip()}",
        },
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        found: dict[str, Any] = json.loads(response.read())
        return found


def shell(installation: Installation, text: str, *more: str) -> "subprocess.CompletedProcess[str]":
    return _manage(installation, "message", "send", "--user", "alice", *more, text)


def _manage(installation: Installation, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=installation.environment(**MODEL),
        capture_output=True,
        text=True,
        timeout=PATIENCE * 3,
        check=False,
    )


def _turns(installation: Installation, thread: str) -> list[dict[str, Any]]:
    """The turns of the thread, with the runs beneath them left out; all have ended."""
    rows = installation.rows("SELECT id, thread_id, parent_id, ended, status FROM giint_run")
    return [row for row in rows if row["thread_id"] == thread and row["parent_id"] is None]


async def _seen_in(server: Server, thread: str) -> list[dict[str, Any]]:
    """What ``probe`` noted in the thread, once every turn of it has ended."""
    async with asyncio.timeout(PATIENCE):
        while True:
            turns = _turns(server.installation, thread)
            seen = [one for one in server.installation.seen() if one["thread"] == thread]
            if seen and all(row["ended"] for row in turns):
                return seen
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("door", "depth"),
    [
        (through_the_socket, 0),
        (through_the_console_of_rest, 0),
        (through_the_shell, 0),
        (through_a_poll_of_rest, 1),
        (through_a_poll_in_a_duo, 2),
    ],
)
async def test_a_tool_is_given_the_same_by_every_door(one: Server, door: Door, depth: int) -> None:
    thread = await door(one)
    seen = await _seen_in(one, thread)
    turn = _turns(one.installation, thread)[-1]
    assert turn["status"] == "completed"
    assert seen == [
        {"user": "alice", "is_user": True, "owns": True, "thread": thread, "run": turn["id"]}
    ] * len(seen)
    assert _depths(one.installation, turn["id"]) == {depth}


def _depths(installation: Installation, turn: str) -> set[int]:
    """How far below the turn the runs are whose outputs ``probe`` left."""
    above = {row["id"]: row["parent_id"] for row in installation.rows("SELECT * FROM giint_run")}
    found = set()
    outputs = installation.rows("SELECT tool, run_id FROM transcripts_tooloutput")
    for run in (row["run_id"] for row in outputs if row["tool"] == "probe"):
        line = [run]
        while parent := above[line[-1]]:
            line.append(parent)
        if line[-1] == turn:
            found.add(len(line) - 1)
    return found


# --- the shell alone ------------------------------------------------------------------------------


def test_a_message_that_nobody_can_take_says_so_and_is_kept(installation: Installation) -> None:
    refused = shell(installation, "use probe", "--id", "once")
    assert refused.returncode == 1
    assert "nobody runs turns here now" in refused.stderr
    assert "--id once --run-here" in refused.stderr
    assert installation.seen() == []
    here = shell(installation, "use probe", "--id", "once", "--run-here")
    assert (here.returncode, here.stderr.split()[0]) == (0, refused.stderr.split()[0])
    assert "I shall use probe." in here.stdout
    assert [one["user"] for one in installation.seen()] == ["alice"]
    assert installation.rows("SELECT * FROM giint_runner") == []


def test_what_others_have_waiting_is_not_taken_by_a_command(installation: Installation) -> None:
    waiting = shell(installation, "use probe")
    here = shell(installation, "babble 3 words every 1 ms", "--run-here")
    assert here.returncode == 0
    statuses = {
        row["thread_id"]: row["status"]
        for row in installation.rows("SELECT thread_id, status FROM giint_run")
    }
    assert statuses == {waiting.stderr.split()[0]: "queued", here.stderr.split()[0]: "completed"}


def test_a_call_that_asks_first_is_said(installation: Installation) -> None:
    row = "Tool(name='mark', kind='code', approval='always', retry='once', timeout=10)"
    _manage(installation, "shell", "-c", f"from agents.models import Tool; {row}.save()")
    said = shell(installation, "use mark", "--run-here")
    assert said.returncode == 1
    assert "It waits for a decision" in said.stderr
    assert "mark {}" in said.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--user", "nobody-here", "x"], "nobody called nobody-here"),
        (["--user", "alice", "--agent", "None such", "x"], "no agent called None such"),
        (["--user", "alice", "--thread", "thread_none", "x"], "not yours"),
        (["--user", "alice", " "], "needs some text"),
    ],
)
def test_what_cannot_be_sent_is_said(
    installation: Installation, words: list[str], hint: str
) -> None:
    said = _manage(installation, "message", "send", *words)
    assert (said.returncode, hint in said.stderr) == (1, True)
    assert installation.rows("SELECT id FROM giint_run") == []
