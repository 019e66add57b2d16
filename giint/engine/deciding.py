"""Deciding about a tool call that waits: the first decision counts, in every process. Sync.
docs/approvals.md.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.access import account_for
from accounts.models import User
from agents.tools.arguments import validate
from agents.tools.base import ToolError
from agents.tools.offered import standings
from giint.access import approval_for
from giint.core import journal
from giint.core.errors import GiintError
from giint.core.events import Happening, thread_stream, user_stream
from giint.core.text import clean
from giint.engine import approvals
from giint.engine.outputs import end_output
from giint.engine.supervisor import supervisor
from giint.models import Approval, Grant, Run
from transcripts.models import ToolOutput

Pair = tuple[str, Happening]
Decided = Approval.Decided
REASON = 2000  # characters
ENTRIES = 500  # approvals that expire in one look
DENIED = "The user did not allow this call"
EXPIRED = "Nobody decided about this call in time, so it was not made. Go on without it."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of a call. ``arguments``: JSON text instead of what was asked for.
    ``for_thread``: do not ask again for this tool in this thread.
    """

    approves: bool
    arguments: str | None = None
    reason: str = ""
    for_thread: bool = False


def decide(*, user: User, approval: str, verdict: Verdict) -> Approval:
    """Settle it. ``approval`` is its id, or that of its call.

    Raises NotFound, ``already_decided``, ``bad_arguments`` with what does not fit, and
    ``text_too_long`` for the reason.
    """
    asked = approval_for(user, approval)
    if len(verdict.reason) > REASON:
        raise GiintError("text_too_long", f"a reason has at most {REASON} characters")
    edited = ""
    if verdict.approves and verdict.arguments not in (None, asked.arguments):
        edited = _fitting(user, asked.tool, verdict.arguments or "")
    return _settle(
        asked.id,
        Decided.APPROVED if verdict.approves else Decided.DENIED,
        by=user,
        edited=edited,
        reason="" if verdict.approves else clean(verdict.reason).strip(),
        for_thread=verdict.approves and verdict.for_thread,
    )


def expire(ending: Callable[[], bool]) -> None:
    """The job: what nobody decided about in time was not allowed."""
    due = Approval.objects.filter(decision="", expires__lte=Now()).values_list("id", flat=True)
    for approval in list(due[:ENTRIES]):
        if ending():
            return
        try:
            _settle(approval, Decided.EXPIRED)
        except GiintError:  # somebody was a moment sooner
            continue


def _fitting(user: User, name: str, text: str) -> str:
    """``text`` if the tool takes it. Raises ``bad_arguments``."""
    standing = standings(user, [name]).get(name)
    text = clean(text)
    try:
        if standing is not None and standing.tool is not None:
            validate(standing.tool, text)
    except ToolError as error:
        raise GiintError("bad_arguments", str(error)) from None
    return text


@transaction.atomic
def _settle(
    approval: str,
    decision: Decided,
    *,
    by: User | None = None,
    edited: str = "",
    reason: str = "",
    for_thread: bool = False,
) -> Approval:
    asked = Approval.objects.select_related("output", "thread__owner__account").get(id=approval)
    # The run's row first, as everywhere: who ends the run, holds it and decides follow each other.
    run = Run.objects.select_for_update().get(id=asked.run_id)
    now = timezone.now()
    if not Approval.objects.filter(id=asked.id, decision="").update(
        decision=decision, edited=edited, reason=reason, decided_by=by, decided=now
    ):
        raise GiintError("already_decided")
    asked.decision, asked.edited, asked.reason, asked.decided = decision, edited, reason, now
    if for_thread:
        Grant.objects.get_or_create(thread_id=asked.thread_id, tool=asked.tool)
    stream = thread_stream(asked.thread_id)
    events: list[Pair] = [(stream, approvals.decided(asked)), (stream, _told(asked))]
    journal.append_all(*events, *_goes_on(run, user_stream(account_for(asked.thread.owner).id)))
    transaction.on_commit(supervisor.resume)
    return asked


def _told(asked: Approval) -> Happening:
    """What becomes of the call: it may begin, or its end is what the model is told."""
    output: ToolOutput = asked.output
    if asked.decision == Decided.APPROVED:
        output.status, output.approved = ToolOutput.Status.READY, True
        output.arguments = asked.edited or output.arguments
        output.save(update_fields=["status", "approved", "arguments"])
        return approvals.changed(output)
    why = f"{DENIED}: {asked.reason}" if asked.reason else f"{DENIED}. Go on without it."
    error = EXPIRED if asked.decision == Decided.EXPIRED else why
    return end_output(output, ToolOutput.Status.FAILED, "", error, timezone.now())


def _goes_on(run: Run, own: str) -> list[Pair]:
    """Once nothing of it waits, the run is anybody's to take up."""
    waits = run.tool_outputs.filter(status=ToolOutput.Status.WAITING).exists()
    if waits or run.status != Run.Status.WAITING:
        return []
    Run.objects.filter(id=run.id).update(status=Run.Status.RUNNING, runner=None)
    run.status = Run.Status.RUNNING
    return approvals.moved(run, own, "running")
