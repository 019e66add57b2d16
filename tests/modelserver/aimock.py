"""A Responses server that nobody here wrote: npm's ``@copilotkit/aimock``."""

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.services import ROOT, missing, need_npm


@contextlib.contextmanager
def aimock(fixtures: list[dict[str, Any]], folder: Path, *flags: str) -> Iterator[str]:
    """Its base URL while it runs, answering by these fixtures and failing on any other request."""
    program = installed()
    script = folder / "aimock.json"
    script.write_text(json.dumps({"fixtures": fixtures}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["node", str(program), "-p", str(port), "-f", str(script), "--strict"]
    command += ["--chunk-size", "4", *flags]
    with (folder / "aimock.log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
        try:
            wait(port, running, folder / "aimock.log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            running.terminate()
            running.wait(10)


def installed() -> Path:
    """Its program, which the set-up puts beside the client's packages."""
    need_npm()
    program = ROOT / "frontend" / "node_modules" / ".bin" / "llmock"
    if not program.exists():
        missing("npm package @copilotkit/aimock: run `make test`, or npm ci in frontend")
    return program


def environment() -> dict[str, str]:
    """Ours, with npm's folder on PATH: Node is there too."""
    return os.environ | {"PATH": f"{Path(need_npm()).parent}{os.pathsep}{os.environ['PATH']}"}


def wait(port: int, running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"aimock did not start: {log.read_text()[-2000:]}")
