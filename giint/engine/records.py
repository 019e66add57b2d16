"""What a run leaves in the database: steps, messages, tool outputs, endings. Sync; each function
one transaction.

Every write of a held run is fenced first (``claims.fence``) and emits its events last.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from giint.core import journal
from giint.core.errors import FAILURES
from giint.core.events import (
    Activity,
    Happening,
    MessageCompleted,
    MessageCreated,
    RunChanged,
    ThreadUpdated,
    UsageRow,
    thread_stream,
)
from giint.core.prepared import insert
from giint.core.text import checksum, units
from giint.core.times import iso
from giint.engine import approvals, bell, delivery
from giint.engine import statements as sql
from giint.engine.addressing import OFFERING, next_agent
from giint.engine.below import end_below
from giint.engine.fence import Claim, fence
from giint.engine.outputs import (
    close_builtins,
    end_output,
    end_running,
    open_outputs,
    tool_started,
)
from giint.engine.steps import Answer, Failed, Final
from giint.engine.transcripts import end_with
from giint.models import Message, Run, Step
from transcripts import news
from transcripts.models import ToolOutput

if TYPE_CHECKING:
    from giint.engine.toolcalls import Planned

Pair = tuple[str, Happening]
Times = dict[str, float | None]
Status = ToolOutput.Status


@dataclass(frozen=True, slots=True)
class Opened:
    """A model call's rows: the step, and the message that is written."""

    step: str
    message: str
    attempt: int
    model: str = ""
    is_first: bool = False  # of a run that nobody had before


def open_call(claim: Claim, opened: Opened, *, given: dict[str, Any]) -> None:
    """A model call begins: its step, and its message as the thread's new head. Raises Fenced."""
    try:
        _open_call(claim, opened, given)
    except IntegrityError:
        if not sql.STEP_STATE.first(step=opened.step):
            raise
        # Written before, and the answer was lost.


@transaction.atomic
def _open_call(claim: Claim, opened: Opened, given: dict[str, Any]) -> None:
    run = fence(claim)
    if not opened.is_first:
        sql.TOOLS_DONE.run(run=run.id, now=timezone.now())
    events: list[Pair] = []
    if opened.attempt == 1:
        message = _new_message(run, opened)
        events.append((claim.stream, MessageCreated(message=message.row(), head=True)))
    insert(
        Step(
            id=opened.step,
            run=run,
            number=1 if opened.is_first else next_step(run),
            kind=Step.Kind.MODEL,
            attempt=opened.attempt,
            message_id=opened.message,
            input=given,
        )
    )
    events += delivery.delivered(claim, run, opened.step)
    if events:
        journal.append_all(*events)


@transaction.atomic
def name_call(claim: Claim, opened: Opened, remote_id: str) -> None:
    """The model call has a name at its provider. Raises Fenced."""
    fence(claim)
    sql.NAME_STEP.run(step=opened.step, remote=remote_id[:120])


def _new_message(run: Run, opened: Opened) -> Message:
    (thread,) = sql.NEXT_NUMBER.rows(thread=run.thread_id)
    message = Message(
        id=opened.message,
        thread_id=run.thread_id,
        number=thread.last_number,
        parent_id=thread.head_id,
        role=Message.Role.ASSISTANT,
        status=Message.Status.STREAMING,
        agent_id=run.agent_id,
        run=run,
        model=opened.model,
    )
    insert(message)
    sql.MOVE_HEAD.run(thread=thread.id, head=message.id)
    return message


def next_step(run: Run) -> int:
    last = sql.LAST_STEP.first(run=run.id)
    return last[0] + 1 if last else 1


