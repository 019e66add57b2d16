"""What a session tells when it is asked, not followed: how it stands, what a turn has come to."""

import asyncio
from collections.abc import Collection
from typing import Any

from agents.providers.agents_inside import Read
from agents.providers.agents_request import SESSIONS
from agents.providers.kept_http import Account

Body = dict[str, Any]
PAUSE, LONGEST_PAUSE = 0.2, 2.0  # seconds between two looks at a session at work


async def settled(account: Account, session: str) -> Body:
    """The session, once it is not at work. Unbounded: the caller's clock runs."""
    pause = PAUSE
    while True:
        found = await account.read("GET", f"{SESSIONS}/{session}")
        if found.get("status") != "in_progress":
            return found
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


async def read(
    account: Account, session: Body, turn: str, answered: Collection[str], *, inside: bool
) -> Read:
    """The turn, and what the agent said in it since it was given the results of these calls.
    ``inside``: what its subagents said, too.
    """
    path = f"{SESSIONS}/{session['id']}"
    found = await account.read("GET", f"{path}/turns/{turn}")
    items = await account.rows(f"{path}/turns/{turn}/items")
    given = [at for at, item in enumerate(items) if _answers(item, answered)]
    since = items[given[-1] + 1 :] if given else items
    subagents = await account.rows(f"{path}/subagents") if inside else []
    said = [
        (row, await account.rows(f"{path}/subagents/{row['id']}/items"))
        for row in subagents
        if row.get("opened_at", 0) >= found.get("created_at", 0)
    ]
    return Read(session, found, since, said)


def _answers(item: Body, answered: Collection[str]) -> bool:
    return item.get("type") == "function_call_output" and item.get("call_id") in answered


def pending(session: Body) -> tuple[str, list[str]]:
    """The turn that waits, and the calls of functions whose results it waits for. None of them
    where it waits for something else, too.
    """
    actions = session.get("required_actions") or []
    turns = {str(action.get("turn_id")) for action in actions}
    if len(turns) != 1 or any(action.get("type") != "function_call" for action in actions):
        return "", []
    return turns.pop(), [str(action["call_id"]) for action in actions]
