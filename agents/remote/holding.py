"""What a stateful provider is given during a run: its objects, each with a row before it is made.

Async; every row is one hop. A person who stops an answer while an object is being made does not
wait for it: the create goes on beside, and what it made is on record and released.
"""

import asyncio
import hashlib
import logging
from typing import Any

from agents.models import RemoteAssistant
from agents.providers.stateful import Create, Held, Kind
from agents.remote import records
from agents.remote.records import Scope
from giint.core.db import in_db
from giint.core.secrets import Secret

log = logging.getLogger(__name__)
_beside: set[asyncio.Task[str]] = set()  # creates whose asker is gone


class Ledger:
    """``agents.providers.stateful.Remotes``, with the database behind it."""

    def __init__(self, scope: Scope, key: Secret, purpose: str = "") -> None:
        self.scope = scope
        self._key = key
        self._purpose = purpose  # beside the conversation: then nothing is shared with it

    async def hold(self, kind: Kind, digest: str, create: Create) -> Held:
        made_from = self._apart(digest) if self._purpose else digest
        row = await in_db(records.take_or_intend, self.scope, kind, made_from)
        if row.made is not None:
            return Held(row.id, kind, row.remote_id, fresh=False, memory=row.memory)
        making = asyncio.ensure_future(self._make(row, create))
        try:
            remote_id = await asyncio.shield(making)
        except asyncio.CancelledError:
            if not making.done():
                _beside.add(making)
                making.add_done_callback(_forget)
            raise
        return Held(row.id, kind, remote_id)

    async def remember(self, held: Held, memory: dict[str, Any]) -> None:
        await in_db(records.remember, held.row, memory)

    async def discard(self, held: Held) -> None:
        await in_db(records.release, RemoteAssistant.objects.filter(id=held.row))

    def _apart(self, digest: str) -> str:
        return hashlib.sha256(f"{self._purpose} {digest}".encode()).hexdigest()

    async def _make(self, row: RemoteAssistant, create: Create) -> str:
        try:
            remote_id = await create(dict(row.tags))
        except Exception as error:
            # With the SDK, which a server whose providers keep nothing never loads.
            from agents.providers.failures import of_exception, was_refused

            said = of_exception(error, self._key)
            note = records.refused if was_refused(error) else records.in_doubt
            await in_db(note, row.id, said.code, said.detail)
            raise
        await in_db(records.made, row.id, remote_id)
        return remote_id


def _forget(making: asyncio.Task[str]) -> None:
    _beside.discard(making)
    if not making.cancelled() and (error := making.exception()):
        log.info("a create that nobody waited for failed: %s", type(error).__name__)


async def settled(patience: float) -> None:
    """Wait for creates whose asker is gone, and then no longer: the process ends."""
    if _beside:
        _, late = await asyncio.wait(set(_beside), timeout=patience)
        for making in late:
            making.cancel()
