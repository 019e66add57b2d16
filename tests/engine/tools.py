"""Tools that only tests offer."""

import asyncio
import time

from agents.providers.scripted import Hold
from agents.tools.base import ToolContext, tool
from giint.core.db import read_db


@tool(retry="once", writes=True)
def send_mail(context: ToolContext) -> str:
    """Send a mail: an effect that may not happen twice."""
    return "sent"


@tool(retry="safe", timeout=0.2)
def sleepy(context: ToolContext) -> str:
    """Blocks for longer than it may."""
    time.sleep(0.6)
    return "late"


@tool(retry="safe", timeout=5)
async def reports(context: ToolContext, steps: int = 2) -> str:
    """Tells how far it is."""
    for done in range(1, steps + 1):
        context.progress(f"Page {done} of {steps}", done=done, total=steps)
        await asyncio.sleep(0.02)
    return f"read by {context.user.username}"


@tool(retry="safe")
def odd(context: ToolContext) -> str:
    """Gives text that no database takes."""
    return "a\x00b\ud83d"


@tool(retry="safe")
def broken(context: ToolContext) -> str:
    """Has a bug."""
    raise KeyError("secret detail")


seen: list[tuple[int, str, str]] = []  # what ``probe`` was given
held: list[Hold] = []  # the last one is what ``publishes`` waits for


@tool(retry="safe", timeout=20)
async def publishes(context: ToolContext, hold: bool = False) -> str:
    """Writes a transcript: one entry at once, one piece by piece."""
    side = await context.transcript("What was found", key="found")
    await side.say("Finder", "One thing.")
    async with side.line("Crawler") as line:
        line.add("Page one, \ud83d")
        line.add("\ude00 page two.")
        if hold:
            await held[-1].wait()
    await side.close({"pages": 2})
    return "published"


@tool(retry="safe", timeout=5)
def offers(context: ToolContext, times: int = 1) -> str:
    """Offers a file, from a thread."""
    for time_ in range(times):
        row = context.wait(context.file("numbers.csv", f"a,b\n1,{time_}\n"))
    return str(row["id"])


@tool(retry="safe")
def long(context: ToolContext) -> str:
    """Gives more than a page shows at once."""
    return "x" * 50_000


@tool(retry="safe", timeout=30)
async def asks(context: ToolContext, agents: list[str]) -> str:
    """Asks these agents side by side, and says what they said."""
    context.may_ask()
    found = await read_db(context.user.agents.in_bulk, agents)
    side = await context.transcript("Asked", key="asked")
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                context.ask(found[id_], f"Question {n}", key=f"q{n}", transcript=side)
            )
            for n, id_ in enumerate(agents)
        ]
    return " | ".join(task.result().text or task.result().code for task in tasks)


@tool(retry="safe")
def probe(context: ToolContext) -> str:
    """Says who set it off, where."""
    seen.append((context.user.pk, context.thread.id, context.run.id))
    return "probed"
