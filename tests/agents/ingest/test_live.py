"""A live server: listed, looked up by id, taken in with files and threads; and what goes wrong."""

import asyncio
import contextlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import ProviderKey, User
from agents.ingest.using import use
from agents.models import Import, RemoteAssistant
from giint import engine
from giint.asgi import application
from giint.core.errors import GiintError
from giint.ingest.opening import open_server
from giint.ingest.reviewing import confirm, rows
from giint.ingest.work import look
from giint.models import Message
from tests.accounts.conftest import Caller, entered
from tests.agents.ingest.dumps import assistant, message, saved, thread
from tests.conftest import person
from tests.modelserver import assistantsobjects as made
from tests.modelserver.agentsstore import Session, agent_row, user_item
from tests.modelserver.server import ModelServer
from transcripts.models import File

TURN = {"id": "turn_1", "subagent_id": None}
CONFIG = {"name": "Helper", "model": "gpt-4o", "instructions": "Help."}


def account(server: ModelServer, user: User, dialect: str = "assistants") -> ProviderKey:
    return entered(user, base_url=server.url, dialect=dialect, secret="sk-live-0123456789")


def kept(server: ModelServer, **fields: Any) -> str:
    """An assistant that somebody made there; its id."""
    return str(server.store.add("assistant", made.assistant(CONFIG | fields))["id"])


def stored(server: ModelServer, name: str, content: bytes) -> str:
    row = server.store.add("file", made.file(name, "assistants", len(content)))
    server.store.contents[row["id"]] = content
    return str(row["id"])


def read(user: User, key: ProviderKey, *ids: str) -> Import:
    parent = open_server(user=user, key=key.id, ids=ids)
    look(lambda: False)
    parent.refresh_from_db()
    return parent


def take(user: User, parent: Import) -> list[Any]:
    numbers = list(parent.items.values_list("number", flat=True))
    confirm(user=user, parent=parent, numbers=numbers)
    look(lambda: False)
    return list(parent.items.order_by("number"))


def test_what_a_server_lists_is_taken_in_and_depends_on_it_no_more(
    model_server: ModelServer, alice: User
) -> None:
    key = account(model_server, alice)
    ids = [kept(model_server, name=f"Helper {n}") for n in range(3)]
    parent = read(alice, key)
    assert (parent.state, parent.code) == ("ready", "")
    assert {row["remote_id"] for row in rows(alice, parent, parent.items.all())} == set(ids)
    items = take(alice, parent)
    assert [item.outcome for item in items] == ["made"] * 3
    del model_server.store.rows["assistant"][ids[0]]
    agent = alice.agents.get(remote_assistants__remote_id=ids[0])
    assert agent.instructions == "Help."
    assert use(user=alice, remote_id=ids[0]) == agent
    assert model_server.updated["assistant"] == model_server.deleted["assistant"] == 0


def test_what_a_giint_made_for_a_chat_is_told_and_not_chosen(
    model_server: ModelServer, alice: User
) -> None:
    key = account(model_server, alice)
    tags = {"giint_installation": "giint_x", "giint_user": "user_x", "giint_row": "remote_x"}
    kept(model_server, metadata=tags)
    parent = read(alice, key)
    assert [row["standing"] for row in rows(alice, parent, parent.items.all())] == ["ours"]
    with pytest.raises(GiintError, match="import_unchosen"):
        confirm(user=alice, parent=parent, numbers=None)


def test_files_come_along_where_the_server_gives_them(
    model_server: ModelServer, alice: User
) -> None:
    key = account(model_server, alice)
    rates, guide = stored(model_server, "rates.csv", b"a,b\n"), stored(model_server, "g.txt", b"g")
    store = model_server.store.add("vector_store", made.vector_store({"name": "Docs"}, 1))["id"]
    model_server.store.members[store] = [guide]
    resources = {
        "code_interpreter": {"file_ids": [rates, "file-gone"]},
        "file_search": {"vector_store_ids": [store]},
    }
    kept(model_server, tool_resources=resources, tools=[{"type": "code_interpreter"}])
    (item,) = take(alice, read(alice, key))
    assert item.state == "done"
    files = {file.name: file.remote_ids for file in File.objects.filter(owner=alice)}
    assert files == {"rates.csv": {key.id: rates}, "g.txt": {key.id: guide}}
    told = {note["about"]: note["did"] for note in item.notes}
    assert told["files.file-gone"] == "not_taken"
    assert told[f"files.{store}"] == told[f"files.{rates}"] == "kept"
    take(alice, read(alice, key))
    assert File.objects.count() == 2


