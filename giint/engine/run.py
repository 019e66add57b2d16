"""The turn loop: read this first. docs/invariants/run.md, docs/flow.md.

A run is a claim held by this process. It asks the model, runs the tools it asks for, and asks
again, until the model is done, something fails, or somebody halts it. Each pass gives a value
(``steps``); every path writes exactly one terminal status, unless the run is no longer ours to
write.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import OperationalError
from django.db.models import Q

from agents.catalogue.facts import limits_of, refuse_gone
from agents.endpoints import endpoint_for
from agents.tools.offered import offered
from giint.core.db import in_db, read_db
from giint.core.errors import GiintError
from giint.core.events import UsageRow
from giint.engine import approvals, claims, direct, keys, records, remote, toolcalls
from giint.engine import statements as sql
from giint.engine.clocks import Clock, Guards, Limits
from giint.engine.fence import Claim, Fenced, Halted
from giint.engine.hub import Hub
from giint.engine.lasting import AWAY, lasting
from giint.engine.persister import Persister
from giint.engine.records import Opened
from giint.engine.steps import Again, Answer, Ending, Failed, Final
from giint.engine.turn import ask, read_prompt
from giint.engine.work import Contexts, Rows, Work
from giint.models import Run, Step
from transcripts.models import ToolOutput

log = logging.getLogger(__name__)
Works = dict[str, Work]  # by run, for the tick
Standing = tuple[Work, list[ToolOutput]]


@dataclass(slots=True)
class Halt:
    """Why a run's task was cancelled, set by whoever cancels it. Empty: the process lets go of the
    run.
    """

    code: str = ""
    status: Ending = "failed"
    keeps: bool = False  # objects at a provider, which are put to sleep after its end
    kept: list[str] = field(default_factory=list)  # child runs that keep some, too


HALTS = {
    Run.Halt.STOP: Halt("stopped", "cancelled"),
    Run.Halt.INTERRUPT: Halt("interrupted", "interrupted"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed run, and how it stands where that is read already."""

    claim: Claim
    stands: "Standing | None" = None


async def carry_out(
    taken: Taken, hub: Hub, persister: Persister, halt: Halt, works: Works, contexts: Contexts
) -> None:
    """Carry a claimed run out to its end. ``contexts`` makes what its tools are given.

    Raises CancelledError when the process lets go of it, Fenced when it is no longer ours, one of
    ``AWAY`` when the database stays away: then not even its end can be written.
    """
    claim, work = taken.claim, None
    try:
        work, pending = await _stands(taken, hub)
        works[claim.run], work.works, work.contexts = work, works, contexts
        await (_direct if work.run.plan else loop)(work, persister, pending)
    except asyncio.CancelledError:
        if work is not None and work.call is not None and (why := work.call.opening_failed):
            uncancel()
            raise why from None
        if not halt.code:
            raise
        uncancel()
        await end_early(claim, work, persister, Failed(halt.code, Answer(), status=halt.status))
    except Halted as halted:
        found = HALTS[halted.halt]
        await end_early(claim, work, persister, Failed(found.code, Answer(), status=found.status))
    except GiintError as error:
        await end_early(claim, work, persister, Failed(error.code, Answer(), error.detail))
    except (Fenced, *AWAY):
        raise
    except Exception:
        log.exception("run %s failed", claim.run)
        await end_early(claim, work, persister, Failed("internal", Answer()))
    finally:
        works.pop(claim.run, None)
        if work is not None:
            halt.keeps, halt.kept = work.keeps, work.kept
            for live in (*work.unended, *([work.call.live] if work.call else [])):
                hub.close(live)


