"""A run outlasts a database that is away for a moment. docs/invariants/run.md.

A transaction whose connection is lost is rolled back and tried again, for a while. If only the
answer to its commit was lost, it was done: whatever is called this way finds that out by the ids it
writes, or is fenced.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
# A server that restarts is back within seconds, one that is replaced by its replica within half a
# minute; who waits longer than this goes home.
PATIENCE = 60.0
FIRST, LONGEST = 0.1, 2.0  # seconds between two tries


async def lasting(
    hop: Callable[..., Awaitable[T]], fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """``await hop(fn, …)``, ``hop`` being ``in_db`` or ``read_db``, again while the database is
    away. Raises one of ``AWAY`` after ``PATIENCE`` seconds.
    """
    until, pause = time.monotonic() + PATIENCE, FIRST
    while True:
        try:
            return await hop(fn, *args, **kwargs)
        except AWAY as error:
            if time.monotonic() > until:
                raise
            log.warning("%s: the database is away (%s)", fn.__name__, type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST)
