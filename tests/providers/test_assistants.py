"""The dialect ``assistants`` against a real server on loopback: what goes out, what comes back."""

import contextlib
from typing import Any

import pytest

from agents.providers.assistants import Assistants
from agents.providers.base import (
    Attached,
    BuiltIn,
    CallPiece,
    Citation,
    Done,
    Failed,
    ProviderEvent,
    Started,
    Text,
    ToolCall,
    ToolProgress,
    TurnRequest,
    Usage,
)
from agents.providers.stateful import Keeper
from tests.modelserver.said import Said
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.providers.asking import ask, failure, output, request, shipped_tools, text, user
from tests.providers.remotes import TAGS, Objects

KEY = "sk-alice-0123456789"
SUM = ("calculate", {"expression": "6*7"})
TIME = ("current_time", {"zone": "Zürich"})
ANSWER = Said(("half ", "an ", "answer"))
RUN_IS_MADE, FIRST_TEXT, RUN_ENDS = 1, 7, 12  # numbers of events of its stream


def asked(server: ModelServer, remotes: Objects, *said: Any, **more: Any) -> TurnRequest:
    given: dict[str, Any] = {
        "base_url": server.url,
        "key": KEY,
        "dialect": "assistants",
        "remotes": remotes,
    }
    return request(*(said or ("Hello",)), **(given | more))


async def answer(
    server: ModelServer, *replies: Reply | Said, remotes: Objects | None = None, **more: Any
) -> list[ProviderEvent]:
    server.play(*[Reply(said=one) if isinstance(one, Said) else one for one in replies])
    return await ask(Assistants(), asked(server, remotes or Objects(), **more))


def started(events: list[ProviderEvent]) -> str:
    first = events[0]
    assert isinstance(first, Started)
    return first.remote_id


def done(events: list[ProviderEvent]) -> Done:
    last = events[-1]
    assert isinstance(last, Done), last
    return last


def paths(server: ModelServer) -> list[str]:
    """What was asked for, ids left out."""
    names = [one.path.removeprefix("/v1").split("/") for one in server.asked]
    return [
        f"{one.method} {'/'.join(part for part in name if '_' not in part or len(part) < 21)}"
        for one, name in zip(server.asked, names, strict=True)
    ]


def still_running(server: ModelServer) -> list[str]:
    """The runs that nobody has told to stop."""
    runs = [run for run in server.store.all_runs() if run.row["status"] != "cancelling"]
    return [run.row["id"] for run in runs if run.is_active]


async def test_an_answer(model_server: ModelServer) -> None:
    said = Said(("Zürich ", "😀"), cited=("file-1",))
    remotes = Objects()
    events = await answer(model_server, said, remotes=remotes, instructions="Be brief.")
    (run,) = model_server.store.all_runs()
    assert started(events) == f"{run.row['thread_id']}/{run.row['id']}"
    assert text(events) == "Zürich 😀"
    assert Citation("", "file-1") in events
    assert events[-2] == Usage({"input": 11, "output": 7, "cached": 0, "reasoning": 0})
    (item,) = done(events).items
    assert (item["role"], item["content"][0]["text"]) == ("assistant", "Zürich 😀")
    assert paths(model_server) == ["POST /assistants", "POST /threads", "POST /threads/runs"]
    assistant, thread, told = model_server.asked
    assert assistant.body == {
        "model": "test-model",
        "name": "GIINT",
        "instructions": "Be brief.",
        "metadata": TAGS,
    }
    assert thread.body == {"metadata": TAGS}  # nothing of a person's is in it
    assert told.body == {
        "assistant_id": run.row["assistant_id"],
        "stream": True,
        "additional_messages": [{"role": "user", "content": "Hello"}],
    }
    assert told.headers["authorization"] == f"Bearer {KEY}"
    assert [row.kind for row in remotes.rows] == ["assistant", "thread"]


