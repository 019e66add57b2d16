"""Console messages by REST, from the shell and in the admin; and the tool."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEntry, User
from agents.models import Tool
from agents.providers.scripted import calls, says, scripted
from agents.services import create_agent
from giint import engine
from giint.core.db import in_db, read_db
from giint.engine.supervisor import Supervisor
from giint.models import GiintThread, Run
from tests.accounts.conftest import Caller, boss
from tests.engine.conftest import ended, running, send, until
from transcripts.models import ConsoleMessage, ToolOutput

__all__ = ["boss", "running"]
pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "private words <script>alert(1)</script>"


def a_thread(user: User) -> str:
    asked = engine.Asked(client_id="c1", text="Hello")
    return engine.start(user=user, asked=asked).thread


# --- REST -----------------------------------------------------------------------------------------


def test_posted_read_listed_and_taken_back(alice: User) -> None:
    call, thread = Caller(alice), a_thread(alice)
    body = {"text": "Look.", "thread": thread, "policy": "wait", "expires": 5, "id": "job 1"}
    answer = call("POST", "console", body)
    row = answer.json()
    assert answer.status_code == 201
    assert (row["source"], row["name"], row["policy"]) == ("rest", "Alice", "wait")
    assert (row["status"], row["thread"]) == ("pending", thread)
    assert row["expires"] > row["created"]
    again = call("POST", "console", body)
    assert (again.status_code, again.json()["id"]) == (200, row["id"])
    assert call("GET", f"console/{row['id']}").json() == row
    assert call("DELETE", f"console/{row['id']}").status_code == 204
    assert call("DELETE", f"console/{row['id']}").json()["code"] == "not_pending"
    assert call("GET", f"console/{row['id']}").json()["status"] == "cancelled"


def test_author_and_person_come_from_who_posts(alice: User, bob: User) -> None:
    body = {"text": "x", "user": bob.pk, "author": bob.pk, "source": "admin", "name": "root"}
    row = Caller(alice)("POST", "console", body).json()
    one = ConsoleMessage.objects.get(id=row["id"])
    assert (one.user, one.author, one.source, one.name) == (alice, alice, "rest", "Alice")
    assert not bob.console_messages.exists()


def test_the_list_is_filtered_and_comes_in_pages(alice: User) -> None:
    call, thread = Caller(alice), a_thread(alice)
    ids = [
        call("POST", "console", {"text": f"{n}", "thread": thread, "hold": n == 2}).json()["id"]
        for n in range(3)
    ]

    def found(query: str) -> list[str]:
        return [one["id"] for one in call("GET", f"console?{query}").json()["console"]]

    assert found("") == found(f"thread={thread}&source=rest") == ids[::-1]
    assert found("status=held") == [ids[2]]
    assert found("source=shell") == []
    page = call("GET", "console?limit=2").json()
    assert [one["id"] for one in page["console"]] == [ids[2], ids[1]]
    assert found(f"limit=2&before={page['next']}") == [ids[0]]


def test_a_held_one_is_let_go(alice: User) -> None:
    call = Caller(alice)
    row = call("POST", "console", {"text": "x", "hold": True}).json()
    assert (row["status"], row["code"]) == ("held", "console_hold")
    assert "until its person is there" in row["sentence"]
    assert call("POST", f"console/{row['id']}/release").json()["status"] == "pending"
    assert call("POST", f"console/{row['id']}/release").json()["code"] == "not_held"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "x", "policy": "shout"},
        {"text": "x", "expires": -1},
        {"text": "x", "hold": "perhaps"},
        {"text": "x", "id": ""},
        {"text": "x", "thread": "thread_none"},
        {"text": "x" * 20_001},
    ],
)
def test_a_body_that_is_wrong_is_refused(alice: User, body: dict[str, Any]) -> None:
    answer = Caller(alice)("POST", "console", body)
    assert answer.status_code in (400, 404, 413)
    assert answer.json()["code"]
    assert not ConsoleMessage.objects.exists()


def test_the_page_starts_with_those_that_are_not_over(alice: User) -> None:
    call = Caller(alice)
    row = call("POST", "console", {"text": "x", "hold": True}).json()
    assert call("GET", "bootstrap").json()["me"]["console"] == [row]


# --- the shell ------------------------------------------------------------------------------------


def shell(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("console", *words, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def test_posted_from_the_shell(alice: User) -> None:
    thread = a_thread(alice)
    id_, said = shell("post", "--user", "alice", "--thread", thread, "--policy", "wait", "Look.")
    one = ConsoleMessage.objects.get(id=id_)
    assert (one.user, one.thread_id, one.text, one.source) == (alice, thread, "Look.", "shell")
    assert (one.author, said) == (None, "Pending.")
    assert "@" in one.name
    held, said = shell("post", "--user", "alice@example.org", "--hold", "--expires", "5", "Later.")
    assert said == "Held. It waits until its person is there, as whoever posted it asked."
    listed, _ = shell("list", "--user", "alice", "--status", "held")
    assert held in listed
    assert id_ not in listed
    assert "Later." not in listed
    assert shell("cancel", held, id_)[0] == "2 of 2 taken back."
    with pytest.raises(CommandError, match="given to an agent already, or is over"):
        shell("cancel", held)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--user", "nobody", "x"], "nobody called nobody"),
        (["--user", "alice", "--thread", "thread_none", "x"], "no such thing"),
        (["--user", "alice", " "], "needs some text"),
    ],
)
def test_the_shell_says_what_was_wrong(alice: User, words: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        shell("post", *words)


# --- the admin ------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmail")
    return client


def permitted(user: User, *names: str) -> Client:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return browser(user)


ADD = "/admin/transcripts/consolemessage/add/"


def test_staff_post_to_a_person_by_a_permission_and_it_is_written_down(
    alice: User, bob: User
) -> None:
    thread = a_thread(alice)
    staff = permitted(bob, "view_consolemessage", "post_console")
    form = {"person": "alice", "thread": thread, "policy": "wait", "text": WORDS, "minutes": ""}
    assert staff.get(ADD).status_code == 200
    assert staff.post(ADD, form).status_code == 302
    one = ConsoleMessage.objects.get()
    assert (one.user, one.author, one.source) == (alice, bob, "admin")
    assert (one.thread_id, one.policy, one.text) == (thread, "wait", WORDS)
    entry = AuditEntry.objects.get(noun="console message")
    assert (entry.actor, entry.owner, entry.action) == (bob, alice, "posted")
    assert WORDS not in str(entry.details)
    for page in ("", f"{one.id}/change/"):
        shown = staff.get(f"/admin/transcripts/consolemessage/{page}").content.decode()
        assert one.id in shown
        assert "private words" not in shown
    given = {"action": "take_back", "_selected_action": [one.id]}
    staff.post("/admin/transcripts/consolemessage/", given)
    one.refresh_from_db()
    assert one.status == "cancelled"


def test_a_refusal_is_shown_beside_the_form(alice: User, boss: User) -> None:
    form = {"person": "alice", "thread": "thread_none", "policy": "wait", "text": "x"}
    shown = browser(boss).post(ADD, form).content.decode()
    assert "There is no such thing here" in shown
    shown = browser(boss).post(ADD, form | {"person": "nobody"}).content.decode()
    assert "There is nobody of that name." in shown
    assert not ConsoleMessage.objects.exists()


def test_the_words_are_for_who_may_read_threads(alice: User, boss: User) -> None:
    one = ConsoleMessage.objects.create(user=alice, source="shell", text=WORDS, status="held")
    shown = browser(boss).get(f"/admin/transcripts/consolemessage/{one.id}/change/")
    assert b"private words &lt;script&gt;" in shown.content


def test_without_the_permission_nobody_posts(alice: User, bob: User) -> None:
    staff = permitted(bob, "view_consolemessage")
    form = {"person": "alice", "policy": "wait", "text": "x"}
    assert staff.get(ADD).status_code == staff.post(ADD, form).status_code == 403
    assert not ConsoleMessage.objects.exists()


# --- the tool -------------------------------------------------------------------------------------


async def test_an_agent_posts_to_its_person_and_the_cause_is_carried(
    running: Supervisor, alice: User
) -> None:
    def prepare() -> str:
        Tool.objects.create(name="post_console", approval="never")
        return create_agent(user=alice, name="Watch", tools=["post_console"])[0].id

    agent = await in_db(prepare)
    wanted = calls(("post_console", {"text": "Look again at six."}))
    with scripted(wanted, says("Noted."), says("It is six.")) as script:
        sent = await send(alice, "Remind me", agent=agent)
        await ended(sent.run)
        await until(ConsoleMessage.objects.filter(status="answered").exists)
    one = await read_db(ConsoleMessage.objects.get)
    assert (one.source, one.name, one.policy, one.depth) == ("agent", "Watch", "wait", 1)
    assert (one.thread_id, one.cause_id, one.user_id) == (sent.thread, sent.run, alice.pk)
    output = await read_db(lambda: ToolOutput.objects.get(tool="post_console"))
    assert one.id in output.result
    told = script.requests[2].items[-1]["content"][0]["text"]
    assert told.startswith("[Console message from Watch, by way of another turn of an agent.")


async def test_an_agent_posts_into_another_chat_of_its_person_and_nobody_elses(
    running: Supervisor, alice: User, bob: User
) -> None:
    def prepare() -> tuple[str, str, str]:
        Tool.objects.create(name="post_console", approval="never")
        agent = create_agent(user=alice, name="Watch", tools=["post_console"])[0].id
        other = GiintThread.objects.create(owner=alice, title="Other")
        other.participants.create(agent_id=agent)
        return agent, other.id, GiintThread.objects.create(owner=bob, title="Bob's").id

    agent, mine, his = await in_db(prepare)
    wanted = calls(
        ("post_console", {"text": "x", "thread": mine, "policy": "interrupt"}),
        ("post_console", {"text": "x", "thread": his}),
    )
    with scripted(wanted, says("Done."), says("Heard.")):
        sent = await send(alice, "Go", agent=agent)
        await ended(sent.run)
        await until(ConsoleMessage.objects.filter(status="answered").exists)
    one = await read_db(ConsoleMessage.objects.get)
    assert (one.user_id, one.thread_id) == (alice.pk, mine)
    refused = await read_db(lambda: ToolOutput.objects.get(status="failed"))
    assert "no such thing" in refused.error
    assert await read_db(Run.objects.filter(thread=his).count) == 0


async def test_it_asks_first(running: Supervisor, alice: User) -> None:
    agent, _ = await in_db(create_agent, user=alice, name="Watch", tools=["post_console"])
    with scripted(calls(("post_console", {"text": "x"}))):
        sent = await send(alice, "Go", agent=agent.id)
        await until(Run.objects.filter(id=sent.run, status="waiting").exists)
    assert not await read_db(ConsoleMessage.objects.exists)