@transaction.atomic
def close_with_calls(
    claim: Claim,
    opened: Opened,
    answer: Answer,
    planned: list["Planned"],
    times: Times,
    asking: Collection[str] = (),
) -> list[ToolOutput]:
    """The model asked for tools: its step is done, theirs is open, each call has its row, which
    are returned in the model's order. ``asking``: ids of calls that a person approves first, unless
    they did for the whole thread. ``times`` are the run's so far. Raises Fenced.
    """
    run = fence(claim, **times)
    state = sql.STEP_STATE.first(step=opened.step)
    if state and state[0] == Step.State.DONE:  # as above
        asked = [plan.call_id for plan in planned]
        return list(run.tool_outputs.filter(call_id__in=asked).order_by("position"))
    completed = _close_message(run, opened, answer, Message.Status.COMPLETE)
    ran = close_builtins(run, opened.step, opened.message, answer.items)
    close_step(opened, answer, Step.State.DONE, "")
    add_usage(run, answer.usage)
    sql.ADD_USAGE.run(run=run.id, usage=run.usage)
    may = approvals.granted(run.thread_id, (p.name for p in planned if p.call_id in asking))
    waits = {plan.call_id for plan in planned if plan.call_id in asking and plan.name not in may}
    insert(
        Step(
            run=run,
            number=next_step(run),
            kind=Step.Kind.TOOLS,
            message_id=opened.message,
            input={"calls": [call.call_id for call in answer.calls]},
        )
    )
    outputs = open_outputs(run, opened.message, planned, waits)
    started = [(claim.stream, tool_started(output)) for output in outputs]
    events = [*ran, (claim.stream, completed), *started]
    if waits:
        events += approvals.request(outputs, _abouts(planned))
    journal.append_all(*events)
    return outputs


def _abouts(planned: list["Planned"]) -> dict[str, str]:
    return {plan.call_id: approvals.about(plan.tool) for plan in planned if plan.tool}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends: whose claim it was, the seconds it ran, its last step, and the seconds to the
    first that was shown. ``forbidden``: calls that its last step asks for and that are never made;
    they leave their rows, in the transaction that ends the run, so that nobody takes them up.
    ``is_bare``: there is nothing of it but this one model call.
    """

    claim: Claim
    spent: float
    step: Final | Failed
    first_token: float | None
    forbidden: "Sequence[Planned]" = ()
    is_bare: bool = False

    @property
    def status(self) -> str:
        return Run.Status.COMPLETED if isinstance(self.step, Final) else self.step.status

    @property
    def code(self) -> str:
        return "" if isinstance(self.step, Final) else self.step.code

    @property
    def detail(self) -> str:
        return "" if isinstance(self.step, Final) else self.step.detail


@transaction.atomic
def close_run(ending: Ending, opened: Opened | None) -> None:
    """The run's last transaction: its message and step, its terminal status. Raises Fenced."""
    claim, answer = ending.claim, ending.step.answer
    shown = {} if ending.first_token is None else {"first_token": ending.first_token}
    run = fence(claim, spent=ending.spent, **shown)
    add_usage(run, answer.usage)
    is_whole = isinstance(ending.step, Final)
    ran: list[Pair] = []
    if opened is not None:
        ran = close_builtins(run, opened.step, opened.message, answer.items)
        state = Step.State.DONE if is_whole else Step.State.ABANDONED
        close_step(opened, answer, state, ending.code)
        never = open_outputs(run, opened.message, ending.forbidden) if ending.forbidden else []
        ran += [(claim.stream, tool_started(output)) for output in never]
    journal.append_all(
        *ran,
        *finish(
            run,
            claim.own,
            status=ending.status,
            code=ending.code,
            detail=ending.detail,
            answer=answer,
            opened=opened,
            is_bare=ending.is_bare and not ran,
        ),
    )


