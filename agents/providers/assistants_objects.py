"""Assistants, threads, files and vector stores at the provider, one call each: sync, bounded, never
repeated (``agents/providers/kept_http.py``).
"""

import re
from typing import Any

from agents.providers.assistants_request import BETA
from agents.providers.base import Endpoint
from agents.providers.kept_http import Objects, object_of
from agents.providers.stateful import Kind, Object, Reply, Tags

PATHS: dict[str, str] = {
    "assistant": "/assistants",
    "thread": "/threads",
    "file": "/files",
    "vector_store": "/vector_stores",
}
# Of these OpenAI's own server has nothing any more; files and vector stores are still there.
ENDED = ("assistant", "thread")
_TAGGED = re.compile(r"giint\(([^()]*)\)")


def _object(kind: Kind, row: dict[str, Any]) -> Object:
    """Raises Malformed."""
    if found := _TAGGED.match(str(row.get("filename") or "")):
        tags = dict(part.split("=", 1) for part in found[1].split(",") if "=" in part)
        return Object(kind, object_of(kind, row).id, tags, row)
    return object_of(kind, row)


_OBJECTS = Objects(BETA, PATHS, _object, relayed=True)
fetch = _OBJECTS.fetch
delete = _OBJECTS.delete


def create(endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
    return _OBJECTS.create(endpoint, kind, body, _absent(kind))


def inventory(endpoint: Endpoint, kind: Kind) -> Reply:
    """Threads cannot be listed."""
    if kind == "thread":
        return Reply("remote_unlisted", "threads")
    return _OBJECTS.inventory(endpoint, kind, _absent(kind))


def first_page(endpoint: Endpoint) -> Reply:
    """Whether the server has assistants at all."""
    return _OBJECTS.first_page(endpoint, "assistant", "assistants_gone")


def tagged(name: str, tags: Tags) -> str:
    """A file has no metadata: its name says whose it is, and keeps its ending."""
    return f"giint({','.join(f'{key}={value}' for key, value in tags.items())}){name}"


def _absent(kind: Kind) -> str:
    return "assistants_gone" if kind in ENDED else ""
