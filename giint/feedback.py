"""What people think of answers: a thumb and a note, with their event."""

from django.db import transaction

from accounts.models import User
from giint.access import message_for
from giint.core import journal
from giint.core.errors import BadField
from giint.core.events import MessageFeedback, thread_stream
from giint.core.text import clean
from giint.models import Feedback, Message

NOTE = 2_000  # characters
JUDGED = (Message.Status.COMPLETE, Message.Status.PARTIAL)


@transaction.atomic
def judge(*, user: User, message: str, thumb: int, note: str = "") -> Feedback:
    """The user's thumb (1 or -1) and words on an answer, in place of earlier ones. Raises NotFound,
    ``bad_field`` with the fields.
    """
    row = message_for(user, message)
    note, wrong = clean(note).strip(), {}
    if row.role != Message.Role.ASSISTANT or row.status not in JUDGED:
        wrong["message"] = "Only an answer that has ended can be judged."
    if thumb not in (1, -1):
        wrong["thumb"] = "A thumb is 1 or -1."
    if len(note) > NOTE:
        wrong["note"] = f"A note has at most {NOTE:,} characters."
    if wrong:
        raise BadField(**wrong)
    feedback, _ = Feedback.objects.update_or_create(
        user=user, message=row, defaults={"thumb": thumb, "note": note}
    )
    event = MessageFeedback(message=row.id, thumb=thumb, note=note)
    journal.append(thread_stream(row.thread_id), event)
    return feedback


@transaction.atomic
def unjudge(*, user: User, message: str) -> None:
    """Take thumb and note back; nothing happens where there is none. Raises NotFound."""
    row = message_for(user, message)
    if Feedback.objects.filter(user=user, message=row).delete()[0]:
        event = MessageFeedback(message=row.id, thumb=0, note="")
        journal.append(thread_stream(row.thread_id), event)
