"""A process that ends itself by kill -9 at an exact place, before, within or after one of the
transactions that a run is made of: ``FAULTS_DIES="record_call within 2"`` (the second of them).
``… 2 armed``: the second one after the file ``armed`` is in DATA_DIR.
"""

import functools
import importlib
import itertools
import os
import signal
from typing import Any, NoReturn

from django.conf import settings
from django.db import transaction

# Transaction → the module that looks its name up when it is called: of every run…
OF_RUNS = {
    "start": "giint.engine",
    "_take_up": "giint.engine.claims",
    "_take_over": "giint.engine.claims",
    "open_call": "giint.engine.records",
    "write_texts": "giint.engine.persister",
    "close_with_calls": "giint.engine.records",
    "record_call": "giint.engine.records",
    "close_run": "giint.engine.records",
}
# … and of those that hold objects at a provider.
# … of console messages…
OF_CONSOLE = {"post": "giint.engine", "take": "giint.engine.delivery"}
PLACES = (
    OF_RUNS
    | OF_CONSOLE
    | {
        "name_call": "giint.engine.records",
        "take_or_intend": "agents.remote.records",
        "made": "agents.remote.records",
        "fall_asleep": "agents.remote.records",
        "deleted": "agents.remote.records",
    }
)
WHENS = ("before", "within", "after")  # within: all is written, nothing committed


def arrange(asked: str) -> None:
    """``asked``: which of ``PLACES``, when, and at which of its calls."""
    name, when, at, *armed = asked.split()
    module: Any = importlib.import_module(PLACES[name])
    guarded = getattr(module, name)
    calls = itertools.count(1)

    @functools.wraps(guarded)
    def doomed(*given: Any, **named: Any) -> Any:
        is_armed = not armed or (settings.DATA_DIR / "armed").exists()
        if not is_armed or next(calls) != int(at):
            return guarded(*given, **named)
        if when == "before":
            _die()
        if when == "within":
            with transaction.atomic():
                guarded(*given, **named)
                _die()
        guarded(*given, **named)
        _die()

    setattr(module, name, doomed)


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit  # never reached: nothing of this process runs on
