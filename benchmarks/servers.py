"""The processes of a run: upstream, the bare relay, GIINT on either database. All on loopback."""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg
from psycopg.sql import SQL, Identifier

from scripts.serve import command

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/7"
PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
STARTS = 90.0  # seconds until a server must answer
GIINT = "giint.asgi:application"
UNKEPT = "benchmarks.unkept:application"
BARE = "benchmarks.bare:application"


@dataclass(slots=True)
class Server:
    """uvicorn as ``make run`` starts it. ``core``: the only processor it may use."""

    application: str
    environment: dict[str, str]
    log: Path
    core: int | None = None
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError with its log if it does not."""
        words = [
            self.application if word == GIINT else word for word in command("127.0.0.1", self.port)
        ]
        if self.core is not None:
            words = ["taskset", "-c", str(self.core), *words]
        environment = self.environment | {"HOST": "127.0.0.1", "PORT": str(self.port)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                words, cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + STARTS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.resume()
            end(self.process)
            self.process = None

    def settle(self) -> None:
        """Let what it does at its start be over."""
        time.sleep(2.0)

    def pause(self) -> None:
        """Stand still: it costs nothing until ``resume``."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)
        time.sleep(0.2)

    def _signal(self, what: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, what)

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Installation:
    """A migrated database with people in it, in ``folder`` or at ``url``."""

    folder: Path
    url: str
    people: list[dict[str, str]]
    threads: dict[str, list[str]]
    environment: dict[str, str]


@contextlib.contextmanager
def upstream() -> Iterator[int]:
    """Its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.upstream"], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        end(process)


@contextlib.contextmanager
def installation(
    folder: Path, port: int, *, people: int, histories: list[str], postgres: bool = False
) -> Iterator[Installation]:
    """In ``folder`` or on PostgreSQL; its operator's account is the upstream at ``port``."""
    folder.mkdir(parents=True, exist_ok=True)
    url = _database() if postgres else ""
    try:
        environment = {
            **{name: os.environ[name] for name in PASSED if name in os.environ},
            **_variables(folder, url, port),
        }
        printed = subprocess.run(
            [sys.executable, "-m", "benchmarks.people", str(people), *histories],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        made: dict[str, Any] = orjson.loads(printed)
        yield Installation(folder, url, made["people"], made["threads"], environment)
    finally:
        if url:
            _sql("DROP DATABASE {} WITH (FORCE)", urlsplit(url).path[1:])


def _variables(folder: Path, url: str, port: int) -> dict[str, str]:
    written = folder / "env"
    if not written.exists():
        key = secrets.token_urlsafe(32)
        written.write_text(f"SECRET_KEY={secrets.token_urlsafe(50)}\nGIINT_FIELD_KEYS=b:{key}\n")
        written.chmod(0o600)
    return {
        "DJANGO_SETTINGS_MODULE": "giint.settings",
        "GIINT_ENV_FILE": str(written),
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "OPENAI_API_BASE": f"http://127.0.0.1:{port}/v1",
        "OPENAI_API_KEY": "bench",
        "OPENAI_MODEL": "bench",
        "GIINT_SHARED_ACCOUNT": "everyone",
        "GIINT_PRIVATE_HOSTS": f"127.0.0.1:{port}",
        "GIINT_RUN_SLOTS": "1000",
        "GIINT_DRAIN": "0",
    }


def collect(made: Installation) -> None:
    """The page's files, where a server of this installation looks for them."""
    words = [sys.executable, "manage.py", "prepare"]
    subprocess.run(words, cwd=ROOT, env=made.environment, check=True, stdout=subprocess.DEVNULL)


def bare(folder: Path, port: int, *, core: int | None = None) -> Server:
    environment = {name: os.environ[name] for name in PASSED if name in os.environ}
    environment["BARE_UPSTREAM"] = f"http://127.0.0.1:{port}/v1"
    return Server(BARE, environment, folder / "bare.log", core)


def giint(made: Installation, *, kept: bool = True, core: int | None = None, **more: str) -> Server:
    """``kept``: whether texts in flight reach their rows, as they do in the product."""
    application = GIINT if kept else UNKEPT
    return Server(application, made.environment | more, made.folder / "server.log", core)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def postgres_url() -> str:
    """A PostgreSQL whose user may make databases."""
    return os.environ.get("GIINT_TEST_DATABASE_URL") or POSTGRES


def redis_url() -> str:
    return os.environ.get("GIINT_TEST_REDIS_URL") or REDIS


def _database() -> str:
    name = f"giint_bench_{uuid.uuid4().hex[:12]}"
    _sql("CREATE DATABASE {}", name)
    return urlunsplit(urlsplit(postgres_url())._replace(path=f"/{name}"))


def _sql(statement: LiteralString, name: str) -> None:
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(SQL(statement).format(Identifier(name)))
