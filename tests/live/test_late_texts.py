"""A database that takes its time over texts: a finished message keeps its whole text.

The control runs the same without the persister's conditions and its order of closing.
"""

from collections.abc import Callable

import pytest

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.server import UNGUARDED, Server

RUNS = 10


async def streams(installation: Installation, **variables: str) -> list[str]:
    """Some short streams that end while older text is on its way to its row."""
    sent = [f"stream-{number}" for number in range(RUNS)]
    with Server(installation, application=UNGUARDED, HARNESS_BUSY="0.4", **variables) as server:
        client = Client(server, installation.alice, installation.alice.stream)
        await client.open()
        for place, id in enumerate(sent):
            await client.send(id, f"babble {60 + 7 * place} words every 10 ms")
        await client.live(client.all_ended)
        # What is still on its way to its row arrives before anybody looks.
        await client.live(_a_while())
        await client.catch_up()
        await client.close()
        return check(installation, [client], sent)


def _a_while() -> Callable[[], bool]:
    looks = iter(range(6))  # a quarter of a second each, while nothing comes
    return lambda: next(looks, None) is None


@pytest.mark.slow
async def test_late_texts_do_not_follow_the_end_of_their_message(
    installation: Installation,
) -> None:
    assert await streams(installation) == []


@pytest.mark.slow
async def test_without_the_guards_of_the_persister_the_same_shows_damage(
    installation: Installation,
) -> None:
    wrong = await streams(installation, HARNESS_UNGUARDED="persister")
    truncated = [text for text in wrong if "the row is not the text that was told of" in text]
    assert len(truncated) >= RUNS // 2, wrong