def test_a_thread_by_its_id_brings_messages_files_and_who_spoke(
    model_server: ModelServer, alice: User
) -> None:
    key = account(model_server, alice)
    who = kept(model_server)
    name = str(model_server.store.add("thread", made.thread({}))["id"])
    file = stored(model_server, "note.txt", b"hello")
    asked = {"role": "user", "content": "Look", "attachments": [{"file_id": file}]}
    model_server.store.say(name, asked)
    answer = model_server.store.say(name, {"role": "assistant", "content": "I see."})
    answer["assistant_id"] = who
    (item,) = take(alice, read(alice, key, name))
    assert (item.state, item.outcome) == ("done", "made")
    found = alice.threads.get()
    path = Message.objects.path(found.head_id, 9)
    assert [(one.role, one.text) for one in path] == [("user", "Look"), ("assistant", "I see.")]
    assert path[1].agent == alice.agents.get(remote_assistants__remote_id=who)
    assert File.objects.get().thread_id == found.id


def test_agents_and_sessions_of_the_agents_api_are_taken_in(
    model_server: ModelServer, alice: User
) -> None:
    key = account(model_server, alice, "agents")
    row = agent_row(CONFIG)
    model_server.agents_api.agents[row["id"]] = row
    session = Session("session_000001", {"id": row["id"]} | CONFIG, {}, turns=[TURN])
    answer: dict[str, Any] = {"type": "message", "role": "assistant", "turn_id": "turn_1"}
    answer |= {
        "id": "msg_2",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Found."}],
    }
    call = {"id": "fc_1", "type": "function_call", "name": "x", "turn_id": "turn_1"}
    session.items += [user_item(session, {"content": "Find it"}), call, answer]
    model_server.agents_api.sessions[session.id] = session
    agent, talk = take(alice, read(alice, key))
    assert (agent.kind, agent.outcome, agent.remote_id) == ("agent", "made", row["id"])
    assert alice.agents.get().instructions == "Help."
    assert use(user=alice, remote_id=row["id"]) == alice.agents.get()
    assert (talk.kind, talk.outcome) == ("session", "made")
    path = Message.objects.path(alice.threads.get().head_id, 9)
    assert [(one.role, one.text) for one in path] == [("user", "Find it"), ("assistant", "Found.")]
    assert path[1].agent == alice.agents.get()
    assert "1 × function_call" in " ".join(note["says"] for note in talk.notes)


def test_the_hosted_one_that_ended_points_to_the_file(
    model_server: ModelServer, alice: User
) -> None:
    key = account(model_server, alice)
    model_server.hosted_gone = True
    parent = read(alice, key)
    assert (parent.state, parent.code) == ("failed", "assistants_gone")
    answer = Caller(alice)("GET", f"imports/{parent.id}").json()
    assert "JSON" in answer["message"]
    with pytest.raises(GiintError, match="assistants_gone"):
        use(user=alice, remote_id="asst_somewhere")


@pytest.mark.parametrize("refused", [True, False])
def test_a_refused_key_and_an_unknown_id_are_told(
    model_server: ModelServer, alice: User, refused: bool
) -> None:
    key = account(model_server, alice)
    if refused:
        model_server.refused_keys.add("sk-live-0123456789")
    parent = read(alice, key, "asst_nobodys")
    code = "upstream_refused_key" if refused else "remote_gone"
    assert (parent.state, parent.code) == ("failed", code)
    assert not alice.agents.exists()


def test_an_assistant_is_used_once_however_often_and_by_its_owner_alone(
    model_server: ModelServer, alice: User, mallory: User
) -> None:
    account(model_server, alice)
    id_ = kept(model_server)
    answer = Caller(alice)("POST", "imports/use", {"id": id_})
    agent = alice.agents.get()
    assert (answer.status_code, answer.json()["id"]) == (200, agent.id)
    assert Caller(alice)("POST", "imports/use", {"id": id_}).json()["id"] == agent.id
    assert alice.agents.count() == 1
    other = Caller(mallory)("POST", "imports/use", {"id": id_})
    assert (other.status_code, other.json()["code"]) == (409, "no_remote_account")


