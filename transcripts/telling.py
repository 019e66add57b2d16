"""Events of transcripts, made from their rows; and a new entry's place. Sync, inside a
transaction.
"""

from typing import Any, cast

from django.db.models import Max

from giint.core.events import (
    Happening,
    TranscriptClosed,
    TranscriptEntered,
    TranscriptOpened,
    thread_stream,
)
from giint.core.text import checksum, units
from transcripts.models import Transcript, TranscriptEntry

Pair = tuple[str, Happening]


def opened(transcript: Transcript) -> Pair:
    """The transcript begins; its title is carried, not stored."""
    row = transcript.row()
    title, row["title"] = row["title"], ""
    row["result"] = {}
    return thread_stream(transcript.thread_id), TranscriptOpened(transcript=row, title=title)


def entered(transcript: Transcript, entry: TranscriptEntry) -> Pair:
    """The entry as it now is; its texts are carried, and those of a streaming one are deltas."""
    row = entry.row()
    text, reasoning = row["text"], row["reasoning"]
    row["text"] = row["reasoning"] = ""
    is_final = entry.status != TranscriptEntry.Status.STREAMING
    event = TranscriptEntered(
        entry=row,
        length=units(text) if is_final else 0,
        checksum=checksum(text) if is_final else 0,
        reasoning_length=units(reasoning) if is_final else 0,
        text=text if is_final else None,
        reasoning=reasoning if is_final else None,
    )
    return thread_stream(transcript.thread_id), event


def closed(transcript: Transcript) -> Pair:
    """Nothing is added to it any more; its result is carried."""
    event = TranscriptClosed(
        transcript=transcript.id,
        status=cast(Any, transcript.status),
        closed=transcript.row()["closed"] or "",
        result=transcript.result,
    )
    return thread_stream(transcript.thread_id), event


def locked(transcript: str) -> Transcript:
    """The transcript, for whoever adds to it: its entries are numbered one after the other."""
    return Transcript.objects.select_for_update().get(id=transcript)


def next_number(transcript: Transcript) -> int:
    """The next entry's place. The transcript is ``locked``."""
    last = transcript.entries.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
