"""Tools for the harness: one that may be repeated, one that may not, one that gives odd text, and
one that notes what it was given.

HARNESS_SLOW: milliseconds that the first one takes. HARNESS_MARK: seconds that the second one goes
on after its effect.
"""

import asyncio
import json
import os

from django.conf import settings
from django.contrib.auth import get_user_model

from agents.tools.base import ToolContext, tool

PAUSE = float(os.environ.get("HARNESS_MARK") or 0.1)
SLOW = int(os.environ.get("HARNESS_SLOW") or 150)
ODD = ["a\x00b", "\ud83d", "\ude00", "\ude00\ud83d", "é"]


@tool(retry="safe", timeout=10)
async def slow(context: ToolContext, ms: int = SLOW) -> str:
    """Takes its time, and may be repeated."""
    for done in range(5):
        context.progress(f"{done} of 5", done=done, total=5)
        await asyncio.sleep(ms / 5000)
    return "slow is done"


@tool(retry="once", timeout=10)
async def mark(context: ToolContext) -> str:
    """Leaves a mark that must not be left twice: one line in ``effects.txt`` of DATA_DIR."""
    with (settings.DATA_DIR / "effects.txt").open("a") as file:
        file.write(context.call_id + "\n")
    await asyncio.sleep(PAUSE)
    return "marked"


@tool(retry="safe")
def probe(context: ToolContext) -> str:
    """Notes who set it off and where: a line of JSON in ``seen.jsonl`` of DATA_DIR."""
    user = context.user
    seen = {
        "user": user.get_username(),
        "is_user": isinstance(user, get_user_model()),
        "owns": user.threads.filter(id=context.thread.id, runs=context.run).exists(),
        "thread": context.thread.id,
        "run": context.run.id,
    }
    with (settings.DATA_DIR / "seen.jsonl").open("a") as file:
        file.write(json.dumps(seen) + "\n")
    return "probed"


@tool(retry="once", writes=True)
async def sign(context: ToolContext) -> str:
    """Asks its person first."""
    return "signed"


@tool(retry="safe")
def odd(context: ToolContext) -> dict[str, object]:
    """Gives text that no database takes."""
    return {"text": "".join(ODD), "\x00": ["\ud83d"]}
