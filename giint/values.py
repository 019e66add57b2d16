"""How the text of a variable becomes a value. A reader raises for what it cannot read."""

import base64
import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import environ

_FLAGS = {"true": True, "1": True, "yes": True, "on": True}
_FLAGS |= {"false": False, "0": False, "no": False, "off": False}
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


def refuse_unless(good: object, text: str) -> None:
    if not good:
        raise ValueError(text)


def flag(text: str) -> bool:
    return _FLAGS[text.strip().lower()]


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        refuse_unless(text in allowed, text)
        return text

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        refuse_unless(low <= value <= high, text)
        return value

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        refuse_unless(low <= value <= high, text)
        return value

    return read


def secret(text: str) -> str:
    """At least 50 characters, five of them different: what Django's deployment check asks for."""
    refuse_unless(len(text) >= 50 and len(set(text)) >= 5, "too short")
    return text


def field_keys(text: str) -> list[str]:
    """``id:key`` pairs as they were written; each key is 32 bytes, each id occurs once."""
    pairs = words(text)
    ids = [pair.partition(":")[0] for pair in pairs]
    refuse_unless(pairs and len(set(ids)) == len(ids), "ids")
    for pair in pairs:
        key_id, _, key = pair.partition(":")
        refuse_unless(_KEY_ID.fullmatch(key_id), "id")
        bare = key.rstrip("=")  # with or without padding
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
        refuse_unless(len(raw) == 32, "length")
    return pairs


def host(text: str) -> str:
    """An address or a name to listen on, without a port."""
    bare = text.strip("[]")
    if not _is_address(bare):
        refuse_unless(_NAME.fullmatch(bare) and not bare.isdigit(), text)
    return bare


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def host_ports(text: str) -> list[str]:
    """``host`` or ``host:port``, an IPv6 address with a port in brackets."""
    entries = words(text)
    for entry in entries:
        if not _is_address(entry):
            parts = urlsplit(f"//{entry}")
            refuse_unless(parts.hostname and parts.netloc == entry and "@" not in entry, entry)
            refuse_unless(parts.port != 0, entry)
            host(parts.hostname or "")
    return entries


def origins(text: str) -> list[str]:
    """``scheme://host[:port]`` and nothing behind it, as a browser's Origin header has it."""
    found = [word.rstrip("/").lower() for word in words(text)]
    for origin in found:
        parts = urlsplit(origin)
        refuse_unless(parts.scheme in {"http", "https"} and parts.hostname, origin)
        refuse_unless(origin == f"{parts.scheme}://{parts.netloc}" and "@" not in origin, origin)
        refuse_unless(parts.port != 0 and "*" not in origin, origin)
    return found


def http_url(text: str) -> str:
    parts = urlsplit(text)
    refuse_unless(parts.scheme in {"http", "https"} and parts.hostname, text)
    refuse_unless(parts.port != 0, text)
    return text.rstrip("/")


def http_url_or_none(text: str) -> str:
    return http_url(text) if text else ""


def mail_address(text: str) -> str:
    bare = re.fullmatch(r"[^<>@\s]+@[^<>@\s]+|[^<>]*<[^<>@\s]+@[^<>@\s]+>", text)
    refuse_unless(bare, text)
    return text


def bare_word(text: str) -> str:
    refuse_unless(not re.search(r"\s", text), text)
    return text


def folder(text: str) -> str:
    refuse_unless("\x00" not in text, text)
    return text


def database(text: str) -> dict[str, Any]:
    """Django's settings of a database; empty for no text. SQLite needs a file: threads share it."""
    if not text:
        return {}
    config: dict[str, Any] = environ.Env.db_url_config(text)
    refuse_unless(config.get("ENGINE") in _ENGINES, "engine")
    refuse_unless(config.get("NAME") and config["NAME"] != ":memory:", "name")
    return config


def email(text: str) -> dict[str, Any]:
    config: dict[str, Any] = environ.Env.email_url_config(text)
    return config


def redis_url(text: str) -> str:
    """``redis://host…``, ``rediss://host…`` or ``unix:///path``."""
    if text:
        parts = urlsplit(text)
        refuse_unless(parts.scheme in {"redis", "rediss", "unix"}, "not a Redis")
        refuse_unless(parts.path if parts.scheme == "unix" else parts.hostname, "no place")
        refuse_unless(parts.port != 0, "port")
    return text