async def test_three_tools_in_two_rounds_are_one_run(model_server: ModelServer) -> None:
    rounds = [Said(("I look.",), calls=(SUM, TIME)), Said(calls=(SUM,), first=3), ANSWER]
    model_server.play(*[Reply(said=one) for one in rounds])
    remotes, provider = Objects(), Assistants()
    more: dict[str, Any] = {"tools": shipped_tools()}
    items: list[Any] = ["What is 6*7?"]
    first = await ask(provider, asked(model_server, remotes, *items, **more))
    calls = [one for one in first if isinstance(one, ToolCall)]
    assert calls == [
        ToolCall("call_1", "calculate", '{"expression": "6*7"}'),
        ToolCall("call_2", "current_time", '{"zone": "Zürich"}'),
    ]
    assert any(isinstance(one, CallPiece) for one in first)
    assert not any(isinstance(one, Usage) for one in first)
    assert [item["type"] for item in done(first).items] == ["message", *["function_call"] * 2]
    items += [*done(first).items, *(output({"call_id": one.call_id}, "42") for one in calls)]
    more["continues"] = started(first)
    second = await ask(provider, asked(model_server, remotes, *items, **more))
    assert started(second) == started(first)
    items += [*done(second).items, output({"call_id": "call_3"}, "42, too")]
    third = await ask(provider, asked(model_server, remotes, *items, **more))
    assert text(third) == "half an answer"
    assert len([one for one in third if isinstance(one, Usage)]) == 1
    assert [one.body for one in model_server.asked[3:]] == [
        {
            "tool_outputs": [
                {"tool_call_id": "call_1", "output": "42"},
                {"tool_call_id": "call_2", "output": "42"},
            ],
            "stream": True,
        },
        {"tool_outputs": [{"tool_call_id": "call_3", "output": "42, too"}], "stream": True},
    ]
    assert model_server.created == {"assistant": 1, "thread": 1}
    assert not model_server.updated


async def test_the_next_turn_tells_the_thread_what_it_does_not_know(
    model_server: ModelServer,
) -> None:
    remotes = Objects()
    first = await answer(model_server, ANSWER, remotes=remotes)
    path = ["Hello", *done(first).items]
    model_server.play(Reply(said=Said(("Two.",))), Reply(said=Said(("Other.",))))
    second = await ask(Assistants(), asked(model_server, remotes, *path, "And now?"))
    assert model_server.turns()[1]["additional_messages"] == [
        {"role": "user", "content": "And now?"}
    ]
    assert model_server.created == {"assistant": 1, "thread": 1}
    # Another path from the same beginning is another thread: that one knows too much.
    await ask(Assistants(), asked(model_server, remotes, *path, "What else?"))
    assert model_server.created == {"assistant": 1, "thread": 2}
    told = [one["content"] for one in model_server.turns()[2]["additional_messages"]]
    assert told == ["Hello", "half an answer", "What else?"]
    assert text(second) == "Two."


async def test_calls_of_before_are_told_as_text(model_server: ModelServer) -> None:
    call = {"type": "function_call", "call_id": "call_9", "name": "calculate", "arguments": "{}"}
    path = ["Sum?", call, output(call, "42"), {"role": "assistant", "content": "42."}, "Thanks"]
    model_server.play(Reply(said=ANSWER))
    await ask(Assistants(), asked(model_server, Objects(), *path))
    told = model_server.turns()[0]["additional_messages"]
    assert [one["role"] for one in told] == ["user", "assistant", "assistant", "user"]
    assert told[1]["content"] == "[I called calculate({}) and was answered:]\n42"


async def test_another_agent_is_another_assistant_and_none_is_changed(
    model_server: ModelServer,
) -> None:
    remotes = Objects()
    first = await answer(model_server, ANSWER, remotes=remotes, instructions="Be brief.")
    path = ["Hello", *done(first).items, "More"]
    for more in ({"instructions": "Be long."}, {"tools": shipped_tools()}, {}):
        model_server.play(Reply(said=ANSWER))
        await ask(Assistants(), asked(model_server, remotes, *path, **more))
    made = [one.body for one in model_server.asked if one.path == "/v1/assistants"]
    assert [body.get("instructions") for body in made] == ["Be brief.", "Be long.", None, None]
    assert [len(body.get("tools", [])) for body in made] == [0, 0, len(shipped_tools()), 0]
    assert not model_server.updated


async def test_parameters_and_the_servers_own_tools(model_server: ModelServer) -> None:
    store = model_server.store
    for kind, id in (("file", "file-1"), ("vector_store", "vs_1")):
        store.add(kind, {"id": id})
    python = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-1"]}}
    search = {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 3}
    ran: tuple[tuple[str, dict[str, Any]], ...] = (
        ("code_interpreter", {"input": "6*7", "outputs": [{"type": "logs", "logs": "42"}]}),
        ("file_search", {"results": []}),
    )
    given = asked(
        model_server,
        Objects(),
        tools=shipped_tools()[:1],
        parameters={
            "temperature": 0.5,
            "max_output_tokens": 300,
            "reasoning": {"effort": "low"},
            "text": {"format": {"type": "json_object"}},
            "tool_choice": "required",
            "parallel_tool_calls": False,
            "truncation": "auto",
        },
    )
    given.builtins.extend(
        BuiltIn(str(options["type"]), str(options["type"]), options) for options in (python, search)
    )
    model_server.play(Reply(said=Said(("42.",), ran=ran)))
    events = await ask(Assistants(), given)
    body, _, run = (one.body for one in model_server.asked)
    assert body["tools"][1:] == [
        {"type": "code_interpreter"},
        {"type": "file_search", "file_search": {"max_num_results": 3}},
    ]
    assert body["tool_resources"] == {
        "code_interpreter": {"file_ids": ["file-1"]},
        "file_search": {"vector_store_ids": ["vs_1"]},
    }
    assert (body["temperature"], body["reasoning_effort"]) == (0.5, "low")
    assert body["response_format"] == {"type": "json_object"}
    assert (run["max_completion_tokens"], run["tool_choice"]) == (300, "required")
    assert run["parallel_tool_calls"] is False
    moves = [(one.name, one.status) for one in events if isinstance(one, ToolProgress)]
    assert ("code_interpreter", "interpreting") in moves
    assert ("file_search", "completed") in moves
    items = done(events).items
    assert [item["type"] for item in items] == [
        "code_interpreter_call",
        "file_search_call",
        "message",
    ]
    assert items[0]["outputs"] == [{"type": "logs", "logs": "42"}]
    assert {one.call_id for one in events if isinstance(one, ToolProgress)} == {
        items[0]["id"],
        items[1]["id"],
    }


