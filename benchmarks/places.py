"""The installations and servers of one run: made when they are first asked for, stopped at its end.

Only what is measured runs. The others are stopped in their tracks (SIGSTOP), so that servers can be
measured in turns without being started anew each time.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.servers import Installation, Server

PEOPLE = 60


class Places(contextlib.ExitStack):
    """See the module. ``with_chats``: MiB of the server during 50 chats, for another row."""

    def __init__(self, folder: Path, histories: list[str]) -> None:
        super().__init__()
        self._folder = folder
        self._histories = histories
        self._made: dict[str, Installation] = {}
        self._servers: dict[str, Server] = {}
        self.with_chats = 0.0
        self.has_postgres = servers.listens(servers.postgres_url())
        self.has_redis = self.has_postgres and servers.listens(servers.redis_url())

    def __enter__(self) -> "Places":
        super().__enter__()
        self._port = self.enter_context(servers.upstream())
        return self

    @contextlib.contextmanager
    def alone(self, *names: str) -> Iterator[list[Server]]:
        """These servers; nothing else of ours runs meanwhile."""
        chosen = [self._server(name) for name in names]
        for server in chosen:
            server.resume()
        try:
            yield chosen
        finally:
            for server in chosen:
                server.pause()

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Server]:
        """A server that nobody has asked anything yet."""
        with servers.giint(self._copy("fresh")) as server:
            server.settle()
            yield server

    @contextlib.contextmanager
    def page(self) -> Iterator[Server]:
        """A server that a browser can open."""
        made = self._copy("page")
        servers.collect(made)
        with servers.giint(made) as server:
            server.settle()
            yield server

    def people(self, name: str) -> list[dict[str, str]]:
        return [{}] if name == "bare" else self._installation(name).people

    def threads(self, name: str) -> dict[str, list[str]]:
        return self._installation(name).threads

    def _server(self, name: str) -> Server:
        if name not in self._servers:
            server = self._servers[name] = self._make(name)
            self.enter_context(server)
            server.settle()
        return self._servers[name]

    def _make(self, name: str) -> Server:
        core = 0 if name.endswith("on one core") else None
        if name.startswith("bare"):
            return servers.bare(self._folder, self._port, core=core)
        redis = {"REDIS_URL": servers.redis_url()} if name.endswith("of two") else {}
        kept = not name.endswith("unkept")
        return servers.giint(self._installation(name), kept=kept, core=core, **redis)

    def _installation(self, name: str) -> Installation:
        """Each server has its own, or it would claim another one's runs; two share theirs."""
        key = "two" if name.endswith("of two") else name
        if key not in self._made:
            self._made[key] = self._copy(key) if key != "sqlite" else self._original()
        return self._made[key]

    def _original(self) -> Installation:
        return self._enter("sqlite", histories=self._histories)

    def _copy(self, key: str) -> Installation:
        if key == "two" or key.startswith("postgres"):
            return self._enter(key, postgres=True)
        original = self._installation("sqlite")
        folder = self._folder / key.replace(" ", "-")
        folder.mkdir(exist_ok=True)
        shutil.copy(self._folder / "template.sqlite3", folder / "giint.sqlite3")
        environment = original.environment | {"DATA_DIR": str(folder)}
        return Installation(folder, "", original.people, original.threads, environment)

    def _enter(self, key: str, **options: Any) -> Installation:
        options = {"people": PEOPLE, "histories": [], **options}
        folder = self._folder / key.replace(" ", "-")
        made = self.enter_context(servers.installation(folder, self._port, **options))
        if key == "sqlite":
            shutil.copy(folder / "giint.sqlite3", self._folder / "template.sqlite3")
        return made
