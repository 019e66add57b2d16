"""The same script through every dialect gives the same client the same frames."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby
from typing import Any

import orjson
import pytest
from django.db import transaction

from accounts.access import account_for
from accounts.models import User
from accounts.services import add_key
from agents.models import Agent
from agents.providers import items as shape
from agents.providers.base import (
    Done,
    Failed,
    Reasoning,
    Started,
    Text,
    ToolCall,
    Usage,
)
from agents.providers.scripted import Turn, scripted
from giint.core.db import in_db
from giint.core.events import thread_stream, user_stream
from giint.core.secrets import Secret
from giint.core.text import units
from giint.engine.supervisor import Supervisor
from giint.services import make_thread
from tests.conftest import person
from tests.engine.conftest import ended, running, send
from tests.engine.test_follower import Reader
from tests.modelserver.said import Said
from tests.modelserver.server import ModelServer
from tests.patience import PATIENCE

__all__ = ["running"]
pytestmark = pytest.mark.django_db(transaction=True)
Frame = dict[str, Any]

SCRIPT = [
    Said(
        thoughts=("Two sums, ", "side by side."),
        pieces=("I shall ", "look. 😀"),
        calls=(("calculate", {"expression": "6*7"}), ("calculate", {"expression": "1+"})),
    ),
    Said(calls=(("calculate", {"expression": "1+1"}),), first=3),
    Said(pieces=("It is ", "42, ", "and 2.")),
    Said(pieces=("This breaks ", "off"), failure=("server_error", "It broke.")),
    Said(pieces=("Again.",)),
]
# The Assistants API has no word for what a model thinks.
WITHOUT_THOUGHTS = [replace(said, thoughts=()) for said in SCRIPT]
QUESTIONS = ["What is 6*7?", "And now?", "Once more"]


def turn(said: Said) -> Turn:
    """What the scripted provider says."""
    events: Turn = [Started("script"), *map(Reasoning, said.thoughts), *map(Text, said.pieces)]
    if said.failure:
        return [*events, Failed("upstream_error", said.failure[1].rstrip("."), again=True)]
    calls = [
        ToolCall(f"call_{number}", name, json.dumps(given))
        for number, (name, given) in enumerate(said.calls, said.first)
    ]
    text = "".join(said.pieces)
    items = [shape.message(text, "msg_1")] if text else []
    items += [shape.function_call(call) for call in calls]
    return [*events, *calls, Usage({"input": 1, "output": 1}), Done(items)]


@contextlib.asynccontextmanager
async def playing(
    script: list[Said], dialect: str, user: User, server: ModelServer
) -> AsyncIterator[None]:
    """The script answers ``user`` in that dialect."""
    if dialect == "offline":
        with scripted(*map(turn, script)):
            yield
        return
    server.play(*[said.reply(dialect) for said in script])
    await in_db(
        add_key,
        user=user,
        label="Test",
        dialect=dialect,
        base_url=server.url,
        model="test-model",
        secret=Secret("sk-test-012345"),
    )
    yield
    assert server.unplayed == 0


def make(user: User) -> tuple[str, str]:
    """Their own stream, and a thread with an agent that may calculate. Sync."""
    agent = Agent.objects.create(owner=user, name="A", tools=["calculate"])
    with transaction.atomic():
        thread, _ = make_thread(user=user, agent_id=agent.id, title="T", client_id=None)
    return user_stream(account_for(user).id), thread.id


async def frames(dialect: str, server: ModelServer, script: list[Said] = SCRIPT) -> list[Frame]:
    """All that the client of a new person is sent while the script is played."""
    user = await in_db(person, dialect)
    async with playing(script, dialect, user, server):
        own, thread = await in_db(make, user)
        reader = Reader(user)
        for stream in (own, thread_stream(thread)):
            await reader.follower.subscribe(stream, None, None)
        await reader.saw("snapshot")
        for question in QUESTIONS:
            sent = await send(user, question, thread=thread, client_id=question)
            await ended(sent.run)
            await told(reader, sent.run)
        await reader.end()
    return reader.frames


async def told(reader: Reader, run: str) -> None:
    """Both streams have said that the run is over."""
    async with asyncio.timeout(PATIENCE):
        while not any(
            frame["payload"]["run"]["id"] == run and frame["payload"]["run"]["ended"]
            for frame in reader.of("run.status")
        ):
            await asyncio.sleep(0.01)
        while reader.of("thread.updated")[-1]["payload"]["changes"]["activity"] == "running":
            await asyncio.sleep(0.01)


ID = re.compile(r"\b(?:thread|run|msg|agent|out|user|key)_[0-9a-f]{24}\b")
TIME = re.compile(r'"\d{4}-\d\d-\d\dT[^"]+"')


def normal(given: list[Frame]) -> dict[str, list[Any]]:
    """The frames by stream: ids in the order they came up, no times, no usage, deltas joined."""
    names: dict[str, str] = {}
    text = orjson.dumps([one for one in given if one["op"] != "snapshot"]).decode()
    text = ID.sub(lambda found: names.setdefault(found[0], f"id-{len(names)}"), text)
    streams: dict[str, list[Any]] = {}
    for frame in orjson.loads(TIME.sub('"a time"', text)):
        is_own = frame.get("stream", "").startswith("user:")
        streams.setdefault("own" if is_own else "thread", []).append(_plain(frame))
    return {stream: _settled(told) for stream, told in streams.items()}


def _plain(frame: Frame) -> Frame:
    payload = frame.get("payload", {})
    for row in [payload, *payload.values()]:
        if isinstance(row, dict):
            row |= {name: "any" for name in ("usage", "model") if name in row}
    frame.pop("seq", None)  # what is sorted below has no order of its own
    return frame


def _settled(told: list[Frame]) -> list[Frame]:
    """Deltas may come in one frame or in several, and calls side by side end in any order."""
    settled: list[Frame] = []
    for kind, group in groupby(_joined(told), lambda one: one.get("type") or one["op"]):
        same = list(group)
        settled += sorted(same, key=orjson.dumps) if kind == "tool.completed" else same
    return settled


def _joined(told: list[Frame]) -> list[Frame]:
    """All deltas of a message as one, before its end. They must fit each other exactly."""
    joined: list[Frame] = []
    texts: dict[str, dict[str, str]] = {}
    for frame in told:
        if frame["op"] == "delta":
            parts = texts.setdefault(frame["message"], {})
            part = frame.get("part", "text")
            assert frame["offset"] == units(parts.setdefault(part, ""))
            parts[part] += frame["text"]
            continue
        if frame.get("type") == "message.completed":
            live = texts.pop(frame["payload"]["message"], {})
            joined.append({"op": "delta", **live, **_carried(frame["payload"])})
        joined.append(frame)
    assert not texts, "text of a message that was never completed"
    return joined


def _carried(payload: dict[str, Any]) -> dict[str, str]:
    """Who could not have every delta, because it all went so fast, gets the text with the end."""
    given = {part: payload.pop(part, None) for part in ("text", "reasoning")}
    return {part: text for part, text in given.items() if text}


async def test_all_dialects_one_client(model_server: ModelServer, running: Supervisor) -> None:
    offline = normal(await frames("offline", model_server))
    types = [frame.get("type") for told in offline.values() for frame in told]
    assert types.count("tool.completed") == 3
    assert "This breaks off" in str([told for told in offline["thread"] if told["op"] == "delta"])
    for dialect in ("responses", "chat", "agents"):
        are_same(offline, normal(await frames(dialect, model_server)))
    assert model_server.created["session"] == 3
    await clean(model_server)


async def test_a_dialect_without_thoughts_is_no_other(
    model_server: ModelServer, running: Supervisor
) -> None:
    offline = normal(await frames("offline", model_server, WITHOUT_THOUGHTS))
    are_same(offline, normal(await frames("assistants", model_server, WITHOUT_THOUGHTS)))
    given = [len(turn.get("tool_outputs", [])) for turn in model_server.turns()]
    assert given == [0, 2, 1, 0, 0]  # three calls in two rounds are one run
    assert model_server.created == {"assistant": 3, "thread": 3}
    await clean(model_server)


def are_same(ours: dict[str, list[Any]], theirs: dict[str, list[Any]]) -> None:
    for stream, told in ours.items():
        # Frame by frame: the first that differs says more than two long lists.
        for one, other in zip(told, theirs[stream], strict=True):
            assert other == one


async def clean(server: ModelServer) -> None:
    """What was made there for the turns is deleted with them, and nothing was ever updated."""
    async with asyncio.timeout(10):
        while server.created != server.deleted:
            await asyncio.sleep(0.01)
    assert not server.updated


def test_what_differs_is_seen() -> None:
    """The comparison is not blind: another text, order or code is another result."""
    delta = {"op": "delta", "message": "m", "offset": 0, "text": "a"}
    more = delta | {"offset": 1, "text": "b"}
    event = {"op": "event", "stream": "s", "type": "run.status", "payload": {"run": {"code": ""}}}
    end = event | {"type": "message.completed", "payload": {"message": "m"}}
    told = normal([delta, event, more, end])
    assert told == normal([event, delta | {"text": "ab"}, end])
    assert told != normal([event, delta | {"text": "ac"}, end])
    assert told != normal([event, delta | {"text": "ab", "part": "reasoning"}, end])
    assert told != normal([delta | {"text": "ab"}, end, event])
    assert told != normal([event | {"payload": {"run": {"code": "x"}}}, delta, more, end])
