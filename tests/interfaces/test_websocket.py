"""The socket, on real sockets under uvicorn and daphne: what it takes, refuses and survives."""

import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.harness.server import Server
from tests.interfaces.conftest import execute, tab
from tests.patience import promised


async def test_a_message_is_answered_in_every_tab(server: Server) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one, tab(server, alice) as two:
        for each in (one, two):
            await each.tell(op="subscribe", stream=alice.stream, after=None, epoch=None)
            assert (await each.until(op="snapshot"))["threads"] is not None
        await one.tell(op="send", id="m1", thread=None, text="What is 17% of 2,310?")
        ok = await one.until(op="ok", id="m1")
        assert ok["created"] is True
        created = await two.until(op="event", type="thread.created")
        assert created["payload"]["thread"]["id"] == ok["thread"]
        await two.tell(op="subscribe", stream=f"thread:{ok['thread']}", after=None, epoch=None)
        assert (await two.ended(ok["run"]))["status"] == "completed"
        await one.tell(op="send", id="m1", thread=None, text="What is 17% of 2,310?")
        again = await one.until(op="ok", id="m1")
        assert (again["run"], again["created"]) == (ok["run"], False)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_frame"),
        ("[]", "bad_frame"),
        ("1", "bad_frame"),
        ('"text"', "bad_frame"),
        ("[" * 50_000, "bad_frame"),
        ("{}", "bad_frame"),
        ('{"op": "dance"}', "bad_frame"),
        ('{"op": ["send"]}', "bad_frame"),
        ('{"op": "send", "id": "x", "text": " \\n "}', "blank"),
        ('{"op": "send", "id": "", "text": "x"}', "bad_field"),
        ('{"op": "send", "text": "x"}', "bad_field"),
        ('{"op": "send", "id": 5, "text": "x"}', "bad_field"),
        ('{"op": "send", "id": "x", "text": {"a": 1}}', "bad_field"),
        ('{"op": "send", "id": "x", "text": "x", "thread": 7}', "bad_field"),
        ('{"op": "send", "id": "x", "text": "x", "thread": "thread_none"}', "not_found"),
        ('{"op": "send", "id": "a\\u0000b", "text": "x"}', "bad_field"),
        ('{"op": "send", "id": "x", "text": "x", "thread": "\\u0000"}', "not_found"),
        ('{"op": "send", "id": "x", "text": "' + "x" * 1_000_000 + '"}', "text_too_long"),
        ('{"op": "subscribe", "stream": "thread:none"}', "not_found"),
        ('{"op": "subscribe", "stream": 5}', "bad_field"),
        ('{"op": "subscribe", "stream": "thread:\\u0000"}', "bad_field"),
        ('{"op": "stop", "thread": "none"}', "not_found"),
        ('{"op": "dequeue", "message": "none"}', "not_found"),
        ('{"op": "state", "version": "1", "patch": {}}', "bad_field"),
        ('{"op": "state", "version": 0, "patch": {"unknown": 1}}', "state_key"),
        ('{"op": "state", "version": 99, "patch": {"theme": "dark"}}', "state_conflict"),
        ('{"op": "ack", "bytes": -1}', "bad_field"),
        ('{"op": "ack", "bytes": "many"}', "bad_field"),
        (b"\x00\x01binary", "bad_frame"),
    ],
)
async def test_a_frame_that_is_refused_leaves_the_socket_open(
    server: Server, frame: str | bytes, code: str
) -> None:
    async with tab(server, server.installation.alice) as one:
        await one.connection.send(frame)
        refused = await one.hear()
        assert (refused["op"], refused["code"]) == ("error", code)
        assert refused["message"]
        await one.tell(op="ping")
        assert await one.hear() == {"op": "pong"}


@pytest.mark.parametrize("after", [-1, 1.5, True, "1", 2**63])
async def test_a_position_that_is_none_is_refused(server: Server, after: object) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one:
        await one.tell(op="subscribe", stream=alice.stream, after=after, epoch="x")
        assert (await one.hear())["code"] == "bad_position"
        await one.tell(op="subscribe", stream=alice.stream, after=10**9, epoch="x")
        assert (await one.hear())["op"] == "snapshot"  # beyond the end: a restored backup


async def test_nul_and_half_pairs_in_a_message_are_replaced(server: Server) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one:
        await one.connection.send('{"op":"send","id":"odd1","text":"a\\u0000b\\ud83dc"}')
        ok = await one.until(op="ok", id="odd1")
        await one.tell(op="subscribe", stream=f"thread:{ok['thread']}", after=None, epoch=None)
        snapshot = await one.until(op="snapshot")
        assert snapshot["messages"][0]["text"] == "a\ufffdb\ufffdc"


