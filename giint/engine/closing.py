"""Closing a thread: nothing goes on in it any more, and it is put away."""

from django.db import transaction

from accounts.access import account_for
from accounts.models import User
from giint.access import thread_for
from giint.core import journal
from giint.core.events import Happening, thread_stream, user_stream
from giint.engine.claims import place
from giint.engine.commands import stop
from giint.engine.records import finish
from giint.models import Run
from giint.services import archive


def close(*, user: User, thread: str) -> int:
    """Archive the thread, cancel what waits in it, and stop what runs. Raises NotFound.

    First the archive, so that nothing new comes in behind. Returns how many runs that ended.
    """
    if not thread_for(user, thread).archived:
        archive(user=user, thread_id=thread, archived=True)
    return _cancel_queued(user, thread) + stop(user=user, thread=thread)


@transaction.atomic
def _cancel_queued(user: User, thread_id: str) -> int:
    thread = thread_for(user, thread_id)
    own, stream = user_stream(account_for(user).id), thread_stream(thread.id)
    pairs: list[tuple[str, Happening]] = []
    cancelled = 0
    for run in thread.runs.filter(status=Run.Status.QUEUED, parent=None).order_by("number"):
        # Whoever claims it at this moment has won: it is stopped as what runs.
        if not Run.objects.filter(id=run.id, status=Run.Status.QUEUED).update(
            status=Run.Status.CANCELLED
        ):
            continue
        run.refresh_from_db(fields=["inbox"])
        pairs += place(stream, run)
        pairs += finish(run, own, status=Run.Status.CANCELLED, code="stopped")
        cancelled += 1
    if pairs:
        journal.append_all(*pairs)
    return cancelled
