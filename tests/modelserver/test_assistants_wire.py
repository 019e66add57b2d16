"""The Assistants wire: OpenAI's frozen schemas and the SDK's own streaming helper accept it."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AssistantEventHandler, OpenAI
from openai.types.beta.threads import Run

from tests.modelserver.said import Said
from tests.modelserver.script import Reply, error
from tests.modelserver.server import ModelServer
from tests.services import need_shared

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FUNCTION = {"type": "function", "function": {"name": "calculate", "parameters": {}}}
SUM = ("calculate", {"expression": "6*7"})
CODE = ("code_interpreter", {"input": "6*7", "outputs": [{"type": "logs", "logs": "42"}]})
FOUND = [{"file_id": "file-1", "file_name": "a.txt", "score": 0.5}]


@pytest.fixture
def client(model_server: ModelServer) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk-test", base_url=model_server.url, max_retries=0) as made:
        yield made


def begun(client: OpenAI, **more: Any) -> tuple[str, str]:
    """A thread with a question, and an assistant."""
    assistant = client.beta.assistants.create(model="test-model", tools=[FUNCTION], **more)  # type: ignore[list-item]
    asked = {"role": "user", "content": "Hi"}
    thread = client.beta.threads.create(messages=[asked])  # type: ignore[list-item]
    return thread.id, assistant.id


def submitted(run: Run, output: str) -> list[Any]:
    assert run.required_action is not None
    wanted = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": output} for call in wanted]


def test_the_sdks_streaming_helper_follows_it(client: OpenAI, model_server: ModelServer) -> None:
    thread, assistant = begun(client)
    first = Said(("I ", "look."), calls=(SUM, SUM), ran=(CODE, ("file_search", {})))
    model_server.play(Reply(said=first), Reply(said=Said(("It is ", "42."), cited=("file-1",))))
    runs = client.beta.threads.runs
    with runs.stream(thread_id=thread, assistant_id=assistant) as stream:
        stream.until_done()
        run = stream.current_run
        kinds = [step.step_details.type for step in stream.get_final_run_steps()]
    assert run is not None
    assert run.status == "requires_action"
    assert kinds == ["tool_calls", "tool_calls", "message_creation", "tool_calls"]
    handler = AssistantEventHandler()
    with runs.submit_tool_outputs_stream(
        run_id=run.id,
        thread_id=thread,
        tool_outputs=submitted(run, "42"),
        event_handler=handler,
    ) as stream:
        stream.until_done()
        said = stream.get_final_messages()[-1].content[0]
    assert said.type == "text"
    assert said.text.value == "It is 42."
    assert [note.type for note in said.text.annotations] == ["file_citation"]
    assert handler.current_run is not None
    assert handler.current_run.status == "completed"


def test_without_a_stream_it_is_polled(client: OpenAI, model_server: ModelServer) -> None:
    thread, assistant = begun(client)
    model_server.play(Reply(said=Said(calls=(SUM,))))
    runs = client.beta.threads.runs
    run = runs.create_and_poll(thread_id=thread, assistant_id=assistant, poll_interval_ms=10)
    assert run.status == "requires_action"
    with pytest.raises(openai.BadRequestError, match="already has an active run"):
        runs.create(thread_id=thread, assistant_id=assistant)
    assert runs.cancel(run.id, thread_id=thread).status == "cancelling"
    assert runs.retrieve(run.id, thread_id=thread).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="do not accept tool outputs"):
        runs.submit_tool_outputs(run.id, thread_id=thread, tool_outputs=[])
    again = client.beta.threads.create_and_run_poll(
        assistant_id=assistant,
        thread={"messages": [{"role": "user", "content": "calculate 6 * 7"}]},
    )
    assert again.status == "requires_action"
    assert len(client.beta.threads.runs.steps.list(again.id, thread_id=again.thread_id).data) == 1
    model_server.store.expire()
    assert runs.retrieve(again.id, thread_id=again.thread_id).status == "expired"


def test_it_counts_what_it_keeps_and_does_the_wrong_things_it_is_told(
    client: OpenAI, model_server: ModelServer
) -> None:
    ids = [client.beta.assistants.create(model="test-model").id for _ in range(5)]
    assert [row.id for row in client.beta.assistants.list(limit=2)] == ids[::-1]
    model_server.lose_creates = 1
    with pytest.raises(openai.APIConnectionError):
        client.beta.threads.create()
    assert model_server.created == {"assistant": 5, "thread": 1}
    model_server.delete_answers = [500, 404]
    with pytest.raises(openai.InternalServerError):
        client.beta.assistants.delete(ids[0])
    with pytest.raises(openai.NotFoundError):
        client.beta.assistants.delete(ids[0])
    assert client.beta.assistants.delete(ids[1]).deleted
    assert model_server.deleted == {"assistant": 2}
    client.beta.assistants.update(ids[2], name="New")
    assert client.beta.assistants.retrieve(ids[2]).name == "New"
    assert model_server.updated == {"assistant": 1}
    with pytest.raises(openai.BadRequestError, match="Unknown parameter: 'colour'"):
        client.beta.assistants.create(model="m", extra_body={"colour": "red"})
    model_server.refusals = [error(429, {"error": {"message": "Slow down"}}, retry_after="3")]
    with pytest.raises(openai.RateLimitError):
        client.beta.assistants.list()
    model_server.refused_keys = {"sk-test"}
    with pytest.raises(openai.AuthenticationError):
        client.beta.assistants.list()
    model_server.hosted_gone = True
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client.beta.assistants.list()


def test_it_keeps_files_and_vector_stores(client: OpenAI, model_server: ModelServer) -> None:
    file = client.files.create(file=("a.txt", b"one two"), purpose="assistants")
    assert (file.filename, file.bytes) == ("a.txt", 7)
    assert client.files.content(file.id).read() == b"one two"
    store = client.vector_stores.create(name="Store", metadata={"by": "test"})
    client.vector_stores.files.create(store.id, file_id=file.id)
    assert [one.id for one in client.vector_stores.files.list(store.id)] == [file.id]
    assert [one.metadata for one in client.vector_stores.list()] == [{"by": "test"}]
    assert client.files.delete(file.id).deleted
    client.vector_stores.delete(store.id)
    assert list(client.files.list()) == []
    assert model_server.created == model_server.deleted == {"file": 1, "vector_store": 1}


# --- the frozen schemas -------------------------------------------------------------------------

ENDS = {
    "failed": Said(("half ",), failure=("server_error", "It broke.")),
    "incomplete": Said(("half ",), failure=("max_completion_tokens", "")),
    "expired": Said(("half ",), failure=("expired", "")),
    "cancelled": Said(("half ",), failure=("cancelled", "")),
    "text": Said(("Hel", "lo ", "Zürich 😀"), cited=("file-1",)),
    "tools": Said(("I ",), calls=(SUM, SUM), ran=(CODE, ("file_search", {"results": FOUND}))),
}


def posted(server: ModelServer, path: str, body: Any, method: str = "POST") -> bytes:
    headers = {"OpenAI-Beta": "assistants=v2", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if method == "POST" else None
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: bytes = response.read()
    return answer


def traces(server: ModelServer) -> dict[str, bytes]:
    """Each end of a run as it is streamed, and all that can be read afterwards."""
    assistant = posted(server, "/assistants", {"model": "test-model", "tools": [FUNCTION]})
    by = {"assistant_id": json.loads(assistant)["id"]}
    question = {"role": "user", "content": "Hi"}
    found = {}
    for name, said in ENDS.items():
        thread = posted(server, "/threads", {"metadata": {"tag": "1"}})
        path = f"/threads/{json.loads(thread)['id']}"
        server.play(Reply(said=said))
        asked = by | {"stream": True, "additional_messages": [question]}
        told = [assistant, thread, posted(server, f"{path}/runs", asked)]
        run = server.store.all_runs()[-1]
        place = f"{path}/runs/{run.row['id']}"
        if run.wanted:
            outputs = [{"tool_call_id": call["id"], "output": "42"} for call in run.wanted]
            server.play(Reply(said=Said(("It is 42.",))))
            given = {"tool_outputs": outputs, "stream": True}
            told.append(posted(server, f"{place}/submit_tool_outputs", given))
        for read in (f"{path}/messages", f"{path}/runs", f"{place}/steps"):
            rows = json.loads(posted(server, read, None, "GET"))["data"]
            told += [json.dumps(row).encode() for row in rows]
        found[name] = b"\n".join(told)
    return found


@pytest.mark.slow
def test_its_traces_pass_the_published_schemas(model_server: ModelServer, tmp_path: Path) -> None:
    checker = need_shared("openai/check_wire.py")
    for name, trace in traces(model_server).items():
        (tmp_path / f"{name}.sse").write_bytes(trace)
    done = subprocess.run(
        [sys.executable, checker, *sorted(tmp_path.glob("*.sse"))],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    counts = re.findall(r": (\d+) objects checked, (\d+) distinct", done.stdout)
    assert len(counts) == len(ENDS), done.stdout + done.stderr
    assert all(int(checked) > 8 and wrong == "0" for checked, wrong in counts), done.stdout
    assert done.returncode == 0
