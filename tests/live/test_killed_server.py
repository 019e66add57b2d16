"""kill -9 in the middle of runs: nothing is lost, nothing comes twice, everything ends.

The long version: ``python -m tests.harness.kills --runs 40``.
"""

import asyncio

import pytest

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.kills import kills
from tests.harness.reader import Told
from tests.harness.server import GUARDED, UNGUARDED, Server
from tests.patience import PATIENCE


@pytest.mark.slow
async def test_a_killed_server_loses_nothing_and_repeats_nothing(
    installation: Installation,
) -> None:
    with Server(installation) as server:
        report = await kills(server, 5, "a")
    assert report.wrong == []
    assert report.kills >= 5
    assert sum(report.ended.values()) >= 10


@pytest.mark.slow
async def test_the_same_on_postgres(on_postgres: Installation) -> None:
    with Server(on_postgres) as server:
        report = await kills(server, 2, "p")
    assert report.wrong == []
    assert report.kills >= 2


@pytest.mark.slow
async def test_a_send_whose_answer_was_lost_is_found_to_be_there(
    installation: Installation,
) -> None:
    with Server(installation) as server:
        author = Client(server, installation.alice, installation.alice.stream)
        await author.open()
        await author.send("one", "Hello")
        async with asyncio.timeout(PATIENCE):
            while not installation.rows("SELECT id FROM giint_message"):
                await asyncio.sleep(0.005)
        await asyncio.to_thread(server.kill)
        author.drop()  # with all that the server still said
        await asyncio.to_thread(server.start)
        await author.live(author.all_ended)
        await author.catch_up()
        await author.close()
    assert author.answers["one"]["created"] is False
    assert check(installation, [author], ["one"]) == []


async def cut(installation: Installation, application: str, **variables: str) -> list[str]:
    """One stream, killed when some of it was read and before it was whole."""
    person = installation.alice
    with Server(installation, application=application, **variables) as server:
        author = Client(server, person, person.stream)
        await author.send("one", "babble 150 words every 10 ms")
        await author.live(lambda: any(map(_has_begun, author.reader.messages.values())))
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await author.live(author.all_ended)
        await author.catch_up()
        await author.close()
    return check(installation, [author], ["one"])


def _has_begun(told: Told) -> bool:
    return told.role == "assistant" and len(told.text()) > 200


@pytest.mark.slow
async def test_an_answer_that_is_begun_again_is_not_mixed_with_its_beginning(
    installation: Installation,
) -> None:
    assert await cut(installation, GUARDED) == []
    (row,) = installation.rows("SELECT attempt FROM giint_message WHERE role = 'assistant'")
    assert row["attempt"] == 2


@pytest.mark.slow
async def test_without_the_guards_of_a_takeover_it_would_be(installation: Installation) -> None:
    wrong = await cut(installation, UNGUARDED, HARNESS_UNGUARDED="takeover")
    assert any("differs where it overlaps" in text for text in wrong), wrong
