"""Rows of tool calls, and the events of their beginning and end. Sync, inside a transaction.

Calls of tools that the provider runs itself are steps too: a row at the first sign of one, its
outcome in the transaction that closes the model call. They are part of that call: they end with it,
and are never repeated on their own. docs/tools.md.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils import timezone

from agents.providers.base import Item
from agents.tools.registry import tool_for
from giint.core import journal
from giint.core.events import CallStatus, Happening, ToolCompleted, ToolStarted, thread_stream
from giint.core.text import clean
from giint.engine.fence import Claim, fence
from giint.engine.transcripts import end_with
from giint.models import Run
from transcripts import files
from transcripts.models import File, ToolOutput

if TYPE_CHECKING:
    from giint.engine.toolcalls import Planned

# Its name in the provider's events → what people read.
LABELS = {
    "web_search": "Web search",
    "file_search": "File search",
    "code_interpreter": "Code interpreter",
    "image_generation": "Image generation",
    "mcp": "MCP",
    "subagent": "Subagent",
    "command_execution": "Command",
}
LOST = "The server stopped during this call; whether it took effect is not known. Tell the user."
LONGEST = 20_000  # characters that are kept of one: the whole item is in the step's output
_LEFT_OUT = {"id", "type", "status", "error"}


def tool_started(output: ToolOutput) -> ToolStarted:
    """The event of a call that begins; its arguments are carried, not stored."""
    row = output.row()
    arguments, row["arguments"] = row["arguments"], ""
    return ToolStarted(call=row, arguments=arguments)


def open_outputs(
    run: Run, message: str, planned: "Sequence[Planned]", waits: Collection[str] = ()
) -> list[ToolOutput]:
    """The rows of calls that a model asked for, in its order. ``waits``: ids of those that a person
    approves first.
    """
    now, status = timezone.now(), ToolOutput.Status
    return ToolOutput.objects.bulk_create(
        ToolOutput(
            user_id=run.thread.owner_id,
            thread_id=run.thread_id,
            agent_id=run.agent_id,
            run=run,
            message_id=message,
            tool=plan.name,
            label=plan.label,
            call_id=plan.call_id,
            position=position,
            arguments=plan.arguments_text,
            status=status.WAITING if plan.call_id in waits else status.RUNNING,
            started=now,
        )
        for position, plan in enumerate(planned)
    )


def end_output(
    output: ToolOutput, status: ToolOutput.Status, result: str, error: str, now: datetime
) -> ToolCompleted:
    """The call has ended: its row, and the event to append."""
    output.status, output.result, output.error, output.ended = status, result, error, now
    output.save(update_fields=["status", "result", "error", "ended"])
    return ToolCompleted(
        call=output.id,
        status=cast(CallStatus, status.value),
        ended=output.row()["ended"] or "",
        length=len(result),
        result=output.preview,
        error=error,
        files=output.files,
    )


@transaction.atomic
def offer_file(claim: Claim, output_id: str, name: str, content: IO[bytes]) -> dict[str, Any]:
    """Keep a file that a call offers, once per name: a call that is repeated offers it anew. Raises
    Fenced, and what ``transcripts.files.store`` raises.
    """
    fence(claim)
    output = ToolOutput.objects.select_related("user").get(id=output_id)
    row = files.store(owner=output.user, name=name, content=content, thread=output.thread_id)
    same = [one["id"] for one in output.files if one["name"] == row.name]
    for old in File.objects.filter(id__in=same):
        files.delete(user=output.user, file=old.id)
    kept = [one for one in output.files if one["name"] != row.name]
    ref = {"id": row.id, "name": row.name, "type": row.type, "size": row.size}
    output.files = [*kept, ref]
    output.save(update_fields=["files"])
    return row.row()


def end_running(outputs: Iterable[ToolOutput], error: str) -> list[tuple[str, Happening]]:
    """Cancel those that are not over, with a sentence why. Returns the events to append."""
    now, cancelled = timezone.now(), ToolOutput.Status.CANCELLED
    return [
        (thread_stream(output.thread_id), end_output(output, cancelled, "", error, now))
        for output in outputs
        if output.ended is None
    ]


def end_unknown(run: Run) -> list[tuple[str, Happening]]:
    """Calls that were under way when their process ended, of tools that may not be repeated, inside
    the transaction that ends the run. Returns the events to append.
    """
    events, unknown = list[tuple[str, Happening]](), ToolOutput.Status.UNKNOWN
    for output in run.tool_outputs.filter(status=ToolOutput.Status.RUNNING):
        tool = tool_for(output.tool)
        if tool is not None and tool.retry != "safe":
            events += end_with(output, unknown)
            told = end_output(output, unknown, "", LOST, timezone.now())
            events.append((thread_stream(output.thread_id), told))
    return events


# --- what the provider runs -----------------------------------------------------------------------


@transaction.atomic
def open_builtin(claim: Claim, *, step: str, message: str, item: str, name: str) -> str:
    """The provider has begun to run a tool of its own; returns the id of its row. Raises Fenced."""
    fence(claim)
    run = Run.objects.select_related("thread").get(id=claim.run)
    there = run.tool_outputs.filter(call_id=_call_id(step, item)).first()
    if there is not None:  # written, and the answer was lost
        return there.id
    output = _builtin(run, step, message, item, name)
    journal.append(claim.stream, tool_started(output))
    return output.id


def close_builtins(
    run: Run, step: str, message: str, items: list[Item]
) -> list[tuple[str, Happening]]:
    """The outcomes of what the provider ran in this model call. Returns the events to append.

    A server that sends such items without a sign of life before gets its rows here.
    """
    stream, events = thread_stream(run.thread_id), list[tuple[str, Happening]]()
    for item in items:
        name = str(item.get("type", "")).removesuffix("_call")
        if item.get("type") != f"{name}_call" or name not in LABELS:
            continue
        call_id = _call_id(step, str(item.get("id", "")))
        output = run.tool_outputs.filter(call_id=call_id).first()
        if output is None:
            output = _builtin(run, step, message, str(item.get("id", "")), name)
            events.append((stream, tool_started(output)))
        if output.status == ToolOutput.Status.RUNNING:
            events.append((stream, _outcome(output, item)))
            events += end_with(output, ToolOutput.Status(output.status))
    return events


def _builtin(run: Run, step: str, message: str, item: str, name: str) -> ToolOutput:
    return ToolOutput.objects.create(
        user_id=run.thread.owner_id,
        thread_id=run.thread_id,
        agent_id=run.agent_id,
        run=run,
        message_id=message,
        tool=clean(name)[:64],
        label=LABELS.get(name, clean(name)[:64]),
        call_id=_call_id(step, item),
        started=timezone.now(),
    )


def _call_id(step: str, item: str) -> str:
    """Within its model call: servers count their items from 1 in each."""
    return f"{step}.{clean(item)}"[:120]


def _outcome(output: ToolOutput, item: Item) -> ToolCompleted:
    error = item.get("error")
    told = error if isinstance(error, str) else json.dumps(error) if error else ""
    failed = bool(told) or item.get("status") in ("failed", "incomplete")
    status = ToolOutput.Status.FAILED if failed else ToolOutput.Status.DONE
    told = told or ("The provider reports that it failed." if failed else "")
    return end_output(output, status, _said(item), told[:LONGEST], timezone.now())


def _said(item: Item) -> str:
    """What it did, as JSON: the query, the code, the answer. A picture's bytes are not shown."""
    shown: dict[str, Any] = {
        name: value
        for name, value in item.items()
        if name not in _LEFT_OUT and value is not None and not _is_picture(item, name)
    }
    text = json.dumps(shown, ensure_ascii=False) if shown else ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _is_picture(item: Item, name: str) -> bool:
    return name == "result" and item.get("type") == "image_generation_call"
