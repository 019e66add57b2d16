"""Console messages that end before they are delivered: cancelled by somebody, or too late. Sync.
docs/console.md.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from accounts.access import account_for
from accounts.models import User
from giint.core import journal
from giint.core.errors import GiintError
from giint.core.events import MessageRemoved, thread_stream, user_stream
from giint.engine import delivery
from giint.engine import statements as sql
from giint.engine.records import finish
from giint.engine.telling import Pair
from giint.models import Message, Run
from transcripts.access import console_for
from transcripts.console import WAITING
from transcripts.models import ConsoleMessage

T = TypeVar("T")
Status = ConsoleMessage.Status
TRIES = 20


class Moved(Exception):
    """What was read is not so any more now that it is locked: look again."""


def locked(fn: Callable[[], T]) -> T:
    """``fn`` in a transaction, again while what it read has moved before it could be locked."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return fn()
        except (Moved, IntegrityError):
            continue
    with transaction.atomic():
        return fn()


def cancel(*, user: User, console: str) -> ConsoleMessage:
    """Take it back while no agent has it. Raises NotFound, ``not_pending``."""
    one = console_for(user, console)
    if not locked(lambda: _end(one.id, Status.CANCELLED, "console_cancelled")):
        raise GiintError("not_pending")
    return console_for(user, console)


def expire(ending: Callable[[], bool]) -> None:
    """The job: what nobody was given in time."""
    for (console,) in sql.CONSOLE_DUE.all():
        if ending():
            return
        expire_one(console)


def expire_one(console: str) -> bool:
    """The same for one of them. False where it has begun, or is over."""
    return locked(lambda: _end(console, Status.EXPIRED, "console_expired"))


def too_late(run: Run) -> bool:
    """Whether a queued run is for a console message whose time is over, which is ended then."""
    if run.cause != Run.CONSOLE:
        return False
    its = ConsoleMessage.objects.filter(run=run, message=run.message_id).first()
    return its is not None and delivery.is_late(its) and expire_one(its.id)


def _end(console: str, status: Status, code: str) -> bool:
    one = ConsoleMessage.objects.select_related("user").get(id=console)
    # The run's row first, as everywhere: who claims it, takes from it or ends it comes after.
    run = Run.objects.select_for_update().filter(id=one.run_id).first() if one.run_id else None
    was = one.run_id
    one.refresh_from_db(fields=["run", "message", "status"])
    if one.run_id != was:
        raise Moved
    if one.status not in WAITING or (one.message_id and not _is_queued(one, run)):
        return False
    own = user_stream(account_for(one.user).id)
    events = delivery.end(one, own, status, code)
    if run is not None and one.message_id == run.message_id:
        events += _without_run(run, own)
    journal.append_all(*events)
    return True


def _is_queued(one: ConsoleMessage, run: Run | None) -> bool:
    is_its_own = run is not None and run.message_id == one.message_id
    return is_its_own and run is not None and run.status == Run.Status.QUEUED


def _without_run(run: Run, own: str) -> list[Pair]:
    """A queued run is for nothing any more; one whose message is shown already ends like one that
    was stopped.
    """
    message = Message.objects.get(id=run.message_id)
    if message.status == Message.Status.QUEUED:
        events = delivery.rehome(run, own)
        run.delete()
        message.delete()
        return [*events, (thread_stream(message.thread_id), MessageRemoved(message=run.message_id))]
    Run.objects.filter(id=run.id).update(status=Run.Status.CANCELLED)
    return finish(run, own, status=Run.Status.CANCELLED, code="stopped")
