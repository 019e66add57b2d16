"""Tool calls: planned by a pure function, run side by side, recorded one by one.
docs/invariants/run.md.
"""

import asyncio
import inspect
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.providers.base import ToolCall
from agents.tools.arguments import validate
from agents.tools.base import NeedsApproval, Tool, ToolError, ToolTimeout
from agents.tools.offered import Offer
from agents.tools.registry import tool_for
from giint.core.db import in_db, in_thread
from giint.core.text import clean, clean_json
from giint.engine import approvals
from giint.engine import statements as sql
from giint.engine.fence import Halted
from giint.engine.lasting import lasting
from giint.engine.outputs import LOST as LOST
from giint.engine.persister import Persister
from giint.engine.work import Work
from giint.models import Run
from transcripts.models import ToolOutput

if TYPE_CHECKING:
    from giint.engine.context import CallContext

log = logging.getLogger(__name__)
LONGEST = 200_000  # characters of a result: what a model can still use of one
BROKEN = "The tool failed for a reason of its own. Go on without it, or tell the user."
REFUSED = "There is no tool of that name that you may use here."
REPEAT = "The server stopped during this call. It may have taken effect. Shall it be made again?"
ALONE = "It needs a person's approval, which cannot be asked for in the middle of another tool."


@dataclass(frozen=True, slots=True)
class Planned:
    """A call as it will be made: by which tool, or why not."""

    call_id: str
    name: str
    label: str
    arguments_text: str
    tool: Tool | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. ``result`` or ``error`` is what the model gets. With the status
    ``waiting``: what ``error`` says, a person decides about first.
    """

    status: str
    result: str = ""
    error: str = ""


def plan(calls: list[ToolCall], offer: Offer) -> list[Planned]:
    """The calls in the model's order, each with its tool if this agent may use it. Pure."""
    planned = []
    for call in calls:
        tool = offer.tools.get(call.name)
        label = tool.label if tool else call.name
        planned.append(Planned(call.call_id, call.name, label, call.arguments, tool))
    return planned


async def asking(planned: list[Planned]) -> set[str]:
    """Ids of the calls that a person approves first. Arguments that the tool would refuse are for
    the model to mend: nobody is asked about them.
    """
    asks = [(plan, plan.tool) for plan in planned if plan.tool and plan.tool.asks]
    found = set()
    for plan, tool in asks:
        try:
            await in_thread(validate, tool, plan.arguments_text)
        except ToolError:
            continue
        found.add(plan.call_id)
    return found


async def run_all(work: Work, persister: Persister, outputs: list[ToolOutput]) -> bool:
    """Run the calls of one step side by side and record each as it ends. One that fails discards no
    other. Returns whether one of them waits for a person now.

    Raises Fenced when the run is no longer ours, Halted when it gave way meanwhile.
    """
    made: list[asyncio.Task[bool]] = []
    try:
        async with asyncio.TaskGroup() as group:
            for output in outputs:
                tool = work.offer.tools.get(output.tool)
                made.append(group.create_task(_one(work, persister, output, tool)))
                work.calls[made[-1]] = tool is not None and tool.retry == "safe"
    finally:
        work.calls = {}
    if work.halted != Run.Halt.NONE:
        raise Halted(work.halted)
    return any(task.result() for task in made)


async def _one(work: Work, persister: Persister, output: ToolOutput, tool: Tool | None) -> bool:
    context = work.contexts(work, persister, output, tool.timeout if tool else 0.0)
    try:
        outcome = await _outcome(context, tool)
    except asyncio.CancelledError:  # whoever ends the run ends what the call left open
        work.unended += context.lives
        raise
    if context.fatal is not None:
        raise context.fatal
    await context.wind_up()
    if outcome.status == ToolOutput.Status.WAITING:
        if work.child is None:
            await lasting(in_db, approvals.ask, work.claim, output.id, outcome.error)
            return True
        outcome = Outcome("failed", error=ALONE)  # nobody is asked in the middle of a tool
    await lasting(
        in_db,
        work.rows.record_call,
        work.claim,
        output.id,
        status=outcome.status,
        result=outcome.result,
        error=outcome.error,
    )
    context.let_go()
    return False


async def _outcome(context: "CallContext", tool: Tool | None) -> Outcome:
    if tool is None:
        return Outcome("failed", error=REFUSED)
    output = context.output
    try:
        # A schema that a person wrote may take a second or two to check: not on the loop.
        check = in_thread(validate, tool, output.arguments) if tool.weight else None
        arguments = await check if check else validate(tool, output.arguments)
        async with asyncio.timeout(None) as limit, context.timed(limit, tool.timeout):
            result = await _call(tool, context, arguments)
    except TimeoutError:
        return Outcome("failed", error=f"The tool did not finish in {tool.timeout:g} s.")
    except ToolTimeout as error:
        return Outcome("failed", error=clean(str(error)) or "The tool did not finish in time.")
    except NeedsApproval as error:
        if output.approved:
            return Outcome("failed", error=BROKEN)
        return Outcome("waiting", error=str(error))
    except ToolError as error:
        return Outcome("failed", error=clean(str(error)) or BROKEN)
    except Exception:  # the boundary to other people's code: nothing of theirs may end a run
        if context.fatal is None:
            log.exception("tool %s failed in run %s", tool.name, context.claim.run)
        return Outcome("failed", error=BROKEN)
    return Outcome("done", result=result)


async def _call(tool: Tool, context: "CallContext", arguments: dict[str, Any]) -> str:
    if tool.is_async:
        value = await tool.function(context, **arguments)
    else:
        value = await in_thread(tool.function, context, **arguments)
        if inspect.isawaitable(value):
            value = await value
    return as_text(value)


def as_text(value: Any) -> str:
    """A tool's result as the model gets it: text as it is, anything else as JSON; cleaned and
    bounded.
    """
    text = (
        clean(value)
        if isinstance(value, str)
        else json.dumps(clean_json(value), ensure_ascii=False, default=str)
    )
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def unfinished(run: Run) -> list[ToolOutput]:
    """The calls of the run that have no outcome yet. Sync."""
    return sql.UNFINISHED_CALLS.all(run=run.id)


@dataclass(frozen=True, slots=True)
class CutShort:
    """After a takeover: the calls that may be made, those whose outcome stays unknown, and those
    that a person decides about.
    """

    again: list[ToolOutput]
    unknown: list[ToolOutput]
    asked: list[ToolOutput]


def cut_short(outputs: list[ToolOutput], offer: Offer) -> CutShort:
    """What becomes of the calls that were under way. One that was taken from the agent meanwhile is
    refused, unless it may have taken effect. One that had not begun loses nothing. Pure.
    """
    found = CutShort([], [], [])
    for output in outputs:
        tool = offer.tools.get(output.tool) or tool_for(output.tool)
        if output.status != ToolOutput.Status.RUNNING or tool is None or tool.retry == "safe":
            found.again.append(output)
        else:
            (found.asked if tool.retry == "ask" else found.unknown).append(output)
    return found
