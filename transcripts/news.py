"""What is new for a person since they last looked: transcripts and tool outputs of turns that have
ended, console messages that were posted. Sync; the counts and their event together.

They are counted where they come, on the person's one row, and not by looking through what is
there: so every page has the same numbers, a page that follows none of the threads too, and a turn
that called no tool costs nothing. What is deleted afterwards is not taken back; looking ends it.
"""

from collections.abc import Collection
from typing import Literal

from django.db import transaction
from django.db.models import Count, F, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import account_for
from accounts.models import User
from giint.core import journal
from giint.core.events import NewCounted, user_stream
from giint.core.prepared import Given, Update
from transcripts.models import ToolOutput, Transcript, Unseen

Kind = Literal["transcripts", "tool_outputs", "console"]
KINDS: tuple[Kind, ...] = ("transcripts", "tool_outputs", "console")
_OF_TURN = (
    Transcript.objects.filter(run=Given("run"))
    .order_by()
    .values("run")
    .annotate(count=Count("id"))
    .values("count")
)
_OWNER = ToolOutput.objects.filter(run=Given("run")).order_by().values("user")
_ENDED = Update(
    lambda: Unseen.objects.filter(user__in=_OWNER),
    transcripts=F("transcripts") + Coalesce(Subquery(_OF_TURN), 0),
    tool_outputs=F("tool_outputs") + Given("outputs"),
)


def turn_ended(run: str, outputs: int) -> NewCounted:
    """A turn that called tools so often is over, inside the caller's transaction. Returns the event
    for its person's stream.
    """
    if not (now := _ENDED.rows(run=run, outputs=outputs)):
        owner = ToolOutput.objects.filter(run=run).values_list("user", flat=True)[0]
        Unseen.objects.bulk_create([Unseen(user_id=owner)], ignore_conflicts=True)
        now = _ENDED.rows(run=run, outputs=outputs)
    return NewCounted(new=now[0].row())


def posted(user: User) -> NewCounted:
    """A console message was posted to the person, inside the caller's transaction. Returns the
    event for their stream.
    """
    row = _locked(user)
    row.console += 1
    row.save(update_fields=["console"])
    return NewCounted(new=row.row())


def news_of(user: User) -> Unseen:
    """Their counts, and when they last looked."""
    return Unseen.objects.filter(user=user).first() or Unseen(user=user)


@transaction.atomic
def looked(*, user: User, kinds: Collection[Kind]) -> Unseen:
    """The person has looked at these kinds: nothing of them is new until more comes."""
    account = account_for(user)
    row = _locked(user)
    before = row.row()
    for kind in kinds:
        setattr(row, kind, 0)
        setattr(row, f"{kind}_looked", timezone.now())
    row.save()
    if row.row() != before:
        journal.append(user_stream(account.id), NewCounted(new=row.row()))
    return row


def _locked(user: User) -> Unseen:
    """The person's row, made if there is none: whoever counts or looks waits here in turn."""
    Unseen.objects.bulk_create([Unseen(user=user)], ignore_conflicts=True)
    return Unseen.objects.select_for_update().get(user=user)
