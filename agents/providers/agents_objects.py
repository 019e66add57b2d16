"""Agents and sessions at the provider, one call each: sync, bounded, never repeated
(``agents/providers/kept_http.py``).
"""

from typing import Any

from agents.providers.agents_request import BETA, SESSIONS
from agents.providers.base import Endpoint
from agents.providers.kept_http import Objects
from agents.providers.stateful import Kind, Reply

_OBJECTS = Objects(BETA, {"agent": "/agents", "session": SESSIONS})
fetch = _OBJECTS.fetch
delete = _OBJECTS.delete


def create(endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
    return _OBJECTS.create(endpoint, kind, body)


def inventory(endpoint: Endpoint, kind: Kind) -> Reply:
    return _OBJECTS.inventory(endpoint, kind, "remote_unlisted")


def first_page(endpoint: Endpoint, kind: Kind) -> Reply:
    """Whether the server has such objects at all."""
    found = _OBJECTS.first_page(endpoint, kind, "upstream_rejected")
    if found.code == "upstream_rejected":
        return Reply(found.code, "this server has no Agents API")
    return found