async def test_files_of_the_thread_are_uploaded_once(model_server: ModelServer) -> None:
    remotes, content = Objects(), b"a,b\n1,2\n"
    model_server.play(Reply(said=ANSWER), Reply(said=ANSWER))
    given = asked(model_server, remotes)
    given.builtins.append(BuiltIn("python", "code_interpreter", {"container": {"type": "auto"}}))
    given.files.append(Attached("a.csv", "0" * 64, lambda: content))
    events = await ask(Assistants(), given)
    ((id, row),) = model_server.store.rows["file"].items()
    assert model_server.store.contents[id] == content
    assert row["filename"].startswith("giint(")
    assert row["filename"].endswith(")a.csv")
    assistant = next(one.body for one in model_server.asked if one.path == "/v1/assistants")
    assert assistant["tool_resources"] == {"code_interpreter": {"file_ids": [id]}}
    given.items.extend([*done(events).items, user("More")])
    assert isinstance((await ask(Assistants(), given))[-1], Done)
    assert model_server.created == {"file": 1, "assistant": 1, "thread": 1}


async def test_a_file_that_is_not_there_is_named(model_server: ModelServer) -> None:
    given = asked(model_server, Objects())
    options = {"container": {"type": "auto", "file_ids": ["file-none"]}}
    given.builtins.append(BuiltIn("python", "code_interpreter", options))
    failed = failure(await ask(Assistants(), given))
    assert failed.code == "upstream_rejected"
    assert "file-none" in failed.detail


# --- what goes wrong ----------------------------------------------------------------------------


async def test_a_refused_key(model_server: ModelServer) -> None:
    model_server.refused_keys = {KEY}
    assert await answer(model_server) == [Failed("upstream_refused_key")]


async def test_a_server_without_the_api_says_when_it_ended(model_server: ModelServer) -> None:
    model_server.hosted_gone = True
    assert failure(await answer(model_server)).code == "assistants_gone"


def test_so_it_does_to_whoever_tries_or_manages_the_account(model_server: ModelServer) -> None:
    model_server.hosted_gone = True
    provider, endpoint = Assistants(), asked(model_server, Objects()).endpoint
    assert provider.check(endpoint).code == "assistants_gone"
    assert provider.inventory(endpoint, "assistant").code == "assistants_gone"
    assert provider.create(endpoint, "assistant", {"model": "m"}).code == "assistants_gone"
    assert provider.inventory(endpoint, "file").code == ""  # these are still there


@pytest.mark.parametrize("way", ["cut_after", "end_after"])
@pytest.mark.parametrize("after", [0, RUN_IS_MADE, FIRST_TEXT + 1, RUN_ENDS])
async def test_a_stream_that_ends_early_leaves_nothing_running(
    model_server: ModelServer, way: str, after: int
) -> None:
    model_server.store.goes_on = False
    remotes = Objects()
    events = await answer(model_server, Reply(said=ANSWER).but(**{way: after}), remotes=remotes)
    assert (failure(events).code, failure(events).again) == ("upstream_cut", True)
    assert "half an answer".startswith(text(events))
    assert not still_running(model_server)
    assert remotes.of("thread") == []
    again = await answer(model_server, ANSWER, remotes=remotes)
    assert text(again) == "half an answer"
    assert model_server.created == {"assistant": 1, "thread": 2}


async def test_a_stream_that_ends_after_the_run_has(model_server: ModelServer) -> None:
    events = await answer(model_server, Reply(said=ANSWER).but(cut_after=RUN_ENDS + 1))
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize("raw", ["data: {no json\n\n", "event: thread.message.delta\ndata: {}\n\n"])
async def test_what_is_not_the_protocol(model_server: ModelServer, raw: str) -> None:
    remotes = Objects()
    reply = Reply(said=ANSWER).but(raw={FIRST_TEXT + 1: raw})
    events = await answer(model_server, reply, remotes=remotes)
    assert failure(events).code == "upstream_malformed"
    assert text(events) == "half "
    assert remotes.of("thread") == []
    page = await answer(model_server, Reply(body="<html>Hello</html>"))
    assert failure(page).code == "upstream_malformed"


