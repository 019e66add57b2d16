"""What a person does with a transcript while it grows: say something, pause it, stop it. Sync; rows
and events together. The tool that writes it looks (``transcripts.tools``).
"""

from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giint.core import ids, journal
from giint.core.errors import GiintError
from giint.core.events import TranscriptHeld, thread_stream
from giint.core.text import clean, units
from transcripts.access import transcript_for
from transcripts.models import Transcript, TranscriptEntry
from transcripts.telling import entered, locked, next_number

LONGEST = 20_000  # UTF-16 units of what is said into a transcript
Hold = Transcript.Hold


@transaction.atomic
def interject(*, user: User, transcript: str, text: str) -> TranscriptEntry:
    """Say something into an open transcript. Raises NotFound, ``transcript_closed``, ``blank``,
    ``text_too_long``.
    """
    text = clean(text).strip()
    if not text:
        raise GiintError("blank")
    if units(text) > LONGEST:
        raise GiintError("text_too_long", f"at most {LONGEST} characters")
    row = _open(user, transcript)
    entry_id = ids.entry_id()
    entry = TranscriptEntry.objects.create(
        id=entry_id,
        transcript=row,
        number=next_number(row),
        key=entry_id,
        kind=TranscriptEntry.Kind.PERSON,
        name=user.get_full_name() or user.get_username(),
        text=text,
        ended=timezone.now(),
    )
    journal.append(*entered(row, entry))
    return entry


@transaction.atomic
def hold(*, user: User, transcript: str, hold: Hold) -> Transcript:
    """Pause it, let it go on, or stop it, which is not taken back. Raises NotFound,
    ``transcript_closed``.
    """
    row = _open(user, transcript)
    if row.hold in (hold, Hold.STOPPED):
        return row
    row.hold = hold
    row.save(update_fields=["hold"])
    event = TranscriptHeld(transcript=row.id, hold=cast(Any, hold.value))
    journal.append(thread_stream(row.thread_id), event)
    return row


def _open(user: User, transcript: str) -> Transcript:
    row = locked(transcript_for(user, transcript).id)
    if row.status != Transcript.Status.OPEN:
        raise GiintError("transcript_closed")
    return row
