"""A child run: an agent that a tool asks, within the turn and under its claim.
docs/invariants/run.md.

It is carried out by the turn's own process, beside its siblings, and written under the turn's
fence. What it says streams into an entry of a transcript; an entry that is final is its answer for
good, so a tool that is repeated asks only what is missing.
"""

import asyncio
import copy
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from agents.catalogue.facts import limits_of, refuse_gone
from agents.endpoints import endpoint_for
from agents.models import Agent
from agents.providers.base import Item
from agents.tools.base import Reply, Role, ToolFailed
from agents.tools.offered import offered
from giint.core import ids
from giint.core.db import read_db
from giint.core.errors import FAILURES, GiintError
from giint.core.text import clean
from giint.engine import children, prompt, run, toolcalls
from giint.engine.allowance import Allowance
from giint.engine.clocks import Clock, Limits
from giint.engine.fence import Claim, Fenced
from giint.engine.lasting import AWAY, lasting
from giint.engine.records import Ending, Opened
from giint.engine.side import Side
from giint.engine.steps import Answer, Failed
from giint.engine.transcripts import Heading
from giint.engine.work import Child, Work
from giint.models import Run
from transcripts.models import ToolOutput, TranscriptEntry

if TYPE_CHECKING:
    from giint.engine.context import CallContext

log = logging.getLogger(__name__)
DEEPEST = 2  # a poll within a duo is all that a person can still follow
CUTS = 3  # model calls of one entry that our own end may cut short
Pending = tuple[Work, list[ToolOutput]]


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked what. ``said``: (role, text), oldest first."""

    agent: Agent | Role
    said: Sequence[tuple[str, str]]
    key: str
    name: str = ""
    model: str = ""
    instructions: str = ""
    within: float | None = None


def refuse_depth(work: Work) -> None:
    """Raises ToolFailed where nobody may be asked any more."""
    if work.depth >= DEEPEST:
        raise ToolFailed(FAILURES["too_deep"].sentence)


async def ask(context: "CallContext", side: Side, question: Question) -> Reply:
    """The answer to the question, in an entry of ``side``: an earlier one, or asked for now.

    Raises ToolFailed where it may not be asked; what goes wrong with the answer is in it.
    """
    refuse_depth(context.work)
    there = await lasting(read_db, children.entry_for, side.id, question.key)
    if there is None or there.status == TranscriptEntry.Status.STREAMING:
        await _ask(context, side, question, there)
        there = await lasting(read_db, children.entry_for, side.id, question.key)
    if there is None:
        raise ToolFailed(FAILURES["internal"].sentence)
    failure = FAILURES.get(there.code)
    return Reply(there.id, there.text, there.code, failure.sentence if failure else "")


async def _ask(
    context: "CallContext", side: Side, question: Question, there: TranscriptEntry | None
) -> None:
    agent = _agent(context, question)
    asked = question.agent if isinstance(question.agent, Agent) else None
    heading = Heading(
        key=question.key,
        name=question.name or agent.name,
        agent=asked.id if asked else None,
        model=agent.model,
    )
    one = _run(context, heading, there)
    child = Child(agent, asked, _items(question), children.ChildRows(one, side.id, heading))
    entry = Opened("", there.id, there.attempt + 1) if there else Opened("", ids.entry_id(), 1)
    try:
        work, pending = await lasting(read_db, _load, context.work, child, one, entry)
    except GiintError as error:
        failed = Failed(error.code, Answer(), error.detail)
        ending = Ending(context.claim, 0.0, failed, None)
        await context.write(_close, child, ending)
        return
    await _beside(context, side, work, pending, question.within)


def _close(claim: Claim, child: Child, ending: Ending) -> None:
    child.rows.close_run(ending, None)


def _agent(context: "CallContext", question: Question) -> Agent:
    """Who answers, as they are for this question: of the person's own agents, or a role."""
    asked = question.agent
    if isinstance(asked, Role):
        caller = context.agent
        model = asked.model or (caller.model if caller else "")
        agent = Agent(
            owner=context.user, name=asked.name, instructions=asked.instructions, model=model
        )
    elif asked.owner_id != context.user.pk or asked.archived:
        raise ToolFailed(FAILURES["no_agent"].sentence)
    else:
        agent = copy.copy(asked)
    agent.model = question.model or agent.model
    texts = (agent.instructions, question.instructions)
    agent.instructions = "\n\n".join(text for text in texts if text)
    return agent


