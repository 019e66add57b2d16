"""The variables GIINT is set up with: one table, read through django-environ.

A variable that is missing or malformed stops the start with its name and what it should look like.
The table is compared with ``.env.example``, the compose file and the Dockerfile by
``tests/house/test_environment.py``. Values come from the process's environment, then from the file
``.env`` (another one: ``GIINT_ENV_FILE``), then from the defaults; an empty value is no value.
"""

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from giint import values

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = Path(os.environ.get("GIINT_ENV_FILE") or BASE_DIR / ".env")
_LINE = re.compile(r"(export )?[A-Za-z_0-9]+=.*")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its reader, what it should look like, its default (None: it must be set)."""

    read: Callable[[str], Any]
    form: str
    default: str | None
    secret: bool = False  # its value is never shown, not even a malformed one


VARIABLES: dict[str, Variable] = {
    # what must be there
    "SECRET_KEY": Variable(
        values.secret,
        "at least 50 random characters; `make setup` writes one",
        None,
        secret=True,
    ),
    "GIINT_FIELD_KEYS": Variable(
        values.field_keys,
        "id:key[,id:key…], each key 32 random bytes in URL-safe base64, the first one seals; "
        "`make setup` writes one",
        None,
        secret=True,
    ),
    # where it runs
    "HOST": Variable(
        values.host, "the address to listen on, such as 127.0.0.1 or 0.0.0.0", "127.0.0.1"
    ),
    "PORT": Variable(values.whole(1, 65535), "a port number from 1 to 65535", "8000"),
    "DATA_DIR": Variable(values.folder, "a folder that the server may write to", "data"),
    "DATABASE_URL": Variable(
        values.database,
        "sqlite:///path/to/file.sqlite3 or postgres://user:password@host:5432/name; "
        "empty: SQLite in DATA_DIR",
        "",
        secret=True,
    ),
    "GIINT_ORIGINS": Variable(
        values.origins,
        "the addresses people open, such as https://chat.example.org, with commas; empty: "
        "localhost and HOST at PORT",
        "",
    ),
    "DEBUG": Variable(values.flag, "true or false; true shows the inside of errors", "false"),
    "LOG_LEVEL": Variable(
        values.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "DEBUG, INFO, WARNING or ERROR", "INFO"
    ),
    # people
    "GIINT_SIGNUP": Variable(
        values.one_of("closed", "open", "approval"), "closed, open or approval", "closed"
    ),
    "GIINT_DEMO_PASSWORD": Variable(
        str,
        "the demo user's password, set at every `make run`; empty: a random one, printed once",
        "",
        secret=True,
    ),
    "EMAIL_URL": Variable(
        values.email,
        "smtp://user:password@host:587, smtp+tls://…, or consolemail:// to print mails",
        "consolemail://",
        secret=True,
    ),
    "EMAIL_FROM": Variable(
        values.mail_address, "the sender of mails, such as giint@example.org", "giint@localhost"
    ),
    # who answers
    "GIINT_OFFLINE": Variable(
        values.flag,
        "true or false: may the offline demo model answer where no account does",
        "false",
    ),
    "OPENAI_API_BASE": Variable(
        values.http_url, "a URL such as https://api.openai.com/v1", "https://api.openai.com/v1"
    ),
    "OPENAI_API_KEY": Variable(
        values.bare_word, "the operator's key at that server; empty: none", "", secret=True
    ),
    "OPENAI_MODEL": Variable(values.bare_word, "a model id that server knows, such as gpt-5", ""),
    "GIINT_SHARED_ACCOUNT": Variable(
        values.one_of("nobody", "staff", "everyone"),
        "nobody, staff or everyone: who may use the operator's key",
        "nobody",
    ),
    "GIINT_PRIVATE_HOSTS": Variable(
        values.host_ports,
        "hosts or host:port on private addresses that may be called, with commas, such as "
        "localhost:11434",
        "",
    ),
    "GIINT_SYNC_EVERY": Variable(
        values.number(0, 8760),
        "hours between two readings of each account's list of models, 0 to 8760; 0: only by hand",
        "24",
    ),
    "GIINT_CATALOGUE_TTL": Variable(
        values.whole(0, 86400),
        "seconds from 0 to 86400 for which such a list is fresh: nobody's press reads it again",
        "300",
    ),
    "GIINT_DEBUG_ASSISTANTS": Variable(
        values.flag,
        "true or false: log each call about objects kept at a provider (no keys, no texts)",
        "false",
    ),
    "GIINT_ASSISTANT_IDLE": Variable(
        values.whole(0, 86400),
        "seconds from 0 to 86400 for which what was made at a provider may be used again; 0: it is "
        "deleted with the end of each answer",
        "0",
    ),
    # tools
    "OPENWEATHER_API_KEY": Variable(
        values.bare_word, "the operator's key at OpenWeather; empty: no weather", "", secret=True
    ),
    "OPENWEATHER_BASE": Variable(
        values.http_url,
        "a URL such as https://api.openweathermap.org",
        "https://api.openweathermap.org",
    ),
    "SEARXNG_URL": Variable(
        values.http_url_or_none,
        "the URL of your SearXNG, such as http://searxng:8080, whose settings have json among "
        "search.formats; empty: none",
        "",
    ),
    "GIINT_DDGS": Variable(
        values.flag,
        "true or false: where there is no SearXNG, do searches go to public search engines by the "
        "package ddgs (requirements-ddgs.txt)",
        "false",
    ),
    # how it works
    "GIINT_EMBEDDED": Variable(
        values.flag,
        "true or false: does a web process run turns itself, beside any workers",
        "true",
    ),
    "REDIS_URL": Variable(
        values.redis_url,
        "redis://host:6379/0 (or rediss://), between several processes; empty: none",
        "",
        secret=True,
    ),
    "GIINT_APPROVAL_HOURS": Variable(
        values.number(0.01, 8760),
        "hours from 0.01 to 8760 that a tool call waits for a person's decision",
        "168",
    ),
    "GIINT_CONSOLE_RATE": Variable(
        values.whole(1, 10000),
        "console messages that one source may post to one person in a minute, 1 to 10000; what is "
        "beyond it waits for that person",
        "20",
    ),
    "GIINT_RUN_SLOTS": Variable(
        values.whole(1, 10000), "how many runs one process works on at once, 1 to 10000", "100"
    ),
    "GIINT_FILE_SIZE": Variable(
        values.whole(1, 1024), "how large one file of a person may be, 1 to 1024 MiB", "20"
    ),
    "GIINT_IMPORT_SIZE": Variable(
        values.whole(1, 1024),
        "how large a file of saved assistants and threads may be, 1 to 1024 MiB",
        "64",
    ),
    "GIINT_DRAIN": Variable(
        values.number(0, 3600),
        "seconds from 0 to 3600 that runs may go on while the server ends",
        "20",
    ),
}


def read_file(path: Path = ENV_FILE) -> None:
    """Put the file's variables into the environment, where they are not set already.

    Raises ImproperlyConfigured for a file that cannot be read or has a line that is not NAME=value:
    django-environ would leave such a line out, and with it perhaps a secret.
    """
    if not path.is_file():
        if os.environ.get("GIINT_ENV_FILE"):
            raise ImproperlyConfigured(f"GIINT_ENV_FILE names {path}, which is not a file.")
        return
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#") and not _LINE.fullmatch(line):
            raise ImproperlyConfigured(
                f"{path}, line {number}, is neither NAME=value nor a comment that begins with #."
            )
    environ.Env.read_env(path)


def setting(name: str) -> Any:
    """The variable's value. Raises ImproperlyConfigured with its name and what it should be."""
    variable = VARIABLES[name]
    # Not Env.str(): it takes a value that begins with $ for the name of another variable.
    text = environ.Env().ENVIRON.get(name) or variable.default
    if text is None:
        raise ImproperlyConfigured(f"{name} is not set. It should be {variable.form}.")
    try:
        return variable.read(text)
    except Exception as error:
        shown = "" if variable.secret else f" is {text!r}, which"
        raise ImproperlyConfigured(
            f"{name}{shown} cannot be read. It should be {variable.form}."
        ) from error


def data_dir() -> Path:
    """DATA_DIR, made if need be. Raises ImproperlyConfigured where the server may not write."""
    path = (BASE_DIR / Path(setting("DATA_DIR")).expanduser()).resolve()
    with contextlib.suppress(OSError):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(
            f"DATA_DIR is {path}, where this user may not write. "
            "Make it writable, or set DATA_DIR to a folder that is."
        )
    return path


read_file()