@contextlib.asynccontextmanager
async def socket(user: User) -> Any:
    client = Client()
    await asyncio.to_thread(client.force_login, user, "accounts.backends.NameOrEmail")
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    origin = (b"origin", b"http://localhost:8000")
    headers = [(b"host", b"localhost"), origin, (b"cookie", cookie.encode())]
    one = WebsocketCommunicator(application, "/ws/", headers=headers)
    try:
        yield one
    finally:
        await one.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_an_assistant_that_is_picked_in_a_chat_is_taken_in(
    model_server: ModelServer, settings: Settings, tmp_path: Path
) -> None:
    settings.GIINT_EMBEDDED = False
    alice = await asyncio.to_thread(person, "alice")
    await asyncio.to_thread(account, model_server, alice)
    id_ = kept(model_server)
    try:
        async with socket(alice) as one:
            assert (await one.connect())[0]
            frame = {"op": "send", "id": "m1", "thread": None, "text": "Hello", "agent": id_}
            await one.send_json_to(frame)
            answer = await one.receive_json_from(timeout=60)
            await one.send_json_to(frame | {"id": "m2", "agent": "agent_nobodys"})
            refused = await one.receive_json_from(timeout=60)
    finally:
        await engine.supervisor.drain(0)
    assert answer["op"] == "ok"
    assert refused["code"] == "no_agent"
    found = await asyncio.to_thread(lambda: alice.threads.get().agent_ids())
    agent = await asyncio.to_thread(lambda: alice.agents.get(remote_assistants__remote_id=id_))
    assert found == [agent.id]


# --- the shell ------------------------------------------------------------------------------------


def ingest(*what: str, **options: Any) -> Any:
    out = StringIO()
    call_command("assistants", "ingest", *what, "--user=alice", "--json", stdout=out, **options)
    return json.loads(out.getvalue())["results"]


def test_the_command_takes_ids_and_files(
    model_server: ModelServer, alice: User, tmp_path: Path
) -> None:
    account(model_server, alice)
    id_ = kept(model_server)
    file = tmp_path / "saved.json"
    talk = thread() | {"messages": [message(1, "user", "Hello")]}
    file.write_bytes(saved([assistant(), talk]).getvalue())
    planned = ingest(id_, str(file), "--dry-run")
    assert [row["outcome"] for row in planned] == ["planned"] * 3
    assert planned[0]["becomes"]["instructions"] == "Help."
    assert not alice.agents.exists()
    made_ = ingest(id_, str(file))
    assert [(row["kind"], row["outcome"]) for row in made_] == [
        ("assistant", "made"),
        ("assistant", "made"),
        ("thread", "made"),
    ]
    assert [row["outcome"] for row in ingest(id_, str(file))] == ["same"] * 3
    (tmp_path / "cut.json").write_text('[{"id": "asst_1"')
    out = StringIO()
    whats = [str(tmp_path / "cut.json"), "asst_nobodys", id_]
    with pytest.raises(CommandError, match="2 of 3"):
        call_command("assistants", "ingest", *whats, "--user", "alice", stdout=out)
    assert "ends in the middle" in out.getvalue()
    assert "same     assistant" in out.getvalue()


def test_sync_marks_what_was_changed_or_is_gone_and_deletes_nothing(
    model_server: ModelServer, alice: User
) -> None:
    account(model_server, alice)
    ids = [kept(model_server, name=f"Helper {n}") for n in range(3)]
    for id_ in ids:
        use(user=alice, remote_id=id_)
    model_server.store.rows["assistant"][ids[1]]["instructions"] = "Other."
    del model_server.store.rows["assistant"][ids[2]]
    out = StringIO()
    call_command("sync", "assistants", "--user", "alice", stdout=out)
    marks = {row.remote_id: row.upstream for row in RemoteAssistant.objects.filter(user=alice)}
    assert marks == {ids[0]: "same", ids[1]: "changed", ids[2]: "gone"}
    assert alice.agents.count() == 3
    assert out.getvalue().splitlines()[0].split()[:2] == ["account", "server"]
    model_server.refused_keys.add("sk-live-0123456789")
    with pytest.raises(CommandError, match="1 of 1 accounts"):
        call_command("sync", "all", "--user", "alice", "--force", stdout=StringIO())
