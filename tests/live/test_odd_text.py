"""Text that is odd (emoji in halves, lone halves, U+0000) from model, tool and user.

It is stored, shown live, resumed and found again alike, on both databases.
"""

import json

import pytest

from tests.harness.checker import check
from tests.harness.client import Client
from tests.harness.installation import Installation
from tests.harness.server import Server

SENT = "odd: \ud83d\ude00, \ude00 and \ud83d, nul \x00"
ASKED = "odd: \U0001f600, \ufffd and \ufffd, nul \ufffd"
SAID = "\U0001f600 whole, \ufffdlone, \ufffd lone, nul \ufffd, \ufffd"
GIVEN = {"text": "a\ufffdb\U0001f600\ufffd\ufffdé", "\ufffd": ["\ufffd"]}


async def dropped_often(client: Client) -> None:
    """Read to the end on a socket that is gone after every other frame."""
    while len(client.reader.runs) < 2 or not client.all_ended():
        await client.open()
        client.reader.stale.clear()
        for _ in range(2 + len(client.streams)):
            await client.step()
        client.drop()


@pytest.mark.slow
async def test_odd_text_is_the_same_for_everybody(either: Installation) -> None:
    person = either.alice
    with Server(either) as server:
        author = Client(server, person, person.stream)
        await author.send("one", SENT)
        await author.live(lambda: "one" in author.answers)
        thread = author.answers["one"]["thread"]
        resuming = Client(server, person, f"thread:{thread}")
        await author.send("two", "use odd", thread)
        await dropped_often(resuming)
        await author.live(author.all_ended)
        late = Client(server, person, person.stream, f"thread:{thread}")
        for client in (author, resuming, late):
            await client.catch_up()
            await client.close()

    assert check(either, [author, resuming, late], ["one", "two"]) == []
    assert resuming.connections > 3
    stored = [row["text"] for row in either.rows("SELECT text FROM giint_message")]
    assert {ASKED, SAID} <= set(stored)
    (output,) = either.rows("SELECT result FROM transcripts_tooloutput")
    assert json.loads(output["result"]) == GIVEN
    for client in (author, resuming, late):
        texts = [told.text() for told in client.reader.messages.values()]
        assert ASKED in texts
        assert SAID in texts
        assert list(client.reader.results.values()) == [output["result"]]
    titles = [row["title"] for row in late.reader.threads.values()]
    assert titles == [ASKED]
