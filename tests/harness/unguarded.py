"""The application with guards switched off: the control that shows that the harness sees damage.

HARNESS_UNGUARDED names them, with commas: ``persister`` (texts are written whatever has become of
their message, and a closing transaction does not wait for them), ``takeover`` (the message of a
call that was cut short is written on as if nothing had happened). HARNESS_BUSY, in seconds, is how
long texts take to their rows; HARNESS_DEAD, in seconds, is when a silent process is taken for dead:
both with and without the guards.
"""

import asyncio
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.harness.settings")
django.setup()

from giint.core import db  # noqa: E402  (apps must be ready)
from giint.core.events import MessageCreated  # noqa: E402
from giint.core.journal import append_all  # noqa: E402
from giint.engine import claims, persister, records, statements  # noqa: E402
from giint.engine.fence import Claim  # noqa: E402
from giint.engine.persister import Written  # noqa: E402
from giint.engine.records import Opened  # noqa: E402
from giint.models import Message, Run, Step  # noqa: E402

OFF = set(os.environ.get("HARNESS_UNGUARDED", "").split(",")) - {""}
BUSY = float(os.environ.get("HARNESS_BUSY") or 0)


async def busy_db(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The way to a database that takes its time over texts."""
    if fn is persister.write_texts:
        await asyncio.sleep(BUSY)
    return await db.in_db(fn, *args, **kwargs)


@transaction.atomic
def write_whatever_became_of_it(batch: list[Written]) -> int:
    for item in batch:
        Message.objects.filter(id=item.message).update(text=item.text, reasoning=item.reasoning)
    return len(batch)


async def close_without_waiting(
    self: persister.Persister, live: Any, fn: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    try:
        return await busy_db(fn, *args, **kwargs)
    finally:
        self._hub.close(live)


def take_over_as_it_is(claim: Claim) -> tuple[list[Any], bool]:
    """Neither the attempt rises nor is the text dropped, and nobody is told."""
    return [], True


@transaction.atomic
def open_what_is_open(claim: Claim, opened: Opened, *, given: dict[str, Any]) -> None:
    """A message that is there already is written on."""
    run = Run.objects.get(id=claim.run)
    Step.objects.filter(run=run, state=Step.State.OPEN).update(state=Step.State.ABANDONED)
    events: list[Any] = []
    if not Message.objects.filter(id=opened.message).exists():
        message = records._new_message(run, opened)
        events = [(claim.stream, MessageCreated(message=message.row(), head=True))]
    Step.objects.create(
        id=opened.step,
        run=run,
        number=run.steps.count() + 1,
        kind=Step.Kind.MODEL,
        message_id=opened.message,
    )
    if events:
        append_all(*events)


if dead := os.environ.get("HARNESS_DEAD"):
    statements.DEAD = timedelta(seconds=float(dead))
patched: Any = persister
patched.in_db = busy_db
if "persister" in OFF:
    patched.write_texts = write_whatever_became_of_it
    patched.Persister.close = close_without_waiting
if "takeover" in OFF:
    claims._abandon_call = take_over_as_it_is
    records.open_call = open_what_is_open

from giint.asgi import application  # noqa: E402

__all__ = ["application"]