@pytest.mark.parametrize("size", [1, 7])
async def test_unnamed_events_and_characters_cut_anywhere(
    model_server: ModelServer, size: int
) -> None:
    reply = Reply(said=Said(("grün 😀", "日本"), calls=(SUM,)))
    events = await answer(model_server, reply.but(chunk=size, named=False, line_end="\r\n"))
    assert text(events) == "grün 😀日本"
    assert isinstance(events[-2], ToolCall)


@pytest.mark.parametrize(
    ("code", "ours", "again"),
    [
        ("server_error", "upstream_error", True),
        ("rate_limit_exceeded", "upstream_rate_limited", True),
        ("invalid_prompt", "upstream_failed", True),
        ("max_completion_tokens", "upstream_incomplete", True),
        ("expired", "upstream_failed", True),
        ("cancelled", "upstream_cut", True),
    ],
)
async def test_a_run_that_ends_badly(
    model_server: ModelServer, code: str, ours: str, again: bool
) -> None:
    remotes = Objects()
    said = Said(("half ",), failure=(code, "It broke."))
    events = await answer(model_server, said, remotes=remotes)
    assert (failure(events).code, failure(events).again) == (ours, again)
    assert text(events) == "half "
    assert isinstance(events[-2], Usage)
    assert remotes.of("thread") == []  # it may know what we do not
    assert "POST /threads/runs/cancel" not in paths(model_server)


@pytest.mark.parametrize("reached", [0, 3, 9])
async def test_whoever_stops_reading_stops_the_run(model_server: ModelServer, reached: int) -> None:
    remotes = Objects()
    model_server.play(Reply(said=ANSWER).but(stall_after=FIRST_TEXT + 2))
    events = Assistants().turn(asked(model_server, remotes))
    async with contextlib.aclosing(events):
        async for event in events:
            if isinstance(event, Text if reached else Started):
                break
    (run,) = model_server.store.all_runs()
    assert run.row["status"] in ("cancelling", "cancelled")
    assert remotes.of("thread") == []
    assert text(await answer(model_server, ANSWER, remotes=remotes)) == "half an answer"


async def test_a_lost_create_is_in_doubt_and_made_again(model_server: ModelServer) -> None:
    model_server.lose_creates = 1
    remotes = Objects()
    events = await answer(model_server, ANSWER, remotes=remotes)
    assert failure(events).code == "upstream_cut"
    assert [row.kind for row in remotes.doubtful] == ["assistant"]
    assert text(await ask(Assistants(), asked(model_server, remotes))) == "half an answer"
    assert model_server.created == {"assistant": 2, "thread": 1}


async def test_what_somebody_deleted_there_is_made_anew(model_server: ModelServer) -> None:
    remotes = Objects()
    first = await answer(model_server, ANSWER, remotes=remotes)
    model_server.store.rows["assistant"].clear()
    model_server.play(Reply(said=Said(("Again.",))))
    path = ["Hello", *done(first).items, "More"]
    assert text(await ask(Assistants(), asked(model_server, remotes, *path))) == "Again."
    told = model_server.turns()[-1]["additional_messages"]
    assert [one["content"] for one in told] == ["Hello", "half an answer", "More"]


@pytest.mark.parametrize("status", [400, 409])
async def test_a_thread_that_has_a_run_of_somebody_elses_is_left(
    model_server: ModelServer, status: int
) -> None:
    remotes = Objects()
    first = await answer(model_server, ANSWER, remotes=remotes)
    busy = error(status, {"error": {"message": "Thread thread_1 already has an active run."}})
    model_server.play(busy, Reply(said=Said(("Two.",))))
    path = ["Hello", *done(first).items, "More"]
    assert text(await ask(Assistants(), asked(model_server, remotes, *path))) == "Two."
    assert model_server.created["thread"] == 2


async def test_a_refused_run_leaves_its_thread_as_it_was(model_server: ModelServer) -> None:
    remotes = Objects()
    slow = error(429, {"error": {"message": "Slow down"}}, retry_after="3")
    events = await answer(model_server, slow, ANSWER, remotes=remotes)
    assert failure(events).after == 3.0
    assert text(await ask(Assistants(), asked(model_server, remotes))) == "half an answer"
    assert model_server.created == {"assistant": 1, "thread": 1}


def test_it_is_a_keeper() -> None:
    assert isinstance(Assistants(), Keeper)
    assert "thread" not in Assistants.listable
    assert set(Assistants.kinds) > Assistants.listable
