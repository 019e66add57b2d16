"""kill -9 during a poll and a duo, with a second tab: the transcript is whole."""

import pytest

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.server import Server

LINES = {
    "poll": "/poll x6 babble 60 words every 10 ms",
    "duo": "/duo 3 babble 60 words every 10 ms",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(LINES))
async def test_a_transcript_is_whole_after_a_kill(installation: Installation, kind: str) -> None:
    person = installation.alice
    with Server(installation) as server:
        author = Client(server, person, person.stream)
        await author.send("open", "Hello")
        await author.live(author.all_ended)
        thread = author.answers["open"]["thread"]
        tabs = [Client(server, person, person.stream, f"thread:{thread}") for _ in range(2)]
        for tab in tabs:
            await tab.open()
            await tab.live(lambda tab=tab: len(tab.reader.places) == 2)  # type: ignore[misc]
        await tabs[0].send("one", LINES[kind], thread)
        await tabs[0].live(lambda: _grown(tabs[0]) > 200)
        server.kill()
        server.start()
        for tab in tabs:
            await tab.live(lambda tab=tab: len(tab.reader.runs) == 2 and tab.all_ended())  # type: ignore[misc]
            await tab.catch_up()
            await tab.close()
        await author.catch_up()
        await author.close()
    assert check(installation, tabs, ["open", "one"]) == []
    (transcript,) = installation.rows("SELECT status FROM transcripts_transcript")
    assert transcript["status"] == "done"
    attempts = installation.rows("SELECT attempt FROM transcripts_transcriptentry")
    assert max(row["attempt"] for row in attempts) == 2  # what was cut short began again


def _grown(client: Client) -> int:
    return sum(
        len(told.text()) for id_, told in client.reader.messages.items() if id_.startswith("entry_")
    )