def finish(
    run: Run,
    own: str,
    *,
    status: str,
    code: str,
    detail: str = "",
    answer: Answer | None = None,
    opened: Opened | None = None,
    is_bare: bool = False,
) -> list[Pair]:
    """End the run in whatever phase it is, inside the caller's transaction. Returns the events to
    append.

    ``opened`` and ``answer``: the message that its holder was writing, and what became of it. One
    of which nobody says what keeps the text that it has; tool calls that were running are reported
    as they are known, unless the run ``is_bare`` of them.
    """
    stream = thread_stream(run.thread_id)
    events: list[Pair] = []
    if opened is None and (message := sql.STREAMING.first(run=run.id)) is not None:
        opened = Opened("", message.id, message.attempt, message.model)
        answer = Answer(text=message.text, reasoning=message.reasoning)
    if opened is not None and answer is not None:
        is_whole = status == Run.Status.COMPLETED
        message_status = Message.Status.COMPLETE if is_whole else Message.Status.PARTIAL
        events.append((stream, _close_message(run, opened, answer, message_status)))
    now = timezone.now()
    # Most turns call nothing: then nothing is unfinished, and nothing new came.
    states = [] if is_bare else [state for (state,) in sql.CALL_STATES.all(run=run.id)]
    if not is_bare:
        events += _end_work(run, code, states)
    run.status, run.code, run.detail = Run.Status(status), code, detail[:500]
    run.offered_id = next_agent(run) if code in OFFERING else None
    run.ended, run.runner, run.halt = now, None, Run.Halt.NONE
    sql.END_RUN.run(
        run=run.id,
        status=run.status,
        code=code,
        detail=run.detail,
        now=now,
        usage=run.usage,
        offered=run.offered_id,
    )
    events.append((stream, RunChanged(run=run.row())))
    events += delivery.over(run, own)
    events.append((own, _thread_after(run)))
    if states:
        events.append((own, news.turn_ended(run.id, len(states))))
    return events


def _end_work(run: Run, code: str, states: list[str]) -> list[Pair]:
    """What it was doing, and what it set off, ends with it. ``states``: of its tool calls."""
    events: list[Pair] = []
    open_ones = any(state in sql.UNFINISHED for state in states)
    unfinished = sql.UNFINISHED_CALLS.all(run=run.id) if open_ones else []
    if any(call.status == ToolOutput.Status.WAITING for call in unfinished):
        events += approvals.withdraw(run)
    events += end_running(unfinished, FAILURES[code].sentence if code else "")
    events += end_below(run, code)
    sql.ABANDON_STEPS.run(run=run.id, code=code, now=timezone.now())
    return events


def _thread_after(run: Run) -> ThreadUpdated:
    """What the list shows of the thread now that this run is over."""
    goes_on = sql.OPEN_RUNS.first(thread=run.thread_id) is not None
    if goes_on:
        transaction.on_commit(bell.ring)
    activity: Activity = "failed" if run.status == Run.Status.FAILED else "idle"
    if goes_on:
        activity = "running"
    now = timezone.now()
    sql.ACTIVITY.run(thread=run.thread_id, activity=activity, now=now)
    return ThreadUpdated(
        thread=run.thread_id, changes={"activity": activity, "last_message_at": iso(now)}
    )


@transaction.atomic
def record_call(claim: Claim, output_id: str, *, status: str, result: str, error: str) -> None:
    """A tool call has ended. Its result is kept from here on, whatever becomes of the run. Raises
    Fenced.
    """
    fence(claim)
    output = ToolOutput.objects.get(id=output_id)
    if output.status != ToolOutput.Status.RUNNING:  # as above
        return
    events = end_with(output, ToolOutput.Status(status))
    event = end_output(output, ToolOutput.Status(status), result, error, timezone.now())
    journal.append_all(*events, (claim.stream, event))


def _close_message(
    run: Run, opened: Opened, answer: Answer, status: Message.Status
) -> MessageCompleted:
    sql.CLOSE_MESSAGE.run(
        message=opened.message,
        status=status,
        text=answer.text,
        reasoning=answer.reasoning,
        parts=answer.citations,
        model=opened.model,
    )
    return MessageCompleted(
        message=opened.message,
        attempt=opened.attempt,
        status="complete" if status == Message.Status.COMPLETE else "partial",
        length=units(answer.text),
        checksum=checksum(answer.text),
        reasoning_length=units(answer.reasoning),
        model=opened.model,
        text=answer.text,
        reasoning=answer.reasoning,
    )


def close_step(opened: Opened, answer: Answer, state: Step.State, code: str) -> None:
    sql.CLOSE_STEP.run(
        step=opened.step,
        state=state,
        output=answer.items,
        usage=dict(answer.usage),
        partial="" if state == Step.State.DONE else answer.text,
        code=code,
        now=timezone.now(),
    )


def add_usage(run: Run, usage: UsageRow) -> None:
    total: dict[str, int] = dict(run.usage)
    for name, count in usage.items():
        total[name] = total.get(name, 0) + int(str(count))
    run.usage = total
