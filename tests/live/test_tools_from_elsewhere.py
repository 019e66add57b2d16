"""A tool in a package of somebody else's, in a real server: nothing of ours is changed for it.

The package is made here, outside of this tree, with settings of its own that name it in the table.
"""

import json
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.installation import ROOT, Installation, Person
from tests.harness.server import Server
from tests.interfaces.conftest import Frame, tab
from tests.patience import PATIENCE

TOOL = '''
"""Reads sites."""

from agents.tools.base import ToolContext, tool


@tool(retry="safe", timeout=30)
async def crawl(context: ToolContext) -> str:
    """Read a site and say what is on it."""
    side = await context.transcript("Reading acme.example")
    await side.say("Plan", "Three pages at most.")
    async with side.line("Page 1") as line:
        line.add("It begins with ")
        line.add("a picture.")
    await side.close({"pages": 1})
    await context.file("pages.csv", "page\\n1\\n")
    return "One page."
'''
SETTINGS = """
from tests.harness.settings import *
from tests.harness.settings import GIINT_TOOLS

GIINT_TOOLS = GIINT_TOOLS | {"crawl": ("Crawl", "acme_tools.crawling.crawl")}
"""


@pytest.fixture
def acme(installation: Installation, tmp_path: Path) -> Iterator[Server]:
    """A server with the package on its path."""
    elsewhere = tmp_path / "site"
    package = elsewhere / "acme_tools"
    package.mkdir(parents=True)
    for name, text in {"__init__": "", "crawling": TOOL, "settings": SETTINGS}.items():
        (package / f"{name}.py").write_text(textwrap.dedent(text).lstrip())
    assert not elsewhere.is_relative_to(ROOT)
    with Server(
        installation,
        PYTHONPATH=f"{elsewhere}:{ROOT}",
        DJANGO_SETTINGS_MODULE="acme_tools.settings",
    ) as server:
        yield server


def get(server: Server, person: Person, path: str) -> Any:
    request = urllib.request.Request(
        f"{server.origin}/api/v1/{path}", headers={"Cookie": person.cookie}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.loads(response.read())


async def test_its_transcript_is_seen_live_kept_and_its_user_s_alone(acme: Server) -> None:
    alice, bob = acme.installation.alice, acme.installation.people["bob"]
    async with tab(acme, alice) as page:
        await page.tell(op="subscribe", stream=alice.stream, after=None, epoch=None)
        await page.until(op="snapshot")
        # The first turn opens the thread, so that it can be followed when the tool begins.
        await page.tell(op="send", id="m1", thread=None, text="babble 3 words every 1 ms")
        thread = (await page.until(op="ok", id="m1"))["thread"]
        await page.tell(op="subscribe", stream=f"thread:{thread}", after=None, epoch=None)
        await page.until(op="snapshot", stream=f"thread:{thread}")
        await page.tell(op="send", id="m2", thread=thread, text="use crawl")
        run = (await page.until(op="ok", id="m2"))["run"]
        heard = [await page.hear()]
        while not _ends(heard[-1], run):
            heard.append(await page.hear())
    _seen_live(heard)

    listed = get(acme, alice, "transcripts")["transcripts"]
    assert [(one["title"], one["tool"], one["thread"], one["run"]) for one in listed] == [
        ("Reading acme.example", "crawl", thread, run)
    ]
    whole = get(acme, alice, f"transcripts/{listed[0]['id']}")
    assert [(one["name"], one["text"]) for one in whole["entries"]] == [
        ("Plan", "Three pages at most."),
        ("Page 1", "It begins with a picture."),
    ]
    (output,) = get(acme, alice, "tool-outputs")["outputs"]
    assert (output["tool"], output["status"], output["result"]) == ("crawl", "done", "One page.")
    assert [file["name"] for file in output["files"]] == ["pages.csv"]
    assert get(acme, bob, "transcripts")["transcripts"] == []
    assert get(acme, bob, "tool-outputs")["outputs"] == []


def _ends(frame: Frame, run: str) -> bool:
    if frame.get("type") != "run.status":
        return False
    told = frame["payload"]["run"]
    return bool(told["id"] == run and told["ended"])


def _seen_live(heard: list[Frame]) -> None:
    """What a reader has by the end: the events in order, and the text of each entry."""
    events = [frame for frame in heard if frame["op"] == "event" and "transcript" in frame["type"]]
    of_thread = [one for one in events if one["stream"].startswith("thread:")]
    kinds = [one["type"] for one in of_thread]
    assert (kinds[0], kinds[-1]) == ("transcript.opened", "transcript.closed")
    assert "transcript.entry" in kinds
    assert "It begins with a picture." in json.dumps(heard)
    assert of_thread[-1]["payload"]["result"] == {"pages": 1}
