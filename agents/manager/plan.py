"""The plan: current assistants that are older than their interval are followed by new ones.

Any process may call it at any time; an account is refreshed by the one that claims it.
"""

import logging
from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone

from agents.manager.claims import HOLD
from agents.manager.services import refresh
from agents.models import AssistantManager, RemoteAssistant
from agents.remote import records
from giint.core.errors import GiintError

log = logging.getLogger(__name__)


def refresh_due(ending: Callable[[], bool]) -> None:
    """The job ``refresh assistants``."""
    _forget_lost_intents()
    now = timezone.now()
    due = AssistantManager.objects.filter(next__lte=now, key__isnull=False, user__is_active=True)
    free = due.filter(Q(claimed=None) | Q(claimed__lte=now)).order_by("next")
    for manager in free.select_related("user"):
        if ending():
            return
        _refresh(manager)


def _refresh(manager: AssistantManager) -> None:
    """Who may not manage any more keeps what is there, and is not asked about again."""
    try:
        made = refresh(user=manager.user, key=manager.key_id, still=_is_due)
    except GiintError as error:
        if error.code == "manager_busy":  # another process is at it, or has just done it
            return
        log.warning("assistant of %s: %s", manager.key_id, error.sentence)
        if error.code in ("manage_refused", "manager_unneeded"):
            AssistantManager.objects.filter(pk=manager.pk).update(
                next=None, code=error.code, detail=error.detail[:300]
            )
    else:
        log.info("assistant of %s: %s after %s", manager.key_id, made.id, made.previous or "none")


def _is_due(manager: AssistantManager) -> bool:
    return manager.next is not None and manager.next <= timezone.now()


def _forget_lost_intents() -> None:
    """A process that died between an intent and its answer: whether the object is there is for the
    sweep to find out.
    """
    lost = RemoteAssistant.objects.filter(
        purpose=RemoteAssistant.Purpose.MANAGED,
        made=None,
        released=None,
        deleted=None,
        intended__lte=timezone.now() - HOLD,
    )
    records.release(lost)
