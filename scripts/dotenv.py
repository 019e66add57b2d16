"""The file ``.env``: made once with fresh secrets, its owner's alone, never overwritten."""

import base64
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from scripts.shell import ROOT, Stop, say

EXAMPLE = ROOT / ".env.example"
# What only a new file gets: somebody tries GIINT on their own machine.
TRIAL = {"GIINT_OFFLINE": "true", "GIINT_SHARED_ACCOUNT": "everyone"}


def field_key() -> str:
    """A key of 32 bytes under an id of its own: a lost key is told from the one after it."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return f"k{secrets.token_hex(3)}:{key}"


SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "GIINT_FIELD_KEYS": field_key,
    "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
}


def target() -> Path:
    return Path(os.environ.get("GIINT_ENV_FILE") or ROOT / ".env")


def with_value(text: str, name: str, value: str) -> str:
    """``text`` with ``name`` set: in its empty or commented line if there is one, else at the end.

    A value that is there already stays.
    """
    if re.search(rf"^(export )?{name}=.+$", text, re.MULTILINE):
        return text
    line = f"{name}={value}"
    text, found = re.subn(rf"^(# ?)?{name}=.*$", line, text, count=1, flags=re.MULTILINE)
    if found:
        return text
    return text + ("" if text.endswith("\n") or not text else "\n") + line + "\n"


def filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = with_value(text, name, value)
    return text


def ensure(path: Path | None = None) -> None:
    """Make the file, or add the secrets that it lacks; mode 0600 either way."""
    path = path or target()
    new = not path.exists()
    fresh = {name: make() for name, make in SECRETS.items()}
    try:
        before = EXAMPLE.read_text("utf-8") if new else path.read_text("utf-8")
        after = filled(before, fresh | TRIAL if new else fresh)
        if new or after != before:
            _replace(path, after)
            say(f"Wrote {'a new' if new else 'what was missing to'} {path.name}")
        path.chmod(0o600)
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"{path} cannot be read or written: {error}.") from error


def _replace(path: Path, text: str) -> None:
    """Write beside it and rename, so that a stop half-way loses no key."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode())
    beside.replace(path)
