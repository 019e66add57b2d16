"""What tests need of the machine. Where it is missing they are skipped; in CI they fail instead."""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scripts import client
from scripts.shell import Stop

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = "postgres://postgres@127.0.0.1:5432/test"
REDIS = "redis://127.0.0.1:6379/0"
CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(what: str) -> None:
    """Leave the test: skipped on a person's machine, failed in CI, where none may be left out."""
    if in_ci():
        pytest.fail(f"CI must have {what}")
    pytest.skip(f"this machine has no {what}")


def listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def need_postgres() -> str:
    """The URL of a PostgreSQL whose user may make databases: GIINT_TEST_DATABASE_URL."""
    url = os.environ.get("GIINT_TEST_DATABASE_URL") or POSTGRES
    if not listens(url):
        missing(f"PostgreSQL at {urlsplit(url).hostname} (GIINT_TEST_DATABASE_URL)")
    return url


def need_redis() -> str:
    """The URL of a Redis: GIINT_TEST_REDIS_URL."""
    url = os.environ.get("GIINT_TEST_REDIS_URL") or REDIS
    if not listens(url):
        missing(f"Redis at {urlsplit(url).hostname} (GIINT_TEST_REDIS_URL)")
    return url


def need_postgres_binaries() -> None:
    """PostgreSQL's programs, for tests that start servers of their own and break them."""
    there = shutil.which("initdb") or [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not there:
        missing("programs of PostgreSQL (initdb, postgres)")


def need_redis_server() -> None:
    """The program redis-server, likewise."""
    if not shutil.which("redis-server"):
        missing("redis-server")


def need_browser() -> str:
    """The path of a Chromium: GIINT_TEST_BROWSER, or where Debian has it."""
    asked = os.environ.get("GIINT_TEST_BROWSER")
    for path in [asked] if asked else CHROMIUM:
        if Path(path).is_file():
            return path
    missing("Chromium (GIINT_TEST_BROWSER)")
    return ""


def need_npm() -> str:
    """The path of npm; a new enough Node is in the same folder, or on PATH."""
    try:
        path = client.environment(fetch=False)["PATH"]
    except Stop:
        missing("npm with Node.js 20 or newer")
        raise
    return shutil.which("npm", path=path) or ""


def need_shared(name: str) -> Path:
    """A file of the contracts that are kept beside the checkout, in the folder ``../shared``."""
    path = ROOT.parent / "shared" / name
    if not path.exists():
        missing(f"file ../shared/{name}")
    return path
