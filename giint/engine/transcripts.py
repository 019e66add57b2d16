"""Rows of transcripts as a run writes them, and their events. Sync; each function one transaction,
fenced first. docs/invariants/run.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from agents.providers.base import Subagent
from agents.tools.base import Entry
from giint.core import journal
from giint.core.events import Happening
from giint.core.text import clean
from giint.engine.fence import Claim, fence
from transcripts.models import ToolOutput, Transcript, TranscriptEntry
from transcripts.telling import closed, entered, locked, next_number, opened

Pair = tuple[str, Happening]
Kind = TranscriptEntry.Kind
STREAMING = TranscriptEntry.Status.STREAMING


@dataclass(frozen=True, slots=True)
class Heading:
    """Whose entry it is."""

    key: str
    name: str
    kind: Kind = Kind.AGENT
    agent: str | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an entry ended. ``code``: why it is not whole."""

    text: str
    reasoning: str = ""
    code: str = ""
    choice: str = ""


@transaction.atomic
def open_transcript(claim: Claim, output: str, *, key: str, title: str) -> Transcript:
    """The transcript of that call and key, made now or by an earlier attempt. Raises Fenced."""
    fence(claim)
    there = Transcript.objects.filter(output=output, key=key).first()
    if there is not None:
        return there
    call = ToolOutput.objects.get(id=output)
    around = TranscriptEntry.objects.filter(run=call.run_id).first()
    transcript = Transcript.objects.create(
        user_id=call.user_id,
        thread_id=call.thread_id,
        run_id=claim.run,
        message_id=call.message_id,
        output=call,
        parent_id=around.transcript_id if around else None,
        key=key,
        tool=call.tool,
        title=clean(title)[:300],
    )
    journal.append(*opened(transcript))
    return transcript


def entry_of(transcript: str, key: str) -> TranscriptEntry | None:
    """The entry of that key, if an earlier attempt at the call wrote one. Sync."""
    return TranscriptEntry.objects.filter(transcript=transcript, key=key).first()


@transaction.atomic
def open_entry(
    claim: Claim, entry_id: str, transcript: str, heading: Heading, attempt: int
) -> None:
    """That entry is being written: its first attempt makes it, a later one empties it. Raises
    Fenced.
    """
    fence(claim)
    journal.append_all(*begin(entry_id, transcript, heading, attempt))


def begin(
    entry_id: str, transcript: str, heading: Heading, attempt: int, run: str | None = None
) -> list[Pair]:
    """The same inside the caller's transaction. Returns the events to append."""
    row = locked(transcript)
    entry = row.entries.filter(id=entry_id).first()
    if entry is None:
        entry = _new(row, heading, id=entry_id, run_id=run, status=STREAMING)
    elif entry.attempt < attempt:
        entry.attempt, entry.text, entry.reasoning = attempt, "", ""
        entry.save(update_fields=["attempt", "text", "reasoning"])
    else:  # written, and the answer was lost
        return []
    return [entered(row, entry)]


def _new(row: Transcript, heading: Heading, **more: Any) -> TranscriptEntry:
    return TranscriptEntry.objects.create(
        transcript=row,
        number=next_number(row),
        key=heading.key,
        kind=heading.kind,
        name=clean(heading.name)[:120],
        agent_id=heading.agent,
        model=heading.model,
        **more,
    )


@transaction.atomic
def say(claim: Claim, transcript: str, heading: Heading, ended: Ended) -> None:
    """An entry that is final at once; one of that key that is there stays as it is. Raises
    Fenced.
    """
    fence(claim)
    if events := said(transcript, heading, ended):
        journal.append_all(*events)


def said(transcript: str, heading: Heading, ended: Ended) -> list[Pair]:
    """The same inside the caller's transaction. Returns the events to append."""
    row = locked(transcript)
    entry = row.entries.filter(key=heading.key).first()
    if entry is None:
        entry = _new(row, heading, status=STREAMING)
    if entry.status != STREAMING:
        return []
    _end(entry, ended)
    return [entered(row, entry)]


