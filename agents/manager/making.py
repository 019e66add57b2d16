"""What the manager asks a server for, with patience: an object made, read, changed, let go of.

Making goes through the ledger: an intent first, the id after it, so that whatever is lost between
is found by the sweep. No transaction is open while a server is asked. docs/remote.md.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from agents.manager.config import body
from agents.manager.fields import Config
from agents.manager.sites import Site
from agents.models import RemoteAssistant
from agents.providers.stateful import Object, Reply
from agents.remote import records
from agents.remote.deleting import Ended, delete_all
from agents.remote.places import Place
from giint.core.errors import FAILURES, GiintError

CREATED_BY = "giint"
PAUSES = (0.5, 2.0)  # seconds before a second and a third try
PATIENCE = 5.0  # a server that asks us to wait for longer is asked by the plan, or by hand


class Refused(GiintError):
    """What a server, or the way to it, said no with. ``after``: seconds it asked us to wait."""

    def __init__(self, reply: Reply) -> None:
        wait = f"it asks for {reply.after:.0f} s" if reply.after else ""
        said = "; ".join(text for text in (reply.detail, wait) if text)
        super().__init__(reply.code if reply.code in FAILURES else "internal", said)
        self.after = reply.after


def patient(ask: Callable[[], Reply], *, once: bool = False) -> Reply:
    """``ask``, and again after a failure that may pass by itself. ``once``: what may have been done
    is not asked for twice.
    """
    for pause in PAUSES:
        reply = ask()
        if not reply.code or (once and reply.doubtful) or not _passes(reply):
            return reply
        time.sleep(pause if reply.after is None else reply.after)
    return ask()


def _passes(reply: Reply) -> bool:
    soon = reply.after is None or reply.after <= PATIENCE
    return soon and reply.code in FAILURES and FAILURES[reply.code].again


def marks(number: int) -> dict[str, str]:
    """What of the metadata says where it is from, beside the ledger's tags."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"created_by": CREATED_BY, "created_at": now, "version": str(number)}


def make(site: Site, config: Config, number: int) -> RemoteAssistant:
    """One more at the provider, held by its row. Raises Refused, ``key_unreadable``."""
    place = Place.of(site.key)
    made: list[RemoteAssistant] = []

    def create() -> Reply:
        row = records.intend(key=site.key, kind=site.kind, purpose=RemoteAssistant.Purpose.MANAGED)
        sent = body(config, site.key.dialect, row.tags | marks(number))
        reply = _created(place, site, row, sent)
        made[:] = [row]
        return reply

    reply = patient(create, once=True)
    if reply.code:
        raise Refused(reply)
    made[0].refresh_from_db()
    return made[0]


def _created(place: Place, site: Site, row: RemoteAssistant, sent: dict[str, Any]) -> Reply:
    """Ask once, and write what came of it."""
    try:
        reply = place.keeper.create(place.endpoint, site.kind, sent)
    except BaseException:
        records.in_doubt(row.id, "internal")
        raise
    if reply.code:
        note = records.in_doubt if reply.doubtful else records.refused
        note(row.id, reply.code, reply.detail)
    elif not reply.objects:
        reply = Reply("upstream_malformed", "it named no id", doubtful=True)
        records.in_doubt(row.id, reply.code, reply.detail)
    else:
        records.made(row.id, reply.objects[0].id, reply.objects[0].raw)
    return reply


def look(site: Site, remote_id: str) -> Reply:
    """One as its server tells of it now. Raises ``key_unreadable``."""
    place = Place.of(site.key)
    return patient(lambda: place.keeper.fetch(place.endpoint, site.kind, remote_id))


def all_of(site: Site) -> Reply:
    """Everything of the kind in the account. Raises ``key_unreadable``."""
    place = Place.of(site.key)
    return patient(lambda: place.keeper.inventory(place.endpoint, site.kind))


def changed(
    site: Site, row: RemoteAssistant, config: Config, number: int, cleared: Iterable[str]
) -> Object:
    """Make ``row``'s object say ``config``. Raises Refused, ``key_unreadable``."""
    endpoint = Place.of(site.key).endpoint
    sent = dict.fromkeys(cleared) | body(config, site.key.dialect, row.tags | marks(number))
    # With the SDK, which a server loads no sooner than somebody needs it.
    from agents.providers.changing import change

    reply = patient(lambda: change(endpoint, site.kind, row.remote_id, sent))
    if reply.code:
        raise Refused(reply)
    RemoteAssistant.objects.filter(pk=row.pk).update(snapshot=reply.objects[0].raw)
    return reply.objects[0]


def let_go(
    site: Site, rows: list[RemoteAssistant], progress: Callable[[int], None] = lambda done: None
) -> Ended:
    """Nobody wants these any more: they are deleted now, or by the sweep when that can be."""
    records.release(RemoteAssistant.objects.filter(pk__in=[row.pk for row in rows]))
    return delete_all(site.key, rows, force=True, progress=progress)
