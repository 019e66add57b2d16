"""Reading the journal: replay, snapshots, and joining a stream. docs/invariants/journal.md.

The journal stores pointers; here they are filled again from the rows they point at. Everything is
read in one view of the database, so that what a reader is given belongs to one seq.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from accounts.access import account_for
from accounts.models import UiState, User
from accounts.source import account_row
from agents.models import Agent
from agents.rollout import Rollout
from giint.access import thread_for
from giint.core.db import one_view
from giint.core.errors import GiintError, NotFound
from giint.core.events import (
    EVENTS,
    ApprovalDecided,
    ApprovalRequested,
    ConsolePosted,
    ConsoleRow,
    Happening,
    MessageCompleted,
    MessageCreated,
    MessageFeedback,
    ToolChanged,
    ToolCompleted,
    ToolStarted,
    TranscriptClosed,
    TranscriptEntered,
    TranscriptOpened,
    thread_stream,
    user_stream,
)
from giint.core.journal import News
from giint.core.models import Event, Stream
from giint.engine import statements as sql
from giint.models import Approval, Feedback, GiintThread, Message, Run
from transcripts.models import ConsoleMessage, ToolOutput, Transcript, TranscriptEntry
from transcripts.news import news_of

TYPES: dict[str, type[Happening]] = {event.type: event for event in EVENTS}
PAGE = 50  # messages of a snapshot, threads of a list
REPLAY = 500  # events in one replay; who missed more gets a snapshot
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """How a reader begins: a frame, where the reader then stands, what follows, and what is being
    written.
    """

    frame: Frame
    after: int
    news: list[News] = field(default_factory=list)
    streaming: list[tuple[str, int]] = field(default_factory=list)


def join(user: User, stream: str, after: int | None, epoch: str | None) -> Start:
    """What a reader needs to follow ``stream``: the events after ``after``, or a snapshot. Raises
    NotFound.

    A snapshot is given without ``after``, in another epoch (recreated), beyond the end (restored
    backup) or below the beginning (pruned).
    """
    with one_view():
        thread = _own(user, stream)
        row = _stream(stream)
        streaming = _streaming(thread)
        missed = None
        if after is not None and epoch == row.epoch and row.first_seq - 1 <= after <= row.last_seq:
            missed = _events(row, after)
        if missed is None:
            frame = _snapshot(user, thread, row)
            return Start({"op": "snapshot", **frame}, row.last_seq, streaming=streaming)
        frame = {"op": "subscribed", **_place(row), "recovered": True}
        return Start(frame, after or 0, missed, streaming)


def replay(user: User, stream: str, after: int) -> list[News] | None:
    """The events after ``after``; None when they are pruned or too many to be worth it. Raises
    NotFound.
    """
    with one_view():
        _own(user, stream)
        row = _stream(stream)
        return _events(row, after) if row.first_seq - 1 <= after else None


def snapshot(user: User, stream: str) -> Frame:
    """The state of a stream's nouns at one seq, in the shape of docs/protocol.md. Raises
    NotFound.
    """
    with one_view():
        thread = _own(user, stream)
        return _snapshot(user, thread, _stream(stream))


def older(user: User, thread_id: str, before: str) -> Frame:
    """The messages above ``before`` on its path: a page of them, with their runs and tool calls.
    Raises NotFound.
    """
    with one_view():
        thread = thread_for(user, thread_id)
        first = Message.objects.filter(thread=thread, id=before).first()
        if first is None:
            raise NotFound
        messages = Message.objects.path(first.parent_id, PAGE)
        return _with_work(messages, []) | {"older": _has_older(messages)}


def last_seqs(streams: list[str]) -> dict[str, int]:
    """Where these streams stand."""
    return dict(sql.LAST_SEQS.all(streams))


# --- whose stream it is ---------------------------------------------------------------------------


def _own(user: User, stream: str) -> GiintThread | None:
    """The thread of a thread's stream, None for the user's own stream. Raises NotFound for
    everything else.
    """
    kind, _, name = stream.partition(":")
    if kind == "thread":
        return thread_for(user, name)
    if stream == user_stream(account_for(user).id):
        return None
    raise NotFound


def _stream(name: str) -> Stream:
    """The stream's row; one that has no event yet stands at 0."""
    return sql.STREAM.first(name=name) or Stream(name=name, epoch="new")


def _place(row: Stream) -> Frame:
    return {"stream": row.name, "seq": row.last_seq, "epoch": row.epoch}


# --- snapshots ------------------------------------------------------------------------------------


def _snapshot(user: User, thread: GiintThread | None, row: Stream) -> Frame:
    return _place(row) | (_of_user(user) if thread is None else _of_thread(thread))


