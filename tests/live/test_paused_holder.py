"""A process that stands still for so long that it is taken for dead, and then goes on.

What it still has of a run that another process has finished must not reach the rows.
"""

import asyncio

import pytest

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.reader import Told
from tests.harness.server import UNGUARDED, Server

DEAD = 3.0  # seconds; ten in earnest


async def paused(installation: Installation, **variables: str) -> list[str]:
    """One process writes and is paused, the other one takes over and finishes; then both go on."""
    person = installation.alice
    setting = variables | {"HARNESS_DEAD": str(DEAD)}
    with (
        Server(installation, application=UNGUARDED, **setting) as first,
        Server(installation, application=UNGUARDED, **setting) as second,
    ):
        author = Client(first, person, person.stream)
        reader = Client(second, person, person.stream, curious=True)
        await reader.open()
        await author.send("one", "babble 200 words every 15 ms")
        await author.live(lambda: any(map(_has_begun, author.reader.messages.values())))
        await asyncio.to_thread(first.pause)
        await reader.live(lambda: bool(reader.reader.runs) and reader.all_ended())
        first.resume()
        await author.live(author.all_ended)
        await asyncio.sleep(1.2)  # two ticks, in which it would write what it still has
        for client in (author, reader):
            await client.catch_up()
            await client.close()
    (row,) = installation.rows("SELECT attempt FROM giint_message WHERE role = 'assistant'")
    assert row["attempt"] == 2
    return check(installation, [author, reader], ["one"])


def _has_begun(told: Told) -> bool:
    return told.role == "assistant" and len(told.text()) > 60


@pytest.mark.slow
async def test_what_a_paused_process_still_had_is_not_written(installation: Installation) -> None:
    assert await paused(installation) == []


@pytest.mark.slow
async def test_without_the_guards_of_the_persister_it_would_be(installation: Installation) -> None:
    wrong = await paused(installation, HARNESS_UNGUARDED="persister")
    assert any("the row is not the text that was told of" in text for text in wrong), wrong
