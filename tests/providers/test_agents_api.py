"""The dialect ``agents`` against a real server on loopback: what goes out, what comes back, what
stays there.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents.providers.agents_api import AgentsApi
from agents.providers.base import (
    BuiltIn,
    Done,
    ProviderEvent,
    Reasoning,
    Started,
    Text,
    ToolCall,
    ToolProgress,
    TurnRequest,
    Usage,
)
from giint.core.secrets import Secret
from tests.modelserver import agentswire as wire
from tests.modelserver.agentsstore import Session
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, output, request, shipped_tools, text
from tests.providers.remotes import TAGS, Objects

KEY = "sk-alice-0123456789"
SUM = {"expression": "1+1"}


def asked(server: ModelServer, objects: Objects, *said: Any, **more: Any) -> TurnRequest:
    given: Any = {"base_url": server.url, "key": KEY, "dialect": "agents", "remotes": objects}
    return request(*(said or ("Hello",)), **given | more)


async def answer(server: ModelServer, *said: Any, **more: Any) -> list[ProviderEvent]:
    return await ask(AgentsApi(), asked(server, Objects(), *said, **more))


def only(server: ModelServer) -> Session:
    (session,) = server.agents_api.sessions.values()
    return session


def sent(server: ModelServer, method: str, path: str) -> list[Any]:
    """The bodies of requests to a path that ends so."""
    return [one.body for one in server.asked if one.method == method and one.path.endswith(path)]


def done(events: Sequence[ProviderEvent]) -> Done:
    last = events[-1]
    assert isinstance(last, Done), last
    return last


async def test_text_and_thoughts_come_in_the_pieces_they_were_sent_in(
    model_server: ModelServer,
) -> None:
    model_server.play(
        wire.stream(wire.reasoning("Let ", "me see."), wire.message("Hel", "lo ", "Zürich 😀"))
    )
    events = await answer(model_server)
    session = only(model_server)
    assert events[0] == Started(f"{session.id}/{session.turn['id']}")
    assert [one.delta for one in events if isinstance(one, Text)] == ["Hel", "lo ", "Zürich 😀"]
    assert [one.delta for one in events if isinstance(one, Reasoning)] == ["Let ", "me see."]
    assert events[-2] == Usage({"input": 11, "output": 7, "cached": 3, "reasoning": 2})
    thought, said = done(events).items
    assert thought["summary"] == [{"type": "summary_text", "text": "Let me see."}]
    assert (said["role"], said["content"][0]["text"]) == ("assistant", "Hello Zürich 😀")
    assert model_server.agents_api.cancelled == []


async def test_the_objects_hold_what_they_should_and_no_more(model_server: ModelServer) -> None:
    tools = shipped_tools()[:1]
    parameters = {"temperature": 0.2, "reasoning": {"effort": "low"}, "text": {"verbosity": "low"}}
    await answer(model_server, instructions="Be brief.", tools=tools, parameters=parameters)
    (agent,) = sent(model_server, "POST", "/v1/agents")
    assert agent == {
        "model": "test-model",
        "instructions": "Be brief.",
        "reasoning": {"effort": "low"},
        "text": {"verbosity": "low"},
        "tools": [
            {
                "type": "function",
                "name": "current_time",
                "description": "The current date and time in a time zone.",
                "parameters": tools[0].schema,
            }
        ],
        "metadata": TAGS,
    }
    (session,) = sent(model_server, "POST", "/sessions")
    assert session == {
        "agent_id": only(model_server).agent["id"],
        "environment": {"type": "none"},
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello"}],
            }
        ],
        "metadata": TAGS,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    headers = [one.headers for one in model_server.asked]
    assert {one["authorization"] for one in headers} == {f"Bearer {KEY}"}
    assert {one["openai-beta"] for one in headers} == {"agents=v1"}
    assert not [name for one in headers for name in one if name.startswith("x-stainless")]


async def test_three_tools_in_two_rounds_are_one_turn_there(model_server: ModelServer) -> None:
    model_server.play(
        wire.stream(
            wire.message("I shall look."),
            wire.call("calculate", SUM),
            wire.call("current_time", {"zone": "Zürich"}, "call_2"),
        ),
        wire.calls(("calculate", {"expression": "2+2"}), first=3),
        wire.text("It is 2."),
    )
    objects, continues = Objects(), ""
    path: list[Any] = ["What is 1+1?"]
    told: list[ProviderEvent] = []
    for _ in range(3):
        given = asked(model_server, objects, *path, tools=shipped_tools(), continues=continues)
        events = await ask(AgentsApi(), given)
        told += events
        started = events[0]
        assert isinstance(started, Started)
        continues = started.remote_id
        calls = [one for one in events if isinstance(one, ToolCall)]
        path += done(events).items
        path += [output({"call_id": one.call_id}, "2") for one in calls]
    assert [one for one in told if isinstance(one, ToolCall)] == [
        ToolCall("call_1", "calculate", '{"expression": "1+1"}'),
        ToolCall("call_2", "current_time", '{"zone": "Zürich"}'),
        ToolCall("call_3", "calculate", '{"expression": "2+2"}'),
    ]
    assert text(told) == "I shall look.It is 2."
    session = only(model_server)
    assert len(session.turns) == 1
    assert continues == f"{session.id}/{session.turn['id']}"
    rows = [row for row in session.items if row["type"] == "function_call_output"]
    assert [row["output"] for row in rows] == ["2", "2", "2"]
    # Three calls of ours, and each token told once.
    usage = [one.usage for one in told if isinstance(one, Usage)]
    assert [one["input"] for one in usage] == [11, 11, 11]
    assert model_server.created == {"agent": 1, "session": 1}
    assert not model_server.updated


async def test_the_next_turn_says_only_what_is_new(model_server: ModelServer) -> None:
    objects = Objects()
    first = await ask(AgentsApi(), asked(model_server, objects, "One"))
    path = ["One", *done(first).items, "Two"]
    second = await ask(AgentsApi(), asked(model_server, objects, *path))
    assert text(second) == "You said: Two"
    (events,) = sent(model_server, "POST", "/events")
    (said,) = events["events"][0]["input"]
    assert said["content"] == [{"type": "input_text", "text": "Two"}]
    assert len(only(model_server).turns) == 2
    usage = [one.usage["input"] for one in [*first, *second] if isinstance(one, Usage)]
    assert usage == [11, 11]
    keys = [one.headers.get("idempotency-key") for one in model_server.asked][-1:]
    assert keys != [None]


async def test_what_another_dialect_said_meanwhile_is_told(model_server: ModelServer) -> None:
    objects = Objects()
    first = await ask(AgentsApi(), asked(model_server, objects, "One"))
    call = {"type": "function_call", "call_id": "c1", "name": "calculate", "arguments": "{}"}
    between = ["Two", call, output(call, "42"), *done(first).items, "Three"]
    path = ["One", *done(first).items, *between]
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "You said: Three"
    told, said = only(model_server).items[-3]["content"], only(model_server).items[-2]["content"]
    assert said == [{"type": "input_text", "text": "Three"}]
    lines = told[0]["text"].split("\n\n")
    assert lines[1:] == [
        "User: Two",
        "Assistant called calculate with {}",
        "calculate answered: 42",
        "Assistant: You said: One",
    ]


async def test_a_path_that_is_another_one_gets_another_session(model_server: ModelServer) -> None:
    objects = Objects()
    first = await ask(AgentsApi(), asked(model_server, objects, "One"))
    path = ["Edited", *done(first).items, "Two"]
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "You said: Two"
    assert model_server.created == {"agent": 1, "session": 2}
    assert [row.discarded for row in objects.rows if row.kind == "session"] == [True, False]


async def test_other_tools_or_instructions_are_another_agent_and_never_an_update(
    model_server: ModelServer,
) -> None:
    objects = Objects()
    for more in ({}, {"instructions": "Be brief."}, {"tools": shipped_tools()[:2]}, {}):
        done(await ask(AgentsApi(), asked(model_server, objects, **more)))
    made = sent(model_server, "POST", "/v1/agents")
    assert [len(one.get("tools", [])) for one in made] == [0, 0, 2]
    assert made[1]["instructions"] == "Be brief."
    assert not model_server.updated


async def test_objects_that_somebody_deleted_there_are_made_anew(model_server: ModelServer) -> None:
    objects = Objects()
    first = await ask(AgentsApi(), asked(model_server, objects, "One"))
    model_server.agents_api.sessions.clear()
    path = ["One", *done(first).items, "Two"]
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "You said: Two"
    model_server.agents_api.sessions.clear()
    model_server.agents_api.agents.clear()
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "You said: Two"
    assert model_server.created == {"agent": 2, "session": 3}


async def test_what_people_say_between_two_rounds_steers_the_turn(
    model_server: ModelServer,
) -> None:
    model_server.play(wire.calls(("calculate", SUM)), wire.text("As you wish."))
    objects = Objects()
    first = await ask(AgentsApi(), asked(model_server, objects, "Sum"))
    path = ["Sum", *done(first).items, output({"call_id": "call_1"}, "2"), "Stop that"]
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "As you wish."
    assert len(only(model_server).turns) == 1
    assert only(model_server).items[2]["content"][0]["text"] == "Stop that"


async def test_built_in_tools_are_sent_in_its_words_and_their_work_is_seen(
    model_server: ModelServer,
) -> None:
    search = {
        "type": "web_search",
        "search_context_size": "low",
        "user_location": {"type": "approximate", "city": "Bern"},
        "filters": {"allowed_domains": ["example.org"]},
        "external_web_access": False,
    }
    crm = {"type": "mcp", "server_label": "crm", "server_url": "https://mcp.example.org/"}
    headers = {"Authorization": Secret("Bearer abc")}
    builtins = [BuiltIn("s", "web_search", search), BuiltIn("crm", "mcp", crm, headers)]
    model_server.play(
        wire.stream(
            wire.web_search("rain"), wire.mcp_call("crm", "find", {"n": 1}), wire.message("Yes.")
        )
    )
    given = replace(asked(model_server, Objects()), builtins=builtins)
    events = await ask(AgentsApi(), given)
    (agent,), (session,) = (
        sent(model_server, "POST", "/agents"),
        sent(model_server, "POST", "/sessions"),
    )
    transport = {"type": "http", "server_url": "https://mcp.example.org/"}
    plain = {"type": "mcp", "server_label": "crm", "transport": transport}
    found = {
        "type": "web_search",
        "context_size": "low",
        "location": {"city": "Bern"},
        "allowed_domains": ["example.org"],
        "mode": "cached",
    }
    assert agent["tools"] == [found, plain]
    # A saved agent holds no credentials: they are the session's.
    secret = plain | {"transport": transport | {"headers": {"Authorization": "Bearer abc"}}}
    assert session["agent"] == {"tools": [found, secret]}
    progress = [(one.name, one.status) for one in events if isinstance(one, ToolProgress)]
    assert progress == [
        ("web_search", "in_progress"),
        ("web_search", "completed"),
        ("mcp", "in_progress"),
        ("mcp", "completed"),
    ]
    assert [item["type"] for item in done(events).items] == [
        "web_search_call",
        "mcp_call",
        "message",
    ]


async def test_an_mcp_servers_tools_wait_for_nobody(model_server: ModelServer) -> None:
    request = {"type": "mcp_tool_call", "server_label": "crm", "name": "x", "message": "May I?"}
    action = {
        "type": "mcp_approval_request",
        "request_id": "r1",
        "request": request | {"arguments": {}},
    }
    model_server.play(wire.stream(wire.message("Hm. "), actions=[action]), wire.text("Found."))
    events = await answer(model_server)
    assert text(events) == "Hm. Found."
    done(events)
    (given,) = sent(model_server, "POST", "/events")
    assert given["events"][0]["response"] == {"type": "mcp_tool_call", "decision": "approve"}


async def test_arguments_may_come_as_an_object_and_ids_again(model_server: ModelServer) -> None:
    item, building = wire.call("calculate", SUM)
    model_server.play(wire.stream((item | {"arguments": SUM}, building)), wire.text("Again 2."))
    objects = Objects()
    call = {"type": "function_call", "call_id": "call_1", "name": "calculate", "arguments": "{}"}
    path = ["Old", call, output(call, "0"), "New"]
    first = await ask(AgentsApi(), asked(model_server, objects, *path))
    (made,) = (one for one in first if isinstance(one, ToolCall))
    assert made == ToolCall("call_1.2", "calculate", '{"expression": "1+1"}')
    path += [*done(first).items, output({"call_id": "call_1.2"}, "2")]
    assert text(await ask(AgentsApi(), asked(model_server, objects, *path))) == "Again 2."
    assert only(model_server).items[-2]["call_id"] == "call_1"