def _of_thread(thread: GiintThread) -> Frame:
    messages = Message.objects.path(thread.head_id, PAGE)
    older = _has_older(messages)
    messages += sorted(sql.WAITING.all(thread=thread.id), key=lambda one: one.number)
    work = _with_work(messages, sql.RUNS_UNDER_WAY.all(thread=thread.id))
    work["console"] = _console(work["console"], sql.CONSOLE_HERE.all(thread=thread.id))
    return {"thread": thread.head_row(), "older": older, **work}


def _has_older(messages: list[Message]) -> bool:
    return bool(messages) and messages[0].parent_id is not None


def _with_work(messages: list[Message], open_runs: list[Run]) -> Frame:
    ids = [message.id for message in messages]
    wanted = list({m.run_id for m in messages if m.run_id})
    runs = {
        run.id: run for run in (*sql.RUNS.all(wanted), *sql.ANSWERS.all(ids), *open_runs)
    }  # one query with "or" would look through all runs
    places = {id_: place for place, id_ in enumerate(ids)}
    calls = sorted(sql.OUTPUTS.all(ids), key=lambda one: (places[one.message_id], one.position))
    feedback = {one.message_id: one for one in sql.FEEDBACK.all(ids)}
    posted = [message.id for message in messages if message.role == Message.Role.CONSOLE]
    return {
        "messages": [message.row(feedback.get(message.id)) for message in messages],
        "runs": [run.row() for run in sorted(runs.values(), key=lambda run: run.number)],
        "calls": [call.row() for call in calls],
        # Where nothing was called, nothing was asked, and nothing happened beside.
        "approvals": [one.row() for one in sql.APPROVALS.all(ids)] if calls else [],
        "console": [one.row() for one in sql.CONSOLE.all(posted)],
        **_transcripts(ids if calls else []),
    }


def _console(shown: list[ConsoleRow], waiting: list[ConsoleMessage]) -> list[ConsoleRow]:
    """Console messages that stand among the messages, and those that are not delivered yet."""
    rows = {row["id"]: row for row in (*shown, *(one.row() for one in waiting))}
    return sorted(rows.values(), key=lambda row: (row["created"], row["id"]))


def _transcripts(ids: list[str]) -> Frame:
    """What tools did beside these messages; the entries of what is open, to go on from."""
    found = sorted(sql.TRANSCRIPTS.all(ids), key=lambda one: (one.opened, one.id)) if ids else []
    open_ids = [one.id for one in found if one.status == Transcript.Status.OPEN]
    entries = sql.ENTRIES.all(open_ids) if open_ids else []
    return {
        "transcripts": [one.row() for one in found],
        "entries": [
            entry.row()
            for entry in sorted(entries, key=lambda one: (one.transcript_id, one.number))
        ],
    }


def _of_user(user: User) -> Frame:
    threads = list(user.threads.filter(archived=False).prefetch_related("participants")[: PAGE + 1])
    agents, rollout = Agent.objects.with_templates().filter(owner=user), Rollout(user)
    # Not user.ui_state, which a long-lived socket's user would remember from its first snapshot.
    state = UiState.objects.filter(user=user).first()
    return {
        "threads": [thread.list_row() for thread in threads[:PAGE]],
        "older": len(threads) > PAGE,
        "agents": [agent.row(rollout) for agent in agents],
        "keys": [key.row() for key in user.provider_keys.all()],
        "account": account_row(user),
        "console": [one.row() for one in sql.CONSOLE_OPEN.all(user=user.pk)],
        "ui": {
            "version": state.version if state else 0,
            "state": state.state if state else {},
        },
        "new": news_of(user).row(),
    }


def _streaming(thread: GiintThread | None) -> list[tuple[str, int]]:
    if thread is None:
        return []
    under_way = (*sql.UNDER_WAY.all(thread=thread.id), *sql.ENTRIES_UNDER_WAY.all(thread=thread.id))
    return [(id_, attempt) for id_, attempt in under_way]


# --- replay ---------------------------------------------------------------------------------------


def _events(row: Stream, after: int) -> list[News] | None:
    if row.last_seq - after > REPLAY:
        return None
    stored = Event.objects.filter(stream_id=row.pk, seq__gt=after).order_by("seq")
    news = [News(row.name, event.seq, TYPES[event.type](**event.payload)) for event in stored]
    return _filled(news)