def mirror(claim: Claim, output: str, told: Subagent) -> None:
    """What an agent that the provider runs was given to do, or has said, in the transcript of its
    step. Raises Fenced.
    """
    about = told.text if not told.item else ""
    title = f"{told.name}: {about}" if about else told.name
    row = open_transcript(claim, output, key=told.call_id, title=title)
    if told.text:
        kind = Kind.AGENT if told.item else Kind.NOTE
        heading = Heading(told.item[:120] or "task", told.name, kind)
        say(claim, row.id, heading, Ended(clean(told.text)))


@transaction.atomic
def close_entry(claim: Claim, entry_id: str, ended: Ended) -> None:
    """The entry is final. Raises Fenced."""
    fence(claim)
    journal.append_all(*close_now(entry_id, ended))


def close_now(entry_id: str, ended: Ended) -> list[Pair]:
    """The same inside the caller's transaction. Returns the events to append."""
    entry = TranscriptEntry.objects.select_related("transcript").get(id=entry_id)
    if entry.status != STREAMING:  # written, and the answer was lost
        return []
    _end(entry, ended)
    return [entered(entry.transcript, entry)]


def _end(entry: TranscriptEntry, ended: Ended) -> None:
    whole, partial = TranscriptEntry.Status.COMPLETE, TranscriptEntry.Status.PARTIAL
    entry.status = partial if ended.code else whole
    entry.text, entry.reasoning = ended.text, ended.reasoning
    entry.code, entry.choice, entry.ended = ended.code, ended.choice, timezone.now()
    entry.save()


@transaction.atomic
def choose(claim: Claim, entry_id: str, choice: str) -> None:
    """What a final entry chose. Raises Fenced."""
    fence(claim)
    entry = TranscriptEntry.objects.select_related("transcript").get(id=entry_id)
    if entry.choice == choice:
        return
    entry.choice = choice
    entry.save(update_fields=["choice"])
    journal.append(*entered(entry.transcript, entry))


@transaction.atomic
def close_transcript(
    claim: Claim, transcript: str, *, status: Transcript.Status, result: dict[str, Any]
) -> None:
    """Nothing is added to it any more. Raises Fenced."""
    fence(claim)
    row = locked(transcript)
    if row.status == Transcript.Status.OPEN:
        journal.append_all(*_close(row, status, result, "upstream_cut"))


def end_open(transcripts: Iterable[str], *, status: Transcript.Status, code: str) -> list[Pair]:
    """Close these where they stand, inside the caller's transaction: what was said is kept, what
    was asked ends with ``code``. Returns the events to append.
    """
    events: list[Pair] = []
    for transcript in transcripts:
        row = locked(transcript)
        events += _close(row, status, row.result, code)
    return events


def _close(
    row: Transcript, status: Transcript.Status, result: dict[str, Any], code: str
) -> list[Pair]:
    events: list[Pair] = []
    for entry in row.entries.filter(status=STREAMING):
        _end(entry, Ended(entry.text, entry.reasoning, code))
        events.append(entered(row, entry))
    row.status, row.result, row.closed = status, result, timezone.now()
    row.save(update_fields=["status", "result", "closed"])
    events.append(closed(row))
    return events


def end_with(output: ToolOutput, status: ToolOutput.Status) -> list[Pair]:
    """A call's open transcripts end with it, inside the caller's transaction. Returns the events to
    append.
    """
    rows = Transcript.objects.filter(output=output, status=Transcript.Status.OPEN)
    is_done = status == ToolOutput.Status.DONE
    how = Transcript.Status.DONE if is_done else Transcript.Status.FAILED
    return end_open(rows.values_list("id", flat=True), status=how, code="deadline_tool")


def entries(transcript: str) -> list[Entry]:
    """The entries in order. Sync."""
    rows = TranscriptEntry.objects.filter(transcript=transcript).order_by("number")
    return [Entry(one.key, one.kind, one.name, one.text, one.code, one.choice) for one in rows]


def hold_of(transcript: str, after: int) -> tuple[str, list[tuple[int, str]]]:
    """What its reader asked of it, and (number, text) of what they said after entry ``after``."""
    hold = Transcript.objects.values_list("hold", flat=True).get(id=transcript)
    said = TranscriptEntry.objects.filter(
        transcript=transcript, kind=Kind.PERSON, number__gt=after
    ).order_by("number")
    return hold, list(said.values_list("number", "text"))
