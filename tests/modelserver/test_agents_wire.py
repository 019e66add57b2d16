"""What the model server says of the Agents API is just what the SDK's types say, and its helpers
take it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI
from openai.types.beta.agent import Agent
from openai.types.beta.agent_deleted import AgentDeleted
from openai.types.beta.agent_session import AgentSession
from openai.types.beta.agent_session_deleted import AgentSessionDeleted
from openai.types.beta.agent_session_event import AgentSessionEvent
from openai.types.beta.agent_session_item import AgentSessionItem
from openai.types.beta.agents.sessions.turn import Turn
from openai.types.beta.subagent import Subagent

from tests.modelserver import agentswire as wire
from tests.modelserver.script import Reply
from tests.modelserver.server import ModelServer
from tests.modelserver.strict import slips

TOOL: Any = {
    "type": "function",
    "name": "calculate",
    "description": "Sums.",
    "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}},
}
MCP: Any = {
    "type": "mcp",
    "server_label": "crm",
    "transport": {"type": "http", "server_url": "https://mcp.example.org/"},
}
SUM = {"expression": "6 * 7"}


@pytest.fixture
def client(model_server: ModelServer) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk-test", base_url=model_server.url, max_retries=0) as client:
        yield client


def frames(client: OpenAI, **more: Any) -> Iterator[dict[str, Any]]:
    """The raw events of a new session, up to where it waits for us."""
    body: Any = {
        "agent": {"model": "m"},
        "environment": {"type": "none"},
        "input": "Hi",
        "stream": True,
    }
    with client.beta.agents.sessions.with_streaming_response.create(**body | more) as response:
        for line in response.iter_lines():
            if line.startswith("data:"):
                frame = json.loads(line[5:])
                yield frame
                name = frame["type"].removeprefix("agent.session.")
                if name in ("idle", "requires_action", "failed"):
                    return


REPLIES: dict[str, Reply] = {
    "text": wire.text("Hel", "lo ", "Zürich 😀"),
    "calls": wire.calls(("calculate", SUM), ("current_time", {"zone": "UTC"})),
    "reasoning": wire.stream(wire.reasoning("Let ", "me see."), wire.message("Yes.")),
    "failed": wire.failed("server_error", "It broke.", "half an ans"),
    "fatal": wire.stream(wire.message("Oh."), fatal="The session broke."),
    "built in": wire.stream(
        wire.web_search("rain"),
        wire.mcp_call("crm", "find", {"n": 1}),
        wire.command("ls", "a b"),
        wire.message("Found."),
    ),
    "subagent": wire.stream(
        wire.subagent("Ann", "Look.", "I ", "looked."), wire.message("She did.")
    ),
    "no usage": wire.stream(wire.message("Hm."), usage=None),
}


@pytest.mark.parametrize("name", REPLIES)
def test_every_frame_is_what_the_sdk_says_and_no_more(
    model_server: ModelServer, client: OpenAI, name: str
) -> None:
    model_server.play(REPLIES[name])
    told = list(frames(client))
    assert [slip for frame in told for slip in slips(AgentSessionEvent, frame)] == []
    assert len({frame["event_id"] for frame in told}) == len(told)
    assert told[0]["type"] == "agent.session.created"


def raw(server: ModelServer, path: str) -> Any:
    with OpenAI(api_key="sk-test", base_url=server.url, max_retries=0) as client:
        options: Any = {"headers": {"OpenAI-Beta": "agents=v1"}}
        return json.loads(client.get(path, cast_to=str, options=options))


def test_every_object_is_what_the_sdk_says_and_no_more(
    model_server: ModelServer, client: OpenAI
) -> None:
    tools = [TOOL, MCP, {"type": "web_search"}]
    agent = client.beta.agents.create(model="m", tools=tools, metadata={"giint": "x"}, name="A")
    model_server.play(REPLIES["subagent"], REPLIES["calls"])
    for said in ("Hi", "And?"):
        (session := next(frames(client, agent_id=agent.id, input=said)))
    session = session["session"]["id"]
    first = client.beta.agents.sessions.list(order="asc").data[0].id
    sessions = "/agents/sessions"
    objects: list[tuple[Any, Any]] = [
        (Agent, raw(model_server, f"/agents/{agent.id}")),
        (AgentSession, raw(model_server, f"{sessions}/{session}")),
        *((AgentSessionItem, row) for row in rows(model_server, f"{sessions}/{first}/items")),
        *((Turn, row) for row in rows(model_server, f"{sessions}/{first}/turns")),
        *((Subagent, row) for row in rows(model_server, f"{sessions}/{first}/subagents")),
        (Turn, rows(model_server, f"{sessions}/{first}/subagents/sub_1/turns")[0]),
        *((AgentSessionItem, row) for row in rows(model_server, f"{sessions}/{session}/items")),
    ]
    assert len(objects) == 11
    assert [slip for kind, row in objects for slip in slips(kind, row)] == []
    gone = client.beta.agents.delete(agent.id).to_dict()
    assert slips(AgentDeleted, gone) == []
    assert slips(AgentSessionDeleted, client.beta.agents.sessions.delete(first).to_dict()) == []
    assert model_server.created == {"agent": 1, "session": 2}
    assert model_server.deleted == {"agent": 1, "session": 1}


def rows(server: ModelServer, path: str) -> list[Any]:
    found: list[Any] = raw(server, path)["data"]
    return found


def test_lists_come_in_pages_and_sessions_are_found_by_their_metadata(
    model_server: ModelServer, client: OpenAI
) -> None:
    made = [client.beta.agents.create(model="m").id for _ in range(5)]
    assert [one.id for one in client.beta.agents.list(limit=2, order="asc")] == made
    list(frames(client, metadata={"giint": "x"}))
    list(frames(client, metadata={"giint": "y"}))
    (found,) = client.beta.agents.sessions.list(metadata={"giint": "y"})
    assert found.metadata == {"giint": "y"}


def test_the_sdks_helpers_get_two_rounds_of_tools_and_an_answer(
    model_server: ModelServer, client: OpenAI
) -> None:
    asked: list[Any] = []

    def calculate(given: dict[str, Any]) -> str:
        asked.append(given)
        return "42"

    sessions = client.beta.agents.sessions
    stream = sessions.create(
        agent={"model": "m", "tools": [TOOL]},
        environment={"type": "none"},
        input="calculate 6 * 7",
        stream=True,
        tool_handlers={"calculate": calculate},
    )
    first = stream.get_final_result()
    assert first.output_text == "You said: calculate 6 * 7\n\nThe tools said: 42"
    model_server.play(
        wire.calls(("calculate", SUM), ("calculate", {"expression": "1+1"}), first=7),
        wire.text("It is ", "42."),
    )
    handlers = {"calculate": calculate}
    with sessions.stream(first.session_id, input="Again", tool_handlers=handlers) as again:
        assert again.get_final_result().output_text == "It is 42."
    assert asked == [SUM, SUM, {"expression": "1+1"}]
    assert [turn.status for turn in sessions.turns.list(first.session_id)] == ["completed"] * 2


def test_the_strict_reader_sees_what_is_wrong(model_server: ModelServer, client: OpenAI) -> None:
    (delta,) = (one for one in frames(client) if one["type"].endswith("created") and "turn" in one)
    assert slips(AgentSessionEvent, delta) == []
    assert slips(AgentSessionEvent, delta | {"more": 1})
    assert slips(AgentSessionEvent, {k: v for k, v in delta.items() if k != "session_id"})
    assert slips(AgentSessionEvent, delta | {"turn": delta["turn"] | {"status": "odd"}})
    assert slips(AgentSessionEvent, delta | {"turn_id": 5})
