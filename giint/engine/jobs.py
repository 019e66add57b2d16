"""Work that comes again and again, beside the runs: the table ``GIINT_JOBS`` in settings.

Every process calls every job, each in a thread of its own pool and never twice at once; a job does
its work under a claim of its own (a conditional update), so that one process does it. No broker, no
clock daemon. A job is ``fn(ending)``: sync, and it asks ``ending()`` between two pieces of work.
"""

import asyncio
import contextvars
import logging
import random
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from giint.core.db import in_thread

log = logging.getLogger(__name__)
Job = Callable[[Callable[[], bool]], None]


class Jobs:
    """The jobs of one process, on its event loop. ``look`` is called with every tick."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        # Not all at the start, and processes that start together not all at the same time.
        self._due = {
            name: time.monotonic() + random.uniform(0.1, 1.0) * min(every, 10.0)  # noqa: S311
            for name, (_, every) in settings.GIINT_JOBS.items()
        }

    def look(self) -> None:
        """Begin what is due."""
        now = time.monotonic()
        for name, (path, every) in settings.GIINT_JOBS.items():
            if name in self._under_way or now < self._due.get(name, 0.0) or self._ending.is_set():
                continue
            self._due[name] = now + every
            self._under_way[name] = asyncio.get_running_loop().create_task(
                self._carry_out(name, path), context=contextvars.Context(), name=f"job {name}"
            )

    def close(self) -> None:
        """Begin nothing more; what is under way ends after its piece of work."""
        self._ending.set()

    async def end(self) -> None:
        """Wait for what is under way."""
        self.close()
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()))

    async def _carry_out(self, name: str, path: str) -> None:
        try:
            await in_thread(_call, path, self._ending.is_set)
        except Exception:  # it comes again; the runs of this process go on
            log.exception("the job %s failed", name)
        finally:
            del self._under_way[name]


def _call(path: str, ending: Callable[[], bool]) -> None:
    job: Job = import_string(path)
    job(ending)
