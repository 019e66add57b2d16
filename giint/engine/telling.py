"""Events that several parts of the engine tell, made from their rows. Sync."""

from typing import Any

from django.utils import timezone

from giint.core.events import (
    ConsoleAnswered,
    ConsoleClosed,
    ConsoleDelivered,
    ConsolePosted,
    Happening,
    MessageCreated,
    ThreadChanges,
    ThreadCreated,
    ThreadUpdated,
    thread_stream,
)
from giint.core.times import iso
from giint.engine import statements as sql
from giint.models import GiintThread, Message
from transcripts.models import ConsoleMessage

Pair = tuple[str, Happening]
Ended = ConsoleMessage.Status


def message_created(message: Message, *, head: bool) -> MessageCreated:
    """The event of a message that is whole; its text is carried, not stored."""
    row = message.row()
    text, row["text"] = row["text"], ""
    return MessageCreated(message=row, head=head, text=text)


def in_list(thread: GiintThread, *, is_new: bool) -> Happening:
    """Something goes on in the thread: its row, and what its owner's list is told."""
    now = timezone.now()
    changes: ThreadChanges = {"activity": "running", "last_message_at": iso(now)}
    thread.activity, thread.last_message_at = "running", now
    sql.ACTIVITY.run(thread=thread.id, activity="running", now=now)
    if is_new:
        return ThreadCreated(thread=thread.list_row())
    return ThreadUpdated(thread=thread.id, changes=changes)


# --- console messages, on both streams ------------------------------------------------------------


def posted(one: ConsoleMessage, own: str) -> list[Pair]:
    """It is there, or has another turn; its text is carried, not stored."""
    row = one.row()
    text, row["text"] = row["text"], ""
    return _both(one, own, ConsolePosted(console=row, text=text))


def delivered(one: ConsoleMessage, own: str) -> list[Pair]:
    row: Any = one.row()
    names = ("message", "run", "delivered")
    return _both(one, own, ConsoleDelivered(console=one.id, **{name: row[name] for name in names}))


def ended(one: ConsoleMessage, own: str) -> list[Pair]:
    """It was answered, or comes to nothing."""
    row = one.row()
    if one.status == Ended.ANSWERED:
        return _both(one, own, ConsoleAnswered(console=one.id, answered=row["answered"] or ""))
    told = ConsoleClosed(
        console=one.id, status=row["status"], code=row["code"], sentence=row["sentence"]
    )
    return _both(one, own, told)


def _both(one: ConsoleMessage, own: str, event: Happening) -> list[Pair]:
    streams = [own] if one.thread_id is None else [thread_stream(one.thread_id), own]
    return [(stream, event) for stream in streams]
