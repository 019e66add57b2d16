"""Tool calls that wait for a person: their questions, and the run that waits. Sync, each function
inside a transaction. docs/approvals.md, docs/invariants/run.md.

A call that needs approval is ``waiting``; approved it is ``ready``, and whoever holds the run makes
it ``running`` before it begins, so that a crash is never taken for a call that was not made.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agents.tools.base import Tool
from giint.core import journal
from giint.core.events import (
    Activity,
    ApprovalDecided,
    ApprovalRequested,
    Happening,
    RunChanged,
    ThreadChanges,
    ThreadUpdated,
    ToolChanged,
    thread_stream,
)
from giint.core.text import clean
from giint.core.times import iso
from giint.engine import statements as sql
from giint.engine.fence import Claim, Halted, fence
from giint.models import Approval, Grant, Run
from transcripts.models import ToolOutput

Pair = tuple[str, Happening]
Status = ToolOutput.Status
ABOUT = 300  # characters that say what a call is about


def about(tool: Tool) -> str:
    """What the tool does, in a line."""
    return clean(tool.description.strip().split("\n", 1)[0])[:ABOUT]


def granted(thread: str, tools: Iterable[str]) -> set[str]:
    """Those of ``tools`` that need not ask any more in this thread."""
    wanted = set(tools)
    if not wanted:
        return set()
    return set(Grant.objects.filter(thread=thread, tool__in=wanted).values_list("tool", flat=True))


def request(outputs: Iterable[ToolOutput], abouts: dict[str, str]) -> list[Pair]:
    """Ask about those of ``outputs`` that wait. ``abouts``: call id → what it is about. Returns the
    events to append.
    """
    expires = timezone.now() + timedelta(hours=settings.GIINT_APPROVAL_HOURS)
    rows = [
        Approval(
            user_id=one.user_id,
            thread_id=one.thread_id,
            run_id=one.run_id,
            output_id=one.id,
            message_id=one.message_id,
            tool=one.tool,
            about=abouts.get(one.call_id, ""),
            arguments=one.arguments,
            expires=expires,
        )
        for one in outputs
        if one.status == Status.WAITING
    ]
    Approval.objects.bulk_create(rows)
    return [(thread_stream(row.thread_id), requested(row)) for row in rows]


def requested(approval: Approval) -> ApprovalRequested:
    """The event of a question; the arguments are carried, not stored."""
    row = approval.row()
    arguments, row["arguments"] = row["arguments"], ""
    return ApprovalRequested(approval=row, arguments=arguments)


def changed(output: ToolOutput) -> ToolChanged:
    """The event of a call that is not over."""
    row = output.row()
    return ToolChanged(
        call=row["id"], status=row["status"], started=row["started"], arguments=row["arguments"]
    )


@transaction.atomic
def ask(claim: Claim, output_id: str, why: str) -> None:
    """A call that had begun waits for a person after all. Raises Fenced."""
    fence(claim)
    output = ToolOutput.objects.get(id=output_id)
    if output.status != Status.RUNNING:  # written, and the answer was lost
        return
    output.status = Status.WAITING
    output.save(update_fields=["status"])
    asked = request([output], {output.call_id: clean(why)[:ABOUT]})
    journal.append_all((claim.stream, changed(output)), *asked)


@transaction.atomic
def next_calls(claim: Claim, spent: float) -> list[ToolOutput] | None:
    """Once the calls that could be made are over: those that were approved meanwhile, begun now, or
    none. None: one waits for a person, and so does the run, which nobody holds any more. Raises
    Fenced, and Halted: a run that nobody holds would never hear of it.
    """
    run = fence(claim, spent=spent)
    if run.halt != Run.Halt.NONE:
        raise Halted(Run.Halt(run.halt))
    outputs = sql.UNFINISHED_CALLS.all(run=run.id)
    # One that runs by its row was begun just here, and the answer was lost.
    begun = [one for one in outputs if one.status != Status.WAITING]
    if begun:
        journal.append_all(*_begin(begun))
        return begun
    if not outputs:
        return []
    Run.objects.filter(id=run.id).update(status=Run.Status.WAITING, runner=None)
    run.status, run.runner_id = Run.Status.WAITING, None
    journal.append_all(*moved(run, claim.own, "waiting"))
    return None


def moved(run: Run, own: str, activity: Activity) -> list[Pair]:
    """The events of a run that waits, or goes on."""
    now = timezone.now()
    sql.ACTIVITY.run(thread=run.thread_id, activity=activity, now=now)
    changes: ThreadChanges = {"activity": activity, "last_message_at": iso(now)}
    shown = ThreadUpdated(thread=run.thread_id, changes=changes)
    return [(thread_stream(run.thread_id), RunChanged(run=run.row())), (own, shown)]


def withdraw(run: Run) -> list[Pair]:
    """The run ends: nobody need decide any more. Returns the events to append."""
    now, events = timezone.now(), list[Pair]()
    for approval in Approval.objects.filter(run=run, decision=""):
        approval.decision, approval.decided = Approval.Decided.WITHDRAWN, now
        approval.save(update_fields=["decision", "decided"])
        events.append((thread_stream(run.thread_id), decided(approval)))
    return events


def decided(approval: Approval) -> ApprovalDecided:
    """The event of a decision; texts are carried, not stored."""
    row = approval.row()
    return ApprovalDecided(
        approval=row["id"],
        call=row["call"],
        decision=row["decision"],
        decided=row["decided"] or iso(timezone.now()),
        edited=row["edited"],
        reason=row["reason"],
    )


def _begin(outputs: list[ToolOutput]) -> list[Pair]:
    now = timezone.now()
    for one in outputs:
        one.status, one.started = Status.RUNNING, now
        one.save(update_fields=["status", "started"])
    return [(thread_stream(one.thread_id), changed(one)) for one in outputs]
