"""What the model server says passes OpenAI's own schemas; a checker that sees nothing proves
nothing.
"""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.modelserver import chatwire, wire
from tests.modelserver.script import Reply
from tests.modelserver.server import ModelServer
from tests.services import need_shared

RESPONSES = {
    "text": wire.text("Hel", "lo ", "Zürich 😀"),
    "calls": wire.calls(("calculate", {"expression": "1+1"}), ("current_time", {"zone": "UTC"})),
    "reasoning": wire.stream(wire.reasoning("Let ", "me see."), wire.message("Yes.")),
    "failed": wire.failed("server_error", "It broke.", "half an ans"),
    "incomplete": wire.incomplete("max_output_tokens", "too lo"),
    "filtered": wire.incomplete("content_filter"),
}
CHAT = {
    "chat_text": chatwire.text("Hel", "lo ", "Zürich 😀"),
    "chat_calls": chatwire.calls(("calculate", {"expression": "1+1"}), ("current_time", {})),
    "chat_reasoning": chatwire.stream(*chatwire.reasoning("Let "), *chatwire.message("Yes.")),
    "chat_failed": chatwire.failed("server_error", "It broke.", "half ", "an ans"),
    "chat_incomplete": chatwire.stream(*chatwire.message("too lo"), finish="length"),
    "chat_filtered": chatwire.stream(finish="content_filter"),
}


def fetch(server: ModelServer, path: str = "responses") -> bytes:
    request = urllib.request.Request(f"{server.url}/{path}", b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        body: bytes = response.read()
    return body


@pytest.fixture(scope="module")
def checker() -> Path:
    return need_shared("openai/check_wire.py")


def run(checker: Path, *traces: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, checker, *traces], capture_output=True, text=True, check=False, timeout=100
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_its_traces_pass_the_published_schemas(
    checker: Path, model_server: ModelServer, tmp_path: Path
) -> None:
    for path, replies in (("responses", RESPONSES), ("chat/completions", CHAT)):
        for name, reply in replies.items():
            model_server.play(reply)
            (tmp_path / f"{name}.sse").write_bytes(fetch(model_server, path))
    whole = json.dumps(chatwire.completion({"content": "Whole."}))
    (tmp_path / "chat_whole.sse").write_text(f"data: {whole}\n\n" * 3)
    code, said = run(checker, *sorted(tmp_path.glob("*.sse")))
    counts = re.findall(r": (\d+) objects checked, (\d+) distinct", said)
    assert len(counts) == len(RESPONSES) + len(CHAT) + 1, said
    assert all(int(checked) > 2 and wrong == "0" for checked, wrong in counts), said
    assert code == 0


@pytest.mark.slow
def test_the_checker_sees_what_is_wrong(
    checker: Path, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.play(Reply([{"type": "response.output_text.delta", "delta": 5}]))
    trace = tmp_path / "wrong.sse"
    trace.write_bytes(fetch(model_server))
    code, said = run(checker, trace)
    assert code == 1
    assert "1 objects checked" in said
