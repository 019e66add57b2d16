"""What an account lists, written to rows: insert, update, mark as gone; never delete.

At most ``BATCH`` rows change in one transaction. Writing the same list twice changes nothing but
the time at which it was seen.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from agents.catalogue.claims import LIMITED, Claim, hold
from agents.models import CatalogueEntry, CatalogueSync, LanguageModel
from agents.providers.base import Listed, Listing
from giint.core.errors import FAILURES
from giint.core.text import clean

BATCH = 500
SYNCED = ("owned_by", "released", "shutdown_date")
# A server's word for these is taken where nobody has written any.
OFFERED = ("name", "description", "context_window", "max_output")
WAIT = 60  # seconds until a server is asked again that limits us and does not say how long
LONGEST_WAIT = 86_400
RETRY = timedelta(hours=1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changes:
    """How many models of an account: on its list; new, changed, back and gone since the last
    one.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    back: int = 0
    gone: int = 0


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def record(held: Claim, listing: Listing) -> Changes:
    """Write what reading gave and let go of the claim. Raises Lost."""
    if listing.code:
        with transaction.atomic():
            hold(held)
            _close(held, listing)
        return Changes()
    count: Counter[str] = Counter(listed=len(listing.models))
    now = timezone.now()
    models = sorted(listing.models, key=lambda one: one.id)  # one order for all: no deadlock
    for batch in batches(models):
        with transaction.atomic():
            hold(held)
            count += _write(held, batch, now)
    for missing in batches(_missing(held, {one.id for one in models})):
        with transaction.atomic():
            hold(held)
            count["gone"] += _mark_gone(held, missing, now)
    with transaction.atomic():
        hold(held)
        _close(held, listing)
    return Changes(**count)


def _write(held: Claim, batch: list[Listed], now: datetime) -> Counter[str]:
    """One batch of the list: the models' rows and this account's entries."""
    server = held.account.server
    ids = [one.id for one in batch]
    at_server = LanguageModel.objects.filter(server=server, model_id__in=ids)
    # Held until the commit: another account of this server may be marking the same ones as gone.
    before = {row.model_id: row for row in at_server.select_for_update().order_by("model_id")}
    fresh = [_filled(LanguageModel(server=server, model_id=one.id), one) for one in batch]
    new = [row for row in fresh if row.model_id not in before]
    LanguageModel.objects.bulk_create(new, ignore_conflicts=True)
    changed = [row for one in batch if (row := before.get(one.id)) and _differs(row, one)]
    LanguageModel.objects.bulk_update(changed, [*SYNCED, *OFFERED])
    at_server.update(seen=now, gone=None)
    entered, back = _enter(held, list(at_server.values_list("pk", flat=True)))
    return Counter(new=entered, changed=len(changed), back=back)


def _differs(row: LanguageModel, one: Listed) -> bool:
    names = (*SYNCED, *OFFERED)
    before = [getattr(row, name) for name in names]
    return before != [getattr(_filled(row, one), name) for name in names]


def _filled(row: LanguageModel, one: Listed) -> LanguageModel:
    for name in SYNCED:
        setattr(row, name, getattr(one, name))
    for name in OFFERED:
        if not getattr(row, name):
            setattr(row, name, getattr(one, name))
    return row


def _enter(held: Claim, models: list[str]) -> tuple[int, int]:
    """Entries of these models: how many were made, how many were gone and are back."""
    entries = CatalogueEntry.objects.filter(sync=held.sync, language_model__in=models)
    known = set(entries.values_list("language_model", flat=True))
    new = [
        CatalogueEntry(sync_id=held.sync, language_model_id=pk) for pk in models if pk not in known
    ]
    CatalogueEntry.objects.bulk_create(new, ignore_conflicts=True)
    return len(new), entries.filter(gone__isnull=False).update(gone=None)


def _missing(held: Claim, listed: set[str]) -> list[str]:
    """The models that this account listed and does not list now; and those of its server that no
    account lists any more, since the one that did was removed.
    """
    mine = CatalogueEntry.objects.filter(sync=held.sync, gone=None)
    rows = list(mine.values_list("language_model", "language_model__model_id"))
    orphans = LanguageModel.objects.filter(
        ~Exists(CatalogueEntry.objects.filter(language_model=OuterRef("pk"))),
        server=held.account.server,
        seen__isnull=False,
        gone=None,
    )
    rows += list(orphans.values_list("pk", "model_id"))
    return sorted(pk for pk, model_id in rows if model_id not in listed)


def _mark_gone(held: Claim, models: list[str], now: datetime) -> int:
    rows = LanguageModel.objects.filter(pk__in=models)
    list(rows.select_for_update().order_by("model_id"))  # whoever lists one of them is waited for
    mine = CatalogueEntry.objects.filter(sync=held.sync, language_model__in=models, gone=None)
    gone = mine.update(gone=now)
    elsewhere = CatalogueEntry.objects.filter(language_model=OuterRef("pk"), gone=None)
    rows.filter(~Exists(elsewhere), gone=None).update(gone=now)
    return gone


def _close(held: Claim, listing: Listing) -> None:
    """The result, when it is next, and the claim given back."""
    now = timezone.now()
    result: dict[str, Any] = {
        "ended": now,
        "claimed": None,
        "code": listing.code,
        "detail": clean(listing.detail)[:300],
        "next": _next(listing, now),
    }
    if not listing.code:
        result["models_listed"] = len(listing.models)
    CatalogueSync.objects.filter(id=held.sync).update(**result)


def _next(listing: Listing, now: datetime) -> datetime | None:
    """By the plan; sooner after what may pass by itself; later where the server asks for it."""
    every = timedelta(hours=settings.GIINT_SYNC_EVERY)
    if listing.code == LIMITED:
        wait = WAIT if listing.after is None else listing.after
        return now + timedelta(seconds=min(wait, LONGEST_WAIT))
    if not every:
        return None
    passes = bool(listing.code) and FAILURES[listing.code].again
    return now + (min(every, RETRY) if passes else every)
