"""Guards that a control switches off, to show that the harness sees the damage they keep away."""

import importlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from agents.remote import records
from giint.core.db import in_db
from giint.engine import commands, follower, inbox, journal, statements, tick, toolcalls
from giint.interfaces.websocket import ChatSocket
from giint.models import Run

# The modules whose names are replaced: mypy is right that nobody may do this.
Commands: Any = commands
Followers: Any = follower
Inbox: Any = inbox
Journal: Any = journal
Supervisors: Any = importlib.import_module("giint.engine.supervisor")  # not the one in it
Statements: Any = statements
Ticks: Any = tick
Calls: Any = toolcalls
Sockets: Any = ChatSocket
Remote: Any = records


def replay() -> None:
    """A bare hub: who comes back is told where the stream stands, and nothing of what they
    missed.
    """
    guarded = journal.join

    def join(user: Any, stream: str, after: int | None, epoch: str | None) -> journal.Start:
        start = guarded(user, stream, after, epoch)
        if start.frame["op"] != "subscribed":
            return start
        return replace(start, after=start.frame["seq"], news=[])

    Journal.join = join


def catch_up() -> None:
    """Who comes into the middle of a text is given what is said from now on."""

    def take_place(self: Any, message: Any) -> None:
        self._places[message] = [len(message.text.pieces), len(message.reasoning.pieces)]
        message.readers.add(self)

    Followers.Follower._take_place = take_place


def one_active() -> None:
    """Every queued run may start at once (the database's own rule has to be dropped beside it)."""

    def startable() -> QuerySet[Run]:
        return Run.objects.filter(status=Run.Status.QUEUED, parent=None).order_by("created")

    Statements._startable = startable


def window() -> None:
    """Readers may owe any number of acknowledgements."""
    Followers.WINDOW = 1 << 60


def net() -> None:
    """The tick looks for work and for nothing else: what no hint told of is not found."""
    guarded = tick.look

    def look(*given: Any) -> tick.Seen:
        return replace(guarded(*given), last_seqs={}, grown={})

    Ticks.look = look
    Supervisors.look = look


def database_clock() -> None:
    """Leases by the clock of whoever looks."""
    Statements.Now = timezone.now


def same_again() -> None:
    """A message's own id means nothing: each time it comes it is another one."""
    guarded = commands._checked

    def checked(asked: commands.Asked) -> commands.Asked:
        return replace(guarded(asked), client_id=uuid.uuid4().hex)

    Commands._checked = checked


def once() -> None:
    """Every call that was cut short is made again, whatever its tool says."""
    Calls.cut_short = lambda outputs, *_: Calls.CutShort(outputs, [], [])


def posted_once() -> None:
    """A console message's own id means nothing: each time it is posted it is another one."""
    Inbox._there = lambda user, posting: None
    guarded = inbox._checked

    def checked(posting: inbox.Posting) -> inbox.Posting:
        return replace(guarded(posting), client_id=uuid.uuid4().hex)

    Inbox._checked = checked


def outlives() -> None:
    """A turn ends with the socket that asked for it."""
    guarded = ChatSocket.disconnect

    async def disconnect(self: Any, code: int) -> None:
        streams = self.follower.streams if self._writer is not None else []
        for stream in streams:
            if stream.startswith("thread:"):
                await in_db(commands.stop, user=self.user, thread=stream.removeprefix("thread:"))
        await guarded(self, code)

    Sockets.disconnect = disconnect


def ledger() -> None:
    """What is made at a provider has nothing on it that says whose it is, and no row has its id."""
    Remote.tags_of = lambda row: {}
    Remote.made = lambda *given, **more: None


GUARDS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        *(replay, catch_up, one_active, window, net),
        *(database_clock, same_again, once, posted_once, outlives, ledger),
    )
}