async def loop(work: Work, persister: Persister, pending: list[ToolOutput]) -> None:
    """Ask, run tools, ask again, until the run has ended, which is written. ``pending``: tool calls
    that have no outcome yet.
    """
    while True:
        if pending and not await _make_calls(work, persister, pending):
            return None  # a person decides; who takes the run up then goes on from its rows
        if code := work.guards.model_call():
            return await _close(work.claim, work, persister, Failed(code, Answer()))
        step = await ask(work)
        work.guards.used(_tokens(step.answer.usage))
        match step:
            case Again(answer) if code := work.guards.tool_calls(_asked(answer)):
                forbidden = toolcalls.plan(answer.calls, work.offer)
                return await _close(work.claim, work, persister, Failed(code, answer), forbidden)
            case Again(answer):
                pending = await _close_with_calls(work, persister, answer)
            case Failed(keys.REFUSED):
                await in_db(keys.mark_refused, work.endpoint)
                return await _close(work.claim, work, persister, step)
            case Final() | Failed():
                return await _close(work.claim, work, persister, step)


async def _make_calls(work: Work, persister: Persister, pending: list[ToolOutput]) -> bool:
    """Make those that may be made, and then those that were approved meanwhile. False: one waits
    for a person, and the run is no longer ours.
    """
    running = ToolOutput.Status.RUNNING
    while pending:
        now = [call for call in pending if call.status == running]
        waits = await _run_tools(work, persister, now)
        if not waits and all(call.status == running for call in pending):
            return True
        approved = await lasting(in_db, approvals.next_calls, work.claim, work.clock.spent)
        if approved is None:
            return False
        pending = approved
    return True


async def _direct(work: Work, persister: Persister, pending: list[ToolOutput]) -> None:
    """A turn that is one tool call: its result is the answer."""
    begun = await direct.begin(work)
    calls = pending or begun
    if not calls or await _make_calls(work, persister, calls):
        await lasting(in_db, direct.close, work.claim)


async def _run_tools(work: Work, persister: Persister, pending: list[ToolOutput]) -> bool:
    try:
        return await toolcalls.run_all(work, persister, pending)
    except* Fenced as group:
        raise Fenced from group
    except* AWAY as away:
        raise OperationalError("the database is away") from away


async def _close_with_calls(work: Work, persister: Persister, answer: Answer) -> list[ToolOutput]:
    planned = toolcalls.plan(answer.calls, work.offer)
    asking = await toolcalls.asking(planned)
    call = work.hand_over()
    if call is None:
        raise RuntimeError("a step without its call")
    times = {"spent": work.clock.spent, "first_token": work.first_token}
    return await persister.close(
        call.live,
        work.rows.close_with_calls,
        work.claim,
        call.opened,
        answer,
        planned,
        times,
        asking,
    )


async def _close(
    claim: Claim,
    work: Work | None,
    persister: Persister,
    step: Final | Failed,
    forbidden: Sequence[toolcalls.Planned] = (),
) -> None:
    """The run's last transaction, after everything older of its text has landed. ``forbidden``:
    calls that a guard forbids.
    """
    spent, first_token = (work.clock.spent, work.first_token) if work else (0.0, None)
    is_bare = work.is_bare if work else False
    call = work.hand_over() if work else None
    ending = records.Ending(claim, spent, step, first_token, forbidden, is_bare)
    rows: Rows = work.rows if work else records
    if call is None:  # the call never began, or its rows are closed already
        await lasting(in_db, rows.close_run, ending, None)
    else:
        await persister.close(call.live, rows.close_run, ending, call.opened)


async def end_early(claim: Claim, work: Work | None, persister: Persister, failed: Failed) -> None:
    """End the run from wherever it was: what was said is kept. Raises Fenced."""
    call = work.call if work else None
    if call is not None:
        await call.opening
        failed = replace(failed, answer=call.parts.answer([]))
    if work is not None and work.unended:  # entries of transcripts end with what they say now
        await persister.flush()
    await _close(claim, work, persister, failed)


