"""After a run: what it held at a provider is put to sleep, beside whatever runs next. What this
process does not get done, the sweep does. docs/remote.md.
"""

import asyncio
import contextvars
import logging

from agents.remote import holding
from agents.remote.sleep import sleep
from giint.core.db import in_thread

log = logging.getLogger(__name__)
PATIENCE = 5.0  # seconds that the end of the process waits


class Sleeps:
    """The ends of wakes that are under way in this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, run: str) -> None:
        task = asyncio.get_running_loop().create_task(
            self._sleep(run), context=contextvars.Context(), name=f"sleep {run}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Wait for them, for a moment."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=PATIENCE)
        await holding.settled(PATIENCE)

    async def _sleep(self, run: str) -> None:
        try:
            await in_thread(sleep, run)
        except Exception:  # the sweep finds what is left
            log.exception("what run %s held could not be put to sleep", run)
