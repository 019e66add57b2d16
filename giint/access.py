"""How an interface gets an object: it returns the caller's own, or raises NotFound for everything
else.
"""

from django.db.models import F, Q

from accounts.models import User
from giint.core.errors import NotFound
from giint.core.prepared import Given, Rows, Update
from giint.models import Approval, GiintThread, Message, Run

_thread = lambda: GiintThread.objects.filter(owner=Given("owner"), id=Given("thread"))  # noqa: E731
_THREAD = Rows(_thread)
_NEXT_NUMBER = Update(_thread, last_number=F("last_number") + 1)


def thread_for(user: User, thread_id: object) -> GiintThread:
    """The user's thread. Raises NotFound."""
    thread = _THREAD.first(owner=user.pk, thread=_text(thread_id))
    if thread is None:
        raise NotFound
    return thread


def next_number_for(user: User, thread_id: object) -> GiintThread:
    """The user's thread, its row locked and its next number taken, inside a transaction: two sends
    into one thread follow each other, in every process. Raises NotFound.
    """
    found = _NEXT_NUMBER.rows(owner=user.pk, thread=_text(thread_id))
    if not found:
        raise NotFound
    return found[0]


def run_for(user: User, run_id: object) -> Run:
    """A run in one of the user's threads. Raises NotFound."""
    run = Run.objects.filter(thread__owner=user, id=_text(run_id)).first()
    if run is None:
        raise NotFound
    return run


def message_for(user: User, message_id: object) -> Message:
    """A message in one of the user's threads. Raises NotFound."""
    message = Message.objects.filter(thread__owner=user, id=_text(message_id)).first()
    if message is None:
        raise NotFound
    return message


def approval_for(user: User, approval: object) -> Approval:
    """What one of the user's turns asks, or asked, them: by its id, or by that of its call, the
    newest of it. Raises NotFound.
    """
    id_ = _text(approval)
    found = Approval.objects.filter(
        Q(id=id_) | Q(output=id_),
        user=user,
    ).first()
    if found is None:
        raise NotFound
    return found


def _text(value: object) -> str:
    """An id as the database may be asked for it: PostgreSQL refuses U+0000 in a text."""
    if not isinstance(value, str) or "\x00" in value or len(value) > 64:
        raise NotFound
    return value
