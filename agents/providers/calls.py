"""``GIINT_DEBUG_ASSISTANTS``: a line for each call about an object that a provider keeps for us.

Method, path, status, milliseconds: no key, no query, no body. docs/manager.md.
"""

import contextlib
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

log = logging.getLogger("giint.assistants")
KEPT = re.compile(
    r"/(assistants|threads|agents|sessions|conversations|files|vector_stores)(/|$)", re.IGNORECASE
)
_ODD = re.compile(r"[^\x21-\x7e]")


@dataclass(slots=True)
class Call:
    """``status``: what was answered; 0 where nothing was."""

    status: int = 0


@contextlib.contextmanager
def logged(method: str, path: str) -> Iterator[Call]:
    """Log the call made inside, if that is asked for and it is about such an object."""
    call, began = Call(), time.monotonic()
    try:
        yield call
    finally:
        if settings.GIINT_DEBUG_ASSISTANTS and KEPT.search(path):
            elapsed = (time.monotonic() - began) * 1000
            path = _ODD.sub("?", path[:300])
            log.info("%s %s: %s, %.0f ms", method, path, call.status or "no answer", elapsed)
