"""The dialect ``agents``: OpenAI's Agents API (``client.beta.agents``, header
``OpenAI-Beta: agents=v1``, in beta since 2026-09-10).

The server keeps an agent and a session for us; what it says is mirrored into our thread, so that a
thread can go on in any other dialect. It appends our instructions to base instructions of its own.
Source: ``openai.resources.beta.agents`` of openai 3.52.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, ClassVar

import openai

from agents.providers import agents_objects as objects
from agents.providers import agents_request as sent
from agents.providers.agents_events import AgentsTranslation
from agents.providers.agents_items import pending, read, settled
from agents.providers.agents_session import Segment
from agents.providers.base import Check, Done, Endpoint, Failed, ProviderEvent, TurnRequest
from agents.providers.kept_http import Account
from agents.providers.network import NETWORK
from agents.providers.sse import TooLong
from agents.providers.stateful import Kind, Lost, Reply
from agents.providers.streaming import Streaming, taken
from agents.providers.translation import Malformed
from giint.core.errors import GiintError

RECOVER = 30.0  # seconds for finding out what became of an answer


class AgentsApi(Streaming):
    """Agent and session are at the provider for as long as we say; the thread is ours."""

    dialect: ClassVar[str] = "agents"
    stateful: ClassVar[bool] = True
    builtins: ClassVar[frozenset[str]] = frozenset({"web_search", "mcp", "subagents"})
    kinds: ClassVar[tuple[Kind, ...]] = ("session", "agent")
    listable: ClassVar[frozenset[Kind]] = frozenset({"session", "agent"})

    def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        if request.remotes is None:
            raise ValueError("the dialect agents needs its remote objects")
        return Segment(request, request.remotes).turn()

    async def recover(
        self, request: TurnRequest, remote_id: str
    ) -> AsyncGenerator[ProviderEvent | Lost]:
        found: list[ProviderEvent] = []
        failures = (openai.APIError, GiintError, Malformed, TooLong, TimeoutError, *NETWORK)
        with contextlib.suppress(*failures):
            async with asyncio.timeout(RECOVER):
                found = await _recovered(request, *remote_id.split("/", 1))
        for event in found:
            yield event
        if not found or not isinstance(found[-1], Done | Failed):
            yield Lost()

    def check(self, endpoint: Endpoint) -> Check:
        """The list of models, and whether the server has agents. Runs a loop of its own."""
        checked = super().check(endpoint)
        if checked.code:
            return checked
        found = objects.first_page(endpoint, "agent")
        return Check(found.code, found.detail, checked.models) if found.code else checked

    def create(self, endpoint: Endpoint, kind: Kind, body: dict[str, Any]) -> Reply:
        return objects.create(endpoint, kind, body)

    def fetch(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        return objects.fetch(endpoint, kind, remote_id)

    def delete(self, endpoint: Endpoint, kind: Kind, remote_id: str) -> Reply:
        return objects.delete(endpoint, kind, remote_id)

    def inventory(self, endpoint: Endpoint, kind: Kind) -> Reply:
        return objects.inventory(endpoint, kind)


async def _recovered(
    request: TurnRequest, session_id: str, turn_id: str = ""
) -> list[ProviderEvent]:
    """What the turn has said since it was given the results in ``request``. Nothing, if it is not
    whole: it is cancelled then.
    """
    account = await Account.of(request.endpoint, sent.BETA)
    session = await account.read("GET", f"{sent.SESSIONS}/{session_id}")
    if session.get("status") == "in_progress":
        path = f"{sent.SESSIONS}/{session_id}/events"
        await account.read("POST", path, {"events": [sent.CANCEL]})
        session = await settled(account, session_id)
    given = [item["call_id"] for item in sent.since_calls(request.items) if "call_id" in item]

    def is_answered(call: str) -> bool:
        return any(sent.is_call(ours, call) for ours in given)

    if any(map(is_answered, pending(session)[1])):
        return []  # it has not got the results
    whole = await read(account, session, turn_id, (), inside=False)
    calls = [str(item["call_id"]) for item in whole.items if item.get("type") == "function_call"]
    answered = [call for call in calls if is_answered(call)]
    inside = sent.has_subagents(request)
    told = await read(account, session, turn_id, answered, inside=inside)
    if told.turn.get("status") == "cancelled":
        return []
    translation = AgentsTranslation(request.endpoint.key, taken(request))
    translation.go_on(turn_id, answered, None)
    translation.session = session_id
    return translation.caught_up(told)
