"""The model server as a program of its own."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

SCRIPT = [
    {
        "events": [{"type": "response.output_text.delta", "delta": "half"}],
        "fault": {"raw": {"0": ": x\n\n"}},
    }
]


def ask(url: str, text: str) -> str:
    body: dict[str, Any] = {"input": text, "tools": [{"name": "calculate"}]}
    request = urllib.request.Request(url + "/responses", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        said: bytes = response.read()
    return said.decode()


def test_it_starts_plays_its_script_then_thinks_for_itself_and_ends(tmp_path: Path) -> None:
    script = tmp_path / "replies.json"
    script.write_text(json.dumps(SCRIPT))
    command = [sys.executable, "-m", "tests.modelserver", "--port", "0", "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        found = re.search(r"(http://127\.0\.0\.1:\d+/v1);", running.stdout.readline())
        assert found
        assert ask(found[1], "Hi").startswith(": x\n\nevent: response.output_text.delta\n")
        assert "You said:" in ask(found[1], "Hi")
        assert '"name": "calculate"' in ask(found[1], "calculate 6 * 7")
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