async def test_a_reused_id_with_another_text_is_refused(server: Server) -> None:
    async with tab(server, server.installation.alice) as one:
        await one.tell(op="send", id="reused", thread=None, text="One")
        ok = await one.until(op="ok")
        for thread in (None, ok["thread"]):
            await one.tell(op="send", id="reused", thread=thread, text="Two")
            assert (await one.until(op="error"))["code"] == "client_id_reused"


async def test_a_burst_of_frames_is_slowed_down(server: Server) -> None:
    async with tab(server, server.installation.people["bob"]) as one:
        for n in range(90):
            await one.tell(op="stop", thread="none", id=str(n))
        codes = [(await one.hear())["code"] for _ in range(90)]
        assert codes[:30] == ["not_found"] * 30
        assert "too_fast" in codes
        for _ in range(200):
            await one.tell(op="ping")  # never counted
        assert [(await one.hear())["op"] for _ in range(200)] == ["pong"] * 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "https://127.0.0.1:1"])
async def test_a_foreign_page_is_refused(server: Server, origin: str | None) -> None:
    with pytest.raises(InvalidStatus):
        async with tab(server, server.installation.alice, origin=origin):
            pass


async def test_nobody_is_told_to_sign_in(server: Server) -> None:
    async with tab(server, None) as one:
        with pytest.raises(ConnectionClosed) as closed:
            await one.hear()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


async def test_bob_reaches_nothing_of_alices(server: Server) -> None:
    alice, bob = server.installation.alice, server.installation.people["bob"]
    async with tab(server, alice) as hers, tab(server, bob) as his:
        await hers.tell(op="send", id="private", thread=None, text="A secret")
        ok = await hers.until(op="ok")
        for frame in (
            {"op": "subscribe", "stream": f"thread:{ok['thread']}", "after": 0, "epoch": "x"},
            {"op": "subscribe", "stream": alice.stream},
            {"op": "send", "id": "b", "thread": ok["thread"], "text": "Hello"},
            {"op": "send", "id": "b", "thread": ok["thread"], "again": ok["message"]},
            {"op": "stop", "thread": ok["thread"]},
            {"op": "dequeue", "message": ok["message"]},
        ):
            await his.connection.send(json.dumps(frame))
            assert (await his.hear())["code"] == "not_found"


async def test_stop_ends_the_run_and_closing_a_socket_does_not(server: Server) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one:
        await one.tell(op="send", id="long", thread=None, text="Stream 400 words every 10 ms")
        ok = await one.until(op="ok")
    stream = f"thread:{ok['thread']}"
    async with tab(server, alice) as two:
        await two.tell(op="subscribe", stream=stream, after=None, epoch=None)
        await two.until(op="delta")
        await two.tell(op="stop", thread=ok["thread"], id="s")
        async with asyncio.timeout(promised(2)):
            run = await two.ended(ok["run"])
        assert (run["status"], run["code"]) == ("cancelled", "stopped")
        await two.tell(op="stop", thread=ok["thread"], id="s2")
        assert (await two.until(op="error", id="s2"))["code"] == "not_running"


async def test_rights_that_are_lost_close_the_socket_within_two_seconds(server: Server) -> None:
    bob = server.installation.people["bob"]
    async with tab(server, bob) as one:
        await one.tell(op="subscribe", stream=bob.stream, after=None, epoch=None)
        await one.until(op="snapshot")
        change = "UPDATE accounts_user SET is_active = ? WHERE username = 'bob'"
        execute(server.installation, change, 0)
        try:
            with pytest.raises(ConnectionClosed) as closed:
                async with asyncio.timeout(promised(2)):
                    await one.until(op="never")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401
        finally:
            execute(server.installation, change, 1)


async def test_page_state_is_written_by_whoever_saw_the_latest(server: Server) -> None:
    alice = server.installation.alice
    async with tab(server, alice) as one, tab(server, alice) as two:
        await two.tell(op="subscribe", stream=alice.stream, after=None, epoch=None)
        version = (await two.until(op="snapshot"))["ui"]["version"]
        await one.tell(op="state", version=version, patch={"theme": "dark"}, id="a")
        assert (await one.until(op="ok", id="a"))["version"] == version + 1
        told = await two.until(op="event", type="state.changed")
        assert told["payload"] == {"version": version + 1, "patch": {"theme": "dark"}}
        await two.tell(op="state", version=version, patch={"theme": "light"}, id="b")
        conflict = await two.until(op="error", id="b")
        assert (conflict["code"], conflict["version"]) == ("state_conflict", version + 1)
        assert conflict["state"]["theme"] == "dark"
