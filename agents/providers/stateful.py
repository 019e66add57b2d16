"""What a provider whose server keeps objects of ours is given, and can be asked besides a turn.

It makes an object through ``Remotes.hold`` alone: the ledger writes the intent, the provider
creates, the ledger records the id. So whatever happens in between, a row knows of it, and the sweep
finds by its tags what no row has the id of. docs/remote.md.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from agents.providers.base import Endpoint, ProviderEvent, TurnRequest

Kind = Literal["assistant", "thread", "agent", "session", "conversation", "file", "vector_store"]
Tags = dict[str, str]
# Makes the object with these tags in its metadata, and returns its id there. It repeats nothing,
# and lets what the transport raises through: whether the object is there is for the ledger to ask.
Create = Callable[[Tags], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Held:
    """A remote object that this wake may use. ``fresh``: it was made just now. ``memory``: what
    ``Remotes.remember`` last kept of it.
    """

    row: str  # id of its row in the ledger
    kind: Kind
    remote_id: str
    fresh: bool = True
    memory: dict[str, Any] = field(default_factory=dict)


class Remotes(Protocol):
    """The objects of one thread and agent at the account that answers."""

    async def hold(self, kind: Kind, digest: str, create: Create) -> Held:
        """The object of that kind that was made from just this (``digest``: SHA-256 of what it is
        made from), from an earlier wake if it is still there, or made now. One with another digest
        is left behind, to be deleted when this wake ends: nothing remote is ever changed.

        Raises whatever ``create`` raises, with the doubt on record.
        """
        ...

    async def remember(self, held: Held, memory: dict[str, Any]) -> None:
        """Keep what the object knows by now: small, JSON, read again by the next wake."""
        ...

    async def discard(self, held: Held) -> None:
        """It is of no more use (the server does not know it, or is stuck with it): delete it when
        this wake ends, and hold another.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lost:
    """The end of ``recover`` when nothing can be had of the answer any more: ask again."""


@dataclass(frozen=True, slots=True)
class Object:
    """A remote object as its server tells of it. ``raw``: all of it."""

    kind: Kind
    id: str
    tags: Tags = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call about remote objects came to: an empty ``code`` or one of
    ``giint.core.errors``; ``after``: seconds that upstream asked us to wait.

    ``doubtful``: no answer came, so whether it was done is not known.
    """

    code: str = ""
    detail: str = ""
    after: float | None = None
    doubtful: bool = False
    objects: list[Object] = field(default_factory=list)


@runtime_checkable
class Keeper(Protocol):
    """A provider whose ``stateful`` is true. The sync ones are bounded to 30 s, are never repeated
    by the SDK, and raise nothing for what the server does. ``kinds``: in the order of deletion;
    ``listable``: those of them that its servers can list.
    """

    dialect: ClassVar[str]
    kinds: ClassVar[tuple[Kind, ...]]
    listable: ClassVar[frozenset[Kind]]

    def recover(self, request: TurnRequest, remote_id: str) -> AsyncGenerator[ProviderEvent | Lost]:
        """After a takeover: what became of the answer ``remote_id``. It is cancelled if it still
        runs; what was finished of it comes as the events of a turn, whose end is then ``Done`` or
        ``Failed``; otherwise ``Lost``.
        """
        ...

    def create(self, endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
        """Make one, outside of a turn (the manager does). ``body``: as the wire has it."""
        ...

    def fetch(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        """Read one. Code ``remote_gone`` where the server does not know it."""
        ...

    def delete(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        """Delete one. One that the server does not know is deleted."""
        ...

    def inventory(self, endpoint: Endpoint, kind: Kind) -> Reply:
        """All of a kind, page by page. Code ``remote_unlisted`` where the server cannot list
        it.
        """
        ...
