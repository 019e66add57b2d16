"""The dialect ``assistants``: OpenAI's Assistants API, version 2 (header ``OpenAI-Beta:
assistants=v2``), at every server that still speaks it. OpenAI's own ended on 2026-08-26.

The server keeps an assistant and a thread for us; what it says is mirrored into our thread, so that
a thread can go on in any other dialect. Source: OpenAI's specification of 2026-08-21.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, ClassVar

from agents.providers import assistants_objects as objects
from agents.providers import assistants_request as sent
from agents.providers.assistants_events import ENDED, AssistantsTranslation
from agents.providers.assistants_run import TROUBLE, Stretch, cancel, caught_up, wanted_calls
from agents.providers.base import Check, Done, Endpoint, Failed, ProviderEvent, Text, TurnRequest
from agents.providers.kept_http import Account
from agents.providers.stateful import Kind, Lost, Reply
from agents.providers.streaming import Streaming, taken
from agents.providers.translation import Data

RECOVER = 30.0  # seconds for finding out what became of an answer
LOOK = 0.25  # seconds between two looks at a run that is being cancelled


class Assistants(Streaming):
    """Assistant and thread are at the provider for as long as we say; the conversation is ours."""

    dialect: ClassVar[str] = "assistants"
    stateful: ClassVar[bool] = True
    builtins: ClassVar[frozenset[str]] = frozenset({"code_interpreter", "file_search"})
    kinds: ClassVar[tuple[Kind, ...]] = ("thread", "assistant", "vector_store", "file")
    listable: ClassVar[frozenset[Kind]] = frozenset({"assistant", "vector_store", "file"})

    def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        if request.remotes is None:
            raise ValueError("the dialect assistants needs its remote objects")
        return Stretch(request, request.remotes).turn()

    async def recover(
        self, request: TurnRequest, remote_id: str
    ) -> AsyncGenerator[ProviderEvent | Lost]:
        found: list[ProviderEvent] = []
        with contextlib.suppress(*TROUBLE):
            async with asyncio.timeout(RECOVER):
                found = await _recovered(request, *remote_id.split("/", 1))
        for event in found if _is_answer(found) else [Lost()]:
            yield event

    def check(self, endpoint: Endpoint) -> Check:
        """The list of models, and whether the server has assistants. Runs a loop of its own."""
        checked = super().check(endpoint)
        if checked.code:
            return checked
        found = objects.first_page(endpoint)
        return Check(found.code, found.detail, checked.models) if found.code else checked

    def create(self, endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
        return objects.create(endpoint, kind, body)

    def fetch(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        return objects.fetch(endpoint, kind, remote_id)

    def delete(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        return objects.delete(endpoint, kind, remote_id)

    def inventory(self, endpoint: Endpoint, kind: Kind) -> Reply:
        return objects.inventory(endpoint, kind)


def _is_answer(found: list[ProviderEvent]) -> bool:
    """Whether it is whole, or has failed in a way that asking again unseen would not mend."""
    match found[-1:]:
        case [Done()]:
            return True
        case [Failed(again=again)]:
            return not again or any(isinstance(event, Text) for event in found)
    return False


async def _recovered(request: TurnRequest, thread: str, run: str = "") -> list[ProviderEvent]:
    """What the run has said since it was given the outputs in ``request``. Nothing of one that had
    to be cancelled, or that never got them.
    """
    account = await Account.of(request.endpoint, sent.BETA)
    row = await account.read("GET", f"/threads/{thread}/runs/{run}")
    if row.get("status") not in (*ENDED, "requires_action"):
        row = await _stopped(account, thread, run)
    if row.get("status") in ("cancelled", "expired"):
        return []
    given = sent.answered(request.items)
    if any(sent.is_call(ours, theirs) for ours in given for theirs in wanted_calls(row)):
        await cancel(account, thread, run)
        return []
    translation = AssistantsTranslation(request.endpoint.key, taken(request))
    return await caught_up(account, translation, request.items, row)


async def _stopped(account: Account, thread: str, run: str) -> Data:
    """A run that was under way, cancelled. It may have come to its end before."""
    await cancel(account, thread, run)
    while True:
        row = await account.read("GET", f"/threads/{thread}/runs/{run}")
        if row.get("status") in (*ENDED, "requires_action"):
            return row
        await asyncio.sleep(LOOK)
