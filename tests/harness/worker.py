"""``manage.py worker`` in a process of its own, on an installation's database."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.harness.installation import ROOT, Installation

STARTS = 60.0  # seconds until it must be ready


class Worker:
    """A process that only runs turns."""

    def __init__(self, installation: Installation, name: str = "worker", **variables: str) -> None:
        self.installation = installation
        self.log: Path = installation.folder / f"{name}.log"
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it claims runs. Raises RuntimeError with its log if it does not."""
        self.log.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=self.installation.environment(**self._variables),
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTS
        while "worker: ready" not in self.log.read_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the worker did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.03)

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill -9: nothing of it runs on."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As a deployment stops it: it drains."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """The process stands still, and knows nothing of it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> "Worker":
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