def _run(context: "CallContext", heading: Heading, there: TranscriptEntry | None) -> Run:
    if there is not None and there.run is not None:
        return there.run
    parent = context.work.run
    return Run(
        id=ids.run_id(),
        thread=parent.thread,
        message_id=context.output.message_id,
        agent_id=heading.agent,
        parent_id=parent.id,
        number=0,
    )


def _items(question: Question) -> list[Item]:
    makers = {"user": prompt.user_item, "assistant": prompt.assistant_item}
    return [makers[role](clean(text)) for role, text in question.said]


def _load(parent: Work, child: Child, one: Run, entry: Opened) -> Pending:
    """The child as it stands: its account, and the tool calls that have no outcome yet."""
    one.thread = parent.run.thread  # with its owner
    endpoint = endpoint_for(user=one.thread.owner, agent=child.agent)
    refuse_gone(endpoint)
    if children.cut_calls(one.id) >= CUTS:
        raise GiintError("attempts")
    limits = Limits.of(limits_of(endpoint) | child.agent.limits)
    work = Work(
        claim=parent.claim,
        run=one,
        endpoint=endpoint,
        limits=limits,
        clock=Clock(limits, one.spent),
        guards=parent.guards.child(limits),
        hub=parent.hub,
        began=time.monotonic() - one.spent,
        first_token=one.first_token,
        rows=child.rows,
        child=child,
        above=parent,
        depth=parent.depth + 1,
        works=parent.works,
        contexts=parent.contexts,
    )
    work.streaming = entry
    offer = offered(user=one.thread.owner, agent=child.agent, dialect=endpoint.dialect)
    work.offer = offer.without_asking()
    return work, toolcalls.unfinished(one)


# --- beside its siblings --------------------------------------------------------------------------


async def _beside(
    context: "CallContext",
    side: Side,
    work: Work,
    pending: list[ToolOutput],
    within: float | None,
) -> None:
    """Carry it out in a task of its own, which a deadline or a person can end alone."""
    child = work.child
    if child is None:
        raise RuntimeError("this is for child runs")
    child.task = asyncio.ensure_future(_carry_out(context, work, pending))
    side.attend(child)
    child.outer = context
    if within is not None:
        child.time = Allowance(within, partial(child.halt, "deadline_tool"))
    work.works[work.run.id] = work
    try:
        await asyncio.wait({child.task})
    except asyncio.CancelledError:
        child.task.cancel()
        await asyncio.wait({child.task})
        raise
    finally:
        work.works.pop(work.run.id, None)
        side.leave(child)
        if work.keeps:
            work.turn.kept.append(work.run.id)
        if child.time is not None:
            child.time.end()
        context.lives.update(work.unended)
        if work.call is not None:
            context.lives.add(work.call.live)
    if (error := child.task.exception()) is not None:
        context.fatal = error
        raise error


async def _carry_out(context: "CallContext", work: Work, pending: list[ToolOutput]) -> None:
    child, persister = work.child, context.persister
    try:
        pending = await run.settle(work, pending)
        await run.loop(work, persister, pending)
    except asyncio.CancelledError:
        if work.call is not None and (why := work.call.opening_failed):
            run.uncancel()
            raise why from None
        if child is None or not child.code:
            raise
        run.uncancel()
        failed = Failed(child.code, Answer())
        if child.code == "stopped":
            failed = replace(failed, status="cancelled")
        await run.end_early(work.claim, work, persister, failed)
    except (Fenced, *AWAY):
        raise
    except GiintError as error:
        await run.end_early(work.claim, work, persister, Failed(error.code, Answer(), error.detail))
    except Exception:
        log.exception("child run %s failed", work.run.id)
        await run.end_early(work.claim, work, persister, Failed("internal", Answer()))
