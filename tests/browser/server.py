"""A real server for the browser: its own data folder and port, prepared as `make run` does it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from scripts.serve import command
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """``start`` and ``stop``; its people are made by ``people.py``."""

    def __init__(self, folder: Path, *, private_hosts: str = "") -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.environment = os.environ | {
            "GIINT_ENV_FILE": str(ROOT / "tests" / "test.env"),
            "DATA_DIR": str(folder),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "GIINT_DRAIN": "1",
            "GIINT_PRIVATE_HOSTS": private_hosts,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        for words in (["manage.py", "prepare"], ["-m", "tests.browser.people"]):
            subprocess.run(
                [sys.executable, *words], cwd=ROOT, env=self.environment, check=True, timeout=120
            )

    def shell(self, code: str) -> None:
        """Do it in another process, as an administrator would."""
        words = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        subprocess.run(words, cwd=ROOT, env=self.environment, check=True, timeout=120)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("127.0.0.1", self.port),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
