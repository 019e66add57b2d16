"""A provider that keeps objects, and its server, in memory: what the ledger is tried with.

``Shelf`` is the server: it counts what was made and deleted, lists what it can, and can lose
answers and fail. ``Shelved`` is the provider: each turn holds an assistant, made from instructions
and tools, and a thread, and then says what it was told to.
"""

import hashlib
import itertools
import json
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from agents.providers.base import (
    Check,
    Endpoint,
    Listing,
    ProviderEvent,
    Started,
    TurnRequest,
)
from agents.providers.scripted import Hold, Turn
from agents.providers.stateful import Held, Kind, Lost, Object, Reply, Tags
from giint.core.errors import GiintError


@dataclass(slots=True)
class Shelf:
    """See the module. Faults: ``lose`` (answers of the next creates, which are carried out),
    ``refuse`` (the next creates are not), ``codes`` (of the next deletions, which are not carried
    out), ``unlisted`` (kinds without a list).
    """

    objects: dict[str, Object] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    lose: int = 0
    refuse: int = 0
    codes: list[str] = field(default_factory=list)
    unlisted: frozenset[str] = frozenset({"thread"})
    asked: int = 0
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, kind: Kind, tags: Tags, body: dict[str, Any]) -> str:
        """Raises GiintError (a refusal) or ConnectionResetError (a lost answer)."""
        with self._lock:
            if self.refuse:
                self.refuse -= 1
                raise GiintError("upstream_rejected", "no")
            made = Object(kind, f"{kind}_{next(self._numbers)}", dict(tags), body)
            self.objects[made.id] = made
            self.created[kind] += 1
            if self.lose:
                self.lose -= 1
                raise ConnectionResetError
            return made.id

    def delete(self, remote_id: str) -> Reply:
        with self._lock:
            self.asked += 1
            if self.codes and (code := self.codes.pop(0)):
                return Reply(code)
            gone = self.objects.pop(remote_id, None)
            if gone is None:
                return Reply("remote_gone")
            self.deleted[gone.kind] += 1
            return Reply()

    def there(self, kind: str = "") -> list[str]:
        return sorted(one.id for one in self.objects.values() if kind in ("", one.kind))


class Shelved:
    """See the module. ``requests``: what it was asked; ``recovered``: ids it was asked about."""

    dialect: ClassVar[str] = "assistants"
    stateful: ClassVar[bool] = True
    builtins: ClassVar[frozenset[str]] = frozenset()
    kinds: ClassVar[tuple[Kind, ...]] = ("thread", "assistant")
    listable: ClassVar[frozenset[Kind]] = frozenset({"assistant"})

    def __init__(self, shelf: Shelf, *turns: Turn) -> None:
        self.shelf = shelf
        self.turns = list(turns)
        self.requests: list[TurnRequest] = []
        self.held: list[Held] = []
        self.recovered: list[str] = []
        self.on_recover: Turn | None = None  # None: lost
        self.closed = 0
        self.between: Callable[[str], None] = lambda window: None  # called in each window

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        self.requests.append(request)
        number = len(self.requests)
        assert request.remotes is not None
        made_from = {"told": request.instructions, "tools": [one.name for one in request.tools]}
        assistant = await self._hold(request, "assistant", made_from)
        thread = await self._hold(request, "thread", {})
        await request.remotes.remember(thread, {"turns": number})
        self.held += [assistant, thread]
        try:
            for event in self.turns[number - 1]:
                if isinstance(event, Hold):
                    await event.wait()
                elif isinstance(event, Started):
                    yield Started(f"{thread.remote_id}/run_{number}")
                else:
                    yield event  # type: ignore[misc]
        except BaseException:
            self.closed += 1
            raise

    async def _hold(self, request: TurnRequest, kind: Kind, made_from: dict[str, Any]) -> Held:
        digest = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()

        async def create(tags: Tags) -> str:
            self.between(f"before {kind}")
            made = self.shelf.make(kind, tags, made_from)
            self.between(f"after {kind}")
            return made

        assert request.remotes is not None
        return await request.remotes.hold(kind, digest, create)

    async def recover(
        self, request: TurnRequest, remote_id: str
    ) -> AsyncGenerator[ProviderEvent | Lost]:
        self.recovered.append(remote_id)
        if self.on_recover is None:
            yield Lost()
            return
        for event in self.on_recover:
            yield event  # type: ignore[misc]

    def create(self, endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
        try:
            made = self.shelf.make(kind, body.get("metadata", {}), body)
        except GiintError as error:
            return Reply(error.code, error.detail)
        except ConnectionResetError:
            return Reply("upstream_cut", doubtful=True)
        return Reply(objects=[self.shelf.objects[made]])

    def fetch(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        found = self.shelf.objects.get(remote_id)
        return Reply(objects=[found]) if found else Reply("remote_gone")

    def delete(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        return self.shelf.delete(remote_id)

    def inventory(self, endpoint: Endpoint, kind: Kind) -> Reply:
        if kind in self.shelf.unlisted:
            return Reply("remote_unlisted")
        return Reply(objects=[one for one in self.shelf.objects.values() if one.kind == kind])

    def check(self, endpoint: Endpoint) -> Check:
        return Check(models=["m"])

    def models(self, endpoint: Endpoint) -> Listing:
        return Listing()
