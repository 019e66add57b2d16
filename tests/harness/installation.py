"""An installation of its own: a data folder, a migrated database, people who are signed in.

Migrating takes seconds, copying a file or a PostgreSQL template takes none: it is done once.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parents[2]
PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in: a cookie, and the name of their own stream."""

    cookie: str
    stream: str


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a server keeps everything. ``url`` is empty for SQLite in ``folder``."""

    folder: Path
    url: str
    people: dict[str, Person]

    @property
    def alice(self) -> Person:
        return self.people["alice"]

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a process that belongs to it."""
        return environment(self.folder, self.url, **more)

    def rows(self, query: LiteralString) -> list[Row]:
        """What the database holds now, read past Django."""
        if self.url:
            with psycopg.connect(self.url, row_factory=dict_row) as postgres:
                return postgres.execute(query).fetchall()
        path = f"file:{self.folder / 'giint.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=20)) as sqlite:
            sqlite.row_factory = sqlite3.Row
            return [dict(row) for row in sqlite.execute(query)]

    def is_locked(self) -> bool:
        """Whether somebody keeps everybody from writing, which only SQLite knows."""
        if self.url:
            return False
        path = self.folder / "giint.sqlite3"
        with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as sqlite:
            try:
                sqlite.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            sqlite.execute("ROLLBACK")
            return False

    def seen(self) -> list[Row]:
        """What the tool ``probe`` was given, call by call."""
        path = self.folder / "seen.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def effects(self) -> list[str]:
        """The call ids for which the tool ``mark`` took effect."""
        path = self.folder / "effects.txt"
        return path.read_text().split() if path.exists() else []


class Template:
    """A migrated database of which ``copy`` makes installations."""

    def __init__(self, folder: Path, postgres: str = "") -> None:
        self._folder = folder
        self._server = postgres
        self._name = f"giint_template_{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True, exist_ok=True)
        if postgres:
            _sql(postgres, "CREATE DATABASE {}", self._name)
        printed = subprocess.run(
            [sys.executable, "-m", "tests.harness.cast"],
            cwd=ROOT,
            env=environment(folder, self._url(self._name)),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        self._people = {name: Person(**one) for name, one in json.loads(printed).items()}

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Installation]:
        """An installation in ``folder``; its database goes with it at the end."""
        folder.mkdir(parents=True)
        if not self._server:
            shutil.copy(self._folder / "giint.sqlite3", folder)
            yield Installation(folder, "", self._people)
            return
        name = f"giint_harness_{uuid.uuid4().hex[:12]}"
        _sql(self._server, "CREATE DATABASE {} TEMPLATE {}", name, self._name)
        try:
            yield Installation(folder, self._url(name), self._people)
        finally:
            _sql(self._server, "DROP DATABASE {} WITH (FORCE)", name)

    def remove(self) -> None:
        if self._server:
            _sql(self._server, "DROP DATABASE {} WITH (FORCE)", self._name)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self._server)._replace(path=f"/{name}")) if self._server else ""


def environment(folder: Path, url: str = "", **more: str) -> dict[str, str]:
    """The variables of a process of ours, and nothing of the surrounding one but the system's."""
    return {
        **{name: os.environ[name] for name in PASSED if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "tests.harness.settings",
        "GIINT_ENV_FILE": str(ROOT / "tests" / "test.env"),
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def _sql(server: str, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL(statement).format(*map(Identifier, names)))