def _filled(news: list[News]) -> list[News]:
    """The same news with what their events carry, read from the rows, a query for each kind."""
    events = [item.event for item in news]
    wanted = {e.message["id"] for e in events if isinstance(e, MessageCreated)}
    wanted |= {e.message for e in events if isinstance(e, MessageCompleted)}
    messages = Message.objects.in_bulk(wanted) if wanted else {}
    judged = {e.message for e in events if isinstance(e, MessageFeedback)}
    notes = _notes(judged) if judged else {}
    wanted = {e.call["id"] for e in events if isinstance(e, ToolStarted)}
    wanted |= {e.call for e in events if isinstance(e, ToolCompleted | ToolChanged)}
    calls = ToolOutput.objects.in_bulk(wanted) if wanted else {}
    wanted = {e.approval["id"] for e in events if isinstance(e, ApprovalRequested)}
    wanted |= {e.approval for e in events if isinstance(e, ApprovalDecided)}
    asked = Approval.objects.in_bulk(wanted) if wanted else {}
    filled = [
        replace(item, event=_fill(item.event, messages, calls, notes, asked)) for item in news
    ]
    return _with_console(_with_transcripts(filled))


def _with_transcripts(news: list[News]) -> list[News]:
    events = [item.event for item in news]
    wanted = {e.transcript["id"] for e in events if isinstance(e, TranscriptOpened)}
    wanted |= {e.transcript for e in events if isinstance(e, TranscriptClosed)}
    transcripts = Transcript.objects.in_bulk(wanted) if wanted else {}
    wanted = {e.entry["id"] for e in events if isinstance(e, TranscriptEntered)}
    entries = TranscriptEntry.objects.in_bulk(wanted) if wanted else {}
    return [replace(item, event=_told(item.event, transcripts, entries)) for item in news]


def _with_console(news: list[News]) -> list[News]:
    wanted = {one.event.console["id"] for one in news if isinstance(one.event, ConsolePosted)}
    if not wanted:
        return news
    texts = dict(ConsoleMessage.objects.filter(id__in=wanted).values_list("id", "text"))
    return [
        replace(item, event=replace(item.event, text=texts.get(item.event.console["id"], "")))
        if isinstance(item.event, ConsolePosted)
        else item
        for item in news
    ]


def _told(
    event: Happening, transcripts: dict[str, Transcript], entries: dict[str, TranscriptEntry]
) -> Happening:
    match event:
        case TranscriptOpened():
            found = transcripts.get(event.transcript["id"])
            return replace(event, title=found.title if found else "")
        case TranscriptClosed():
            found = transcripts.get(event.transcript)
            return replace(event, result=found.result if found else {})
        case TranscriptEntered() if event.entry["status"] != "streaming":
            entry = entries.get(event.entry["id"])
            return replace(
                event,
                text=entry.text if entry else "",
                reasoning=entry.reasoning if entry else "",
            )
    return event


def _notes(messages: set[str]) -> dict[str, str]:
    found = Feedback.objects.filter(message__in=messages)
    return {one.message_id: one.note for one in found}


def _fill(
    event: Happening,
    messages: dict[str, Message],
    calls: dict[str, ToolOutput],
    notes: dict[str, str],
    asked: dict[str, Approval],
) -> Happening:
    """A row that is gone gives an empty text: what removed it is an event further on."""
    match event:
        case MessageCreated() if event.message["status"] != "streaming":
            message = messages.get(event.message["id"])
            return replace(event, text=message.text if message else "")
        case MessageCompleted():
            message = messages.get(event.message)
            return replace(
                event,
                text=message.text if message else "",
                reasoning=message.reasoning if message else "",
            )
        case MessageFeedback():
            return replace(event, note=notes.get(event.message, ""))
        case ToolStarted():
            call = calls.get(event.call["id"])
            return replace(event, arguments=call.arguments if call else "")
        case ToolChanged():
            call = calls.get(event.call)
            return replace(event, arguments=call.arguments if call else "")
        case ApprovalRequested():
            approval = asked.get(event.approval["id"])
            return replace(event, arguments=approval.arguments if approval else "")
        case ApprovalDecided():
            approval = asked.get(event.approval)
            return replace(
                event,
                edited=approval.edited if approval else "",
                reason=approval.reason if approval else "",
            )
        case ToolCompleted():
            call = calls.get(event.call)
            return replace(
                event,
                result=call.preview if call else "",
                error=call.error if call else "",
                files=call.files if call else [],
            )
    return event


def check_stream(name: object) -> str:
    """A stream's name as a client sent it. Raises ``bad_field``."""
    if not isinstance(name, str) or not 5 < len(name) <= 80 or "\x00" in name:
        raise GiintError("bad_field", "stream")
    return name


__all__ = ["Start", "join", "last_seqs", "older", "replay", "snapshot", "thread_stream"]
