"""What a bearer may do: one table of scopes, and which of them a request needs."""

from dataclasses import dataclass

# Scope → what people read about it. A person who signed in, or has a JWT, has all of them.
SCOPES: dict[str, str] = {
    "read": "Read what is yours: threads, agents, tool outputs, files",
    "write": "Change it, and talk to your agents",
    "manage": "Your provider keys and API tokens",
    "manage_assistants": "The assistants that you keep at a provider",
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})
PERSON = "person"  # what no token has: for what only somebody who signed in may do


@dataclass(frozen=True, slots=True)
class Grant:
    """What a bearer brought: of which kind it is, its id, and the scopes it has."""

    kind: str
    id: str
    scopes: frozenset[str]


def needed(method: str, scope: str | None) -> str:
    """The scope for ``method`` on a route: its own ``scope``, else by reading or writing."""
    return scope or ("read" if method in READING else "write")
