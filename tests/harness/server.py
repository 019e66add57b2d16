"""A real server in a process of its own, which can be killed and started again on its port."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.harness.installation import ROOT, Installation

GUARDED = "giint.asgi:application"
UNGUARDED = "tests.harness.unguarded:application"
STARTS = 60.0  # seconds until it must answer; two take two on a machine that does nothing else


class Server:
    """uvicorn as ``make run`` starts it, or daphne."""

    def __init__(
        self,
        installation: Installation,
        *,
        kind: str = "uvicorn",
        application: str = GUARDED,
        **variables: str,
    ) -> None:
        self.installation = installation
        self.kind = kind
        self.application = application
        self.port = free_port()
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/"

    @property
    def log(self) -> Path:
        return self.installation.folder / f"server-{self.port}.log"

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended, by itself or otherwise."""
        return self._process is None or self._process.poll() is not None

    def start(self, **more: str) -> None:
        """Returns when it answers. ``more``: variables for this time only. Raises RuntimeError with
        its log if it does not.
        """
        variables = {"PORT": str(self.port)} | self._variables | more
        environment = self.installation.environment(**variables)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + STARTS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.03)

    def kill(self) -> None:
        """kill -9: nothing of it runs on."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As a deployment stops it."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """The process stands still, and knows nothing of it. Not in the middle of a transaction on
        SQLite: with its lock it would stop everybody.
        """
        self._signal(signal.SIGSTOP)
        while self.installation.is_locked():
            self._signal(signal.SIGCONT)
            time.sleep(0.005)
            self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def _signal(self, what: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, what)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._signal(how)
            self._process.wait(40)
            self._process = None

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _command(self) -> list[str]:
        if self.kind == "daphne":
            place = ["-b", "127.0.0.1", "-p", str(self.port)]
            return [sys.executable, "-m", "daphne", *place, self.application]
        return [
            *(sys.executable, "-m", "uvicorn", self.application),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
            *("--lifespan", "on", "--timeout-graceful-shutdown", "5"),
        ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
