"""An id of a provider that somebody uses without having taken it in: it is taken in at that moment.

It may be picked in a chat, linked to a template, or given to a command. Not to be called in a
transaction, nor from an event loop: a server is asked.
"""

import contextlib
from collections.abc import Iterable

from accounts.models import ProviderKey, User
from agents.endpoints import endpoint_of
from agents.ingest.objects import Found
from agents.ingest.taking import imported, origin_of, take_agent
from agents.models import Agent
from agents.providers import provider_for
from agents.providers.stateful import Keeper, Kind, Object, Reply
from giint.core.errors import GiintError

# How ids of agents begin.
PREFIXES = ("asst_", "agent_", "agt_")
# What can be taken in of an account's objects, by its dialect: agents, then talks.
KINDS: dict[str, tuple[Kind, ...]] = {
    "assistants": ("assistant", "thread"),
    "agents": ("agent", "session"),
}
AGENTS: tuple[Kind, ...] = ("assistant", "agent")


def keeper_of(key: ProviderKey) -> Keeper | None:
    """The provider of an account that keeps objects; None for one that keeps none."""
    try:
        provider = provider_for(key.dialect)
    except GiintError:
        return None
    return provider if isinstance(provider, Keeper) else None


def accounts(user: User) -> list[ProviderKey]:
    """The keys of ``user`` whose servers keep assistants or agents, the default one first."""
    keys = user.provider_keys.select_related("user__account").order_by("-default", "created")
    return [key for key in keys if keeper_of(key) is not None]


def is_assistant(id_: str | None) -> bool:
    """Whether that is the id of an assistant, which none of ours can be."""
    return bool(id_) and str(id_).startswith("asst_")


def use(*, user: User, remote_id: str) -> Agent:
    """The user's agent of that assistant or agent at a provider, taken in if it was not.

    Raises ``remote_gone`` where no account of theirs knows it, ``no_remote_account`` where they
    have none to ask, and what the one that was asked refused.
    """
    remote_id = remote_id.replace("\x00", "")
    rows = imported(user).filter(remote_id=remote_id, agent__isnull=False)
    if (row := rows.order_by("-made").first()) is not None and row.agent is not None:
        return row.agent
    key, one = look_up(user, remote_id, AGENTS)
    found = Found(one.kind, one.id, one.raw)
    agent = take_agent(user=user, found=found, origin=origin_of(key)).agent
    if agent is None:  # an agent is what take_agent makes
        raise GiintError("internal")
    return agent


def look_up(
    user: User, remote_id: str, kinds: tuple[Kind, ...] = (), keys: list[ProviderKey] | None = None
) -> tuple[ProviderKey, Object]:
    """The object with that id, at the first of the user's accounts (or of ``keys``) that knows it,
    as one of ``kinds`` (or whatever it may be). Raises as ``use``.
    """
    asked = [
        (key, kind)
        for key in (accounts(user) if keys is None else keys)
        for kind in _may_be(key.dialect, remote_id)
        if not kinds or kind in kinds
    ]
    if not asked:
        raise GiintError("no_remote_account", remote_id)
    failures: list[Reply] = []
    for key, kind in asked:
        reply = fetch(key, kind, remote_id)
        if not reply.code and reply.objects:
            return key, reply.objects[0]
        failures.append(reply)
    failures += _ended({key.id: key for key, kind in asked if kind == "assistant"}.values())
    worst = next((one for one in failures if one.code not in ("", "remote_gone")), None)
    raise GiintError(worst.code if worst else "remote_gone", worst.detail if worst else remote_id)


def _ended(keys: Iterable[ProviderKey]) -> list[Reply]:
    """What an account says whose Assistants API ended: one that is not there looks the same."""
    found = []
    for key in keys:
        keeper = keeper_of(key)
        if keeper is not None and "assistant" in keeper.listable:
            with contextlib.suppress(GiintError):
                reply = keeper.inventory(endpoint_of(key), "assistant")
                found += [reply] if reply.code == "assistants_gone" else []
    return found


def _may_be(dialect: str, remote_id: str) -> tuple[Kind, ...]:
    """What that id may be the id of. Assistants' ids say so; others are tried."""
    kinds = KINDS.get(dialect, ())
    if remote_id.startswith("asst_"):
        return tuple(kind for kind in kinds if kind == "assistant")
    if remote_id.startswith("thread_"):
        return tuple(kind for kind in kinds if kind == "thread")
    return kinds if dialect == "agents" else ()


def fetch(key: ProviderKey, kind: Kind, remote_id: str) -> Reply:
    """Read one object. A key that does not open is its reply's code."""
    keeper = keeper_of(key)
    if keeper is None:
        return Reply("no_remote_account", key.label)
    try:
        endpoint = endpoint_of(key)
    except GiintError as error:
        return Reply(error.code, error.detail)
    return keeper.fetch(endpoint, kind, remote_id)
