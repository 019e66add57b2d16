"""The tool ``post_console``: an agent posts a console message to the person whose turn it is.
docs/console.md.
"""

from typing import Annotated, Any, Literal

from agents.tools.base import ToolContext, tool


@tool(retry="once", timeout=30, writes=True)
async def post_console(
    context: ToolContext,
    text: Annotated[str, "What the agent there is to be told, complete in itself."],
    thread: Annotated[
        str, "Id of another chat of the same user (thread_…); empty for this one."
    ] = "",
    policy: Annotated[
        Literal["wait", "steer", "interrupt"],
        "wait: answered after what goes on there. steer: put into the answer that is under way. "
        "interrupt: ends that answer and is answered next.",
    ] = "wait",
    hold: Annotated[bool, "Only once the user is there."] = False,
) -> dict[str, Any]:
    """Post a console message: it is put into a chat of the user's from outside, and the agent of
    that chat answers it there. Use it to pass on a result, or to come back to something later.
    """
    row = await context.console(text, thread=thread, policy=policy, hold=hold, by="agent")
    told = {name: row[name] for name in ("id", "thread", "status")}
    return told | ({"waits_because": row["sentence"]} if row["status"] == "held" else {})