def uncancel() -> None:
    """The cancellation was a request; from here on the task ends in its own time."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


# --- taking a run up ------------------------------------------------------------------------------


def take(runner: str, slots: int, only: str, hub: Hub, *, everything: bool) -> list[Taken]:
    """Claim runs, as ``claims.claim`` does. One alone is read at once, which saves it a hop;
    several are read by their tasks, side by side. Sync.
    """
    claimed = claims.claim(runner, slots, only, everything=everything)
    if len(claimed) != 1:
        return [Taken(claim) for claim in claimed]
    try:
        return [Taken(claimed[0], _load(claimed[0], hub))]
    except Exception:  # its task will meet it too, and knows what to do
        log.debug("run %s is read by its task", claimed[0].run, exc_info=True)
        return [Taken(claimed[0])]


async def _stands(taken: Taken, hub: Hub) -> Standing:
    """The run as it stands: its settings, what it used up, and the tool calls that have no outcome
    yet.
    """
    stands = taken.stands
    if stands is None:
        stands = await lasting(read_db, _load, taken.claim, hub)
    work, pending = stands
    return work, await settle(work, pending)


async def settle(work: Work, pending: list[ToolOutput]) -> list[ToolOutput]:
    """Of the tool calls that an earlier holder left, those to repeat. The others are written
    off.
    """
    if not pending:
        return []
    found = toolcalls.cut_short(pending, work.offer)
    for output in found.unknown:
        await lasting(
            in_db, work.rows.record_call, work.claim, output.id,
            status="unknown", result="", error=toolcalls.LOST,
        )  # fmt: skip
    for output in found.asked:
        await lasting(in_db, approvals.ask, work.claim, output.id, toolcalls.REPEAT)
        output.status = ToolOutput.Status.WAITING
    return [*found.again, *found.asked]


def _load(claim: Claim, hub: Hub) -> Standing:
    run = sql.LOADED.get(run=claim.run)
    if run.agent is None or run.agent.archived:
        raise GiintError("no_agent")
    endpoint = endpoint_for(user=run.thread.owner, agent=run.agent)
    refuse_gone(endpoint)
    # What the model is known to take; what the agent says of itself comes before it.
    limits = Limits.of(limits_of(endpoint) | (run.agent.limits if run.agent else {}))
    work = Work(
        claim=claim,
        run=run,
        endpoint=endpoint,
        limits=limits,
        clock=Clock(limits, run.spent),
        guards=_guards(run, limits),
        hub=hub,
        began=time.monotonic() - run.spent,
        first_token=run.first_token,
    )
    if claim.generation == 1:  # nobody had it before: there is nothing to go on from
        if not run.plan:
            work.planned = read_prompt(work)
        return work, []
    work.offer = offered(user=run.thread.owner, agent=run.agent, dialect=work.endpoint.dialect)
    work.continues = remote.answered(run, endpoint)
    message = sql.STREAMING.first(run=run.id)
    if message is not None:
        work.streaming = Opened("", message.id, message.attempt)
        work.left = remote.left_behind(message, endpoint)
    return work, toolcalls.unfinished(run)


def _guards(run: Run, limits: Limits) -> Guards:
    if run.generation == 1:
        return Guards(limits, steps=0, tokens=0, calls=[])
    calls = list(run.tool_outputs.values_list("tool", "arguments"))
    steps = run.steps.filter(kind=Step.Kind.MODEL).count()
    below = Run.objects.filter(Q(parent=run) | Q(parent__parent=run))
    guards = Guards(limits, steps=steps, tokens=_tokens(run.usage), calls=calls)
    guards.used(sum(_tokens(usage) for usage in below.values_list("usage", flat=True)))
    guards.asked(Step.objects.filter(run__in=below, kind=Step.Kind.MODEL).count())
    return guards


def _asked(answer: Answer) -> list[tuple[str, str]]:
    return [(call.name, call.arguments) for call in answer.calls]


def _tokens(usage: UsageRow) -> int:
    return usage.get("input", 0) + usage.get("output", 0)
