"""Whose turn it is to make an account's next assistant: one caller at a time.

A claim is a conditional update of ``AssistantManager.claimed``, which says until when it is held:
long past the bound of a create and its retries, so whoever finds it over finds a process that died.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from agents.models import AssistantManager
from giint.core.errors import GiintError

HOLD = timedelta(minutes=5)  # three creates of 30 s, and the waits between


@contextlib.contextmanager
def claimed(manager: AssistantManager) -> Iterator[datetime]:
    """Hold the account for what is done inside. Raises ``manager_busy``."""
    now = timezone.now()
    until = now + HOLD
    free = AssistantManager.objects.filter(Q(claimed=None) | Q(claimed__lte=now), pk=manager.pk)
    if not free.update(claimed=until):
        raise GiintError("manager_busy")
    try:
        yield until
    finally:
        AssistantManager.objects.filter(pk=manager.pk, claimed=until).update(claimed=None)


def prove(manager: AssistantManager, until: datetime) -> None:
    """First thing in a transaction that writes what was done: it locks the row.

    Raises ``manager_busy`` where the claim ran out and is somebody else's now.
    """
    if not AssistantManager.objects.filter(pk=manager.pk, claimed=until).update(claimed=until):
        raise GiintError("manager_busy")


def is_busy(manager: AssistantManager) -> bool:
    return manager.claimed is not None and manager.claimed > timezone.now()
