"""PostgreSQL and Redis of our own, on free ports, which may be killed, restarted and paused."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import redis

from tests.harness.server import free_port

STARTS = 60.0  # seconds until a service must answer


class Service:
    """A program of ours on ``port``. Subclasses say how it is started, and when it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError with its log if it does not."""
        self._process = self._open()
        deadline = time.monotonic() + STARTS
        while not self._answers():
            if self._process.poll() is not None and self._is_worth_another_try():
                self._process = self._open()
            elif self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{type(self).__name__} did not start:\n{self._said()}")
            time.sleep(0.02)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, what)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._signal(how)
            self._process.wait(40)
            self._process = None

    def _said(self) -> str:
        log = self.folder / "log"
        return log.read_text()[-2000:] if log.exists() else ""

    def _run(self, *command: str, user: str | None = None) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, user=user, group=user)

    def _is_worth_another_try(self) -> bool:
        return False

    def _open(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class Redis(Service):
    """A Redis that keeps nothing on disk."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def _open(self) -> subprocess.Popen[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        return self._run("redis-server", *place, "--save", "", "--appendonly", "no")

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis(port=self.port) as client:
            return bool(client.ping())
        return False


class Postgres(Service):
    """A cluster of our own. ``options``: settings of the server, name → value.

    It never waits for the disk: what is ended here are processes, never the machine.
    """

    def __init__(self, folder: Path, **options: str) -> None:
        super().__init__(folder)
        self._options = {"fsync": "off", "max_connections": "200"} | options
        self._user = "postgres" if os.geteuid() == 0 else None  # it refuses to be root's
        self._data = folder / "data"

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def hold_back(self) -> None:
        """Until the next restart nothing that is committed is written to the log, as far as it is
        not waited for (``synchronous_commit=off``).
        """
        asked = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
        with psycopg.connect(self.url) as connection:
            for (pid,) in connection.execute(asked):
                os.kill(pid, signal.SIGSTOP)

    def restart(self, away: float = 0.0) -> None:
        """Immediately, as after a crash: what was not committed is gone. ``away`` in seconds."""
        self._end(signal.SIGQUIT)
        time.sleep(away)
        self.start()

    def _open(self) -> subprocess.Popen[bytes]:
        if not self._data.exists():
            self._make()
        given = {"port": str(self.port), "listen_addresses": "127.0.0.1"} | self._options
        given["unix_socket_directories"] = ""
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        return self._run(binary("postgres"), "-D", str(self._data), *options, user=self._user)

    def _is_worth_another_try(self) -> bool:
        """Children of the one before may still be on their way out."""
        said = self._said().strip().rpartition("HINT:")
        return "still in use" in said[0][-300:] or "already exists" in said[0][-300:]

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user:
            shutil.chown(self.folder, self._user)
        make = [binary("initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust", "-N"]
        if self._run(*make, "-E", "UTF8", user=self._user).wait(60):
            raise RuntimeError(f"initdb failed:\n{self._said()}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def binary(name: str) -> str:
    """A program of PostgreSQL: on PATH, or where Debian has it. Raises FileNotFoundError."""
    if found := shutil.which(name):
        return found
    there = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not there:
        raise FileNotFoundError(name)
    return str(there[-1])
