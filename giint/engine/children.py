"""Rows of child runs: who a tool asks, within the turn and under its claim. Sync; each function one
transaction, fenced by the turn's claim first. docs/invariants/run.md.

A child run has no place in its thread. Its text is an entry of a transcript, its steps and tool
calls are its own, and nobody is told of these but by the transcript.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from giint.core import journal
from giint.core.prepared import insert
from giint.engine import statements as sql
from giint.engine import transcripts
from giint.engine.below import end_below, end_child
from giint.engine.fence import Claim, fence
from giint.engine.outputs import close_builtins, open_outputs
from giint.engine.records import Ending, Opened, Pair, Times, add_usage, close_step, next_step
from giint.engine.steps import Answer
from giint.engine.transcripts import Ended, Heading
from giint.models import OPEN, Run, Step
from transcripts.models import ToolOutput, TranscriptEntry

if TYPE_CHECKING:
    from giint.engine.toolcalls import Planned

CAUSE = "ask"


class ChildRows:
    """What is written of one child run, as ``giint.engine.records`` writes of a turn."""

    def __init__(self, run: Run, transcript: str, heading: Heading) -> None:
        self._run = run
        self._transcript = transcript
        self._heading = heading

    @transaction.atomic
    def open_call(self, claim: Claim, opened: Opened, *, given: dict[str, Any]) -> None:
        """A model call begins, and with it an attempt at the entry. Raises Fenced."""
        fence(claim)
        if sql.STEP_STATE.first(step=opened.step):  # written, and the answer was lost
            return
        run = self._there() or self._made()
        now = timezone.now()
        cut = run.steps.filter(kind=Step.Kind.MODEL, state=Step.State.OPEN)
        cut.update(state=Step.State.ABANDONED, ended=now)
        sql.TOOLS_DONE.run(run=run.id, now=now)
        events = transcripts.begin(
            opened.message, self._transcript, self._heading, opened.attempt, run.id
        )
        insert(
            Step(
                id=opened.step,
                run=run,
                number=next_step(run),
                kind=Step.Kind.MODEL,
                attempt=opened.attempt,
                input=given,
            )
        )
        if events:
            journal.append_all(*events)

    @transaction.atomic
    def close_with_calls(
        self,
        claim: Claim,
        opened: Opened,
        answer: Answer,
        planned: list["Planned"],
        times: Times,
        asking: Collection[str] = (),
    ) -> list[ToolOutput]:
        """Its model asked for tools. None of them asks a person (``asking`` is empty): those that
        do are not offered to it. Raises Fenced.
        """
        fence(claim)
        run = self._locked()
        asked = [plan.call_id for plan in planned]
        state = sql.STEP_STATE.first(step=opened.step)
        if state and state[0] == Step.State.DONE:  # as above
            return list(run.tool_outputs.filter(call_id__in=asked).order_by("position"))
        close_builtins(run, opened.step, run.message_id, answer.items)
        close_step(opened, answer, Step.State.DONE, "")
        add_usage(run, answer.usage)
        run.spent, run.first_token = times["spent"] or 0.0, times["first_token"]
        run.save(update_fields=["usage", "spent", "first_token"])
        insert(Step(run=run, number=next_step(run), kind=Step.Kind.TOOLS, input={"calls": asked}))
        return open_outputs(run, run.message_id, planned)

    @transaction.atomic
    def close_run(self, ending: Ending, opened: Opened | None) -> None:
        """The entry is final, the child run over. Raises Fenced."""
        fence(ending.claim)
        run, answer = self._there(), ending.step.answer
        ended = Ended(answer.text, answer.reasoning, ending.code)
        if run is None:  # it failed before it could ask
            journal.append_all(*transcripts.said(self._transcript, self._heading, ended))
            return
        run = self._locked()
        if run.status not in OPEN:  # as above
            return
        if opened is not None:
            close_builtins(run, opened.step, run.message_id, answer.items)
            whole = Step.State.ABANDONED if ending.code else Step.State.DONE
            close_step(opened, answer, whole, ending.code)
            if ending.forbidden:
                open_outputs(run, run.message_id, ending.forbidden)  # ended with what is below
        add_usage(run, answer.usage)
        run.spent, run.first_token = ending.spent, ending.first_token
        events = [*end_below(run, ending.code), *self._last(run, ended)]
        end_child(run, ending.status, ending.code, ending.detail)
        if events:
            journal.append_all(*events)

    @transaction.atomic
    def record_call(
        self, claim: Claim, output_id: str, *, status: str, result: str, error: str
    ) -> None:
        """One of its tool calls has ended. Raises Fenced."""
        fence(claim)
        output = ToolOutput.objects.get(id=output_id)
        if output.status != ToolOutput.Status.RUNNING:  # as above
            return
        events = transcripts.end_with(output, ToolOutput.Status(status))
        output.status = ToolOutput.Status(status)
        output.result, output.error, output.ended = result, error, timezone.now()
        output.save(update_fields=["status", "result", "error", "ended"])
        if events:
            journal.append_all(*events)

    def _there(self) -> Run | None:
        return Run.objects.filter(id=self._run.id).first()

    def _locked(self) -> Run:
        """The turn's row is locked already; this one is read with its thread."""
        return Run.objects.select_related("thread").get(id=self._run.id)

    def _made(self) -> Run:
        run = self._run
        (thread,) = sql.NEXT_NUMBER.rows(thread=run.thread_id)
        revision = Agent.objects.filter(id=run.agent_id).values_list("revision", flat=True).first()
        return Run.objects.create(
            id=run.id,
            thread=thread,
            message_id=run.message_id,
            agent_id=run.agent_id,
            parent_id=run.parent_id,
            number=thread.last_number,
            cause=CAUSE,
            status=Run.Status.RUNNING,
            started=timezone.now(),
            revision_id=revision,
        )

    def _last(self, run: Run, ended: Ended) -> list[Pair]:
        entry = run.entries.first()
        return transcripts.close_now(entry.id, ended) if entry else []


def cut_calls(run: str) -> int:
    """How often a model call of it was cut short. Sync."""
    return Step.objects.filter(
        run=run, kind=Step.Kind.MODEL, state__in=[Step.State.ABANDONED, Step.State.OPEN]
    ).count()


def entry_for(transcript: str, key: str) -> TranscriptEntry | None:
    """The entry of that key with its child run. Sync."""
    found = TranscriptEntry.objects.filter(transcript=transcript, key=key)
    return found.select_related("run").first()
