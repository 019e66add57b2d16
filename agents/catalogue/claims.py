"""Whose turn it is to read an account's list: one caller at a time, and none while it is fresh.

A claim is a conditional update of ``CatalogueSync.claimed``, which says until when it is held. It
is long past the bound of a reading, so whoever finds it expired finds a process that died. Whoever
holds it proves so in every transaction (``hold``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import ProviderKey
from agents.catalogue.accounts import ServerAccount, row_of
from agents.models import CatalogueSync

HOLD = timedelta(minutes=5)  # a list takes 30 s at most, and its rows a few seconds
FAILED = 15  # seconds a failure is not tried again by hand: a page's impatient second press
LIMITED = "upstream_rate_limited"


class Lost(Exception):
    """The claim is somebody else's now, or the key was changed while its server was asked."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write what an account lists, until ``until``."""

    sync: int
    until: datetime
    account: ServerAccount


def claim(account: ServerAccount, *, force: bool = False) -> Claim | None:
    """Take the account, unless somebody reads it now, or its list is fresh.

    ``force``: fresh or not. A server that asked us to wait is not asked before that time.
    """
    row = row_of(account)
    now = timezone.now()
    free = CatalogueSync.objects.filter(
        Q(claimed=None) | Q(claimed__lte=now),
        ~Q(code=LIMITED) | Q(next=None) | Q(next__lte=now),
        id=row.pk,
    )
    if not force:
        free = free.filter(_stale(now))
    until = now + HOLD
    if not free.update(claimed=until, started=now):
        return None
    return Claim(row.pk, until, account)


def _stale(now: datetime) -> Q:
    ttl = settings.GIINT_CATALOGUE_TTL
    good = Q(code="", ended__lte=now - timedelta(seconds=ttl))
    bad = ~Q(code="") & Q(ended__lte=now - timedelta(seconds=min(ttl, FAILED)))
    return Q(ended=None) | good | bad


def hold(held: Claim) -> None:
    """Prove the claim, first thing in a transaction: it locks the row. Raises Lost."""
    row = CatalogueSync.objects.filter(id=held.sync, claimed=held.until)
    if not row.update(claimed=held.until):
        raise Lost
    key = held.account.key
    if key is None:
        return
    same = ProviderKey.objects.filter(
        id=key.id, sealed=bytes(key.sealed), base_url=key.base_url, dialect=key.dialect
    )
    if not same.exists():
        raise Lost


def let_go(held: Claim) -> None:
    """Give the claim back without a result."""
    CatalogueSync.objects.filter(id=held.sync, claimed=held.until).update(claimed=None)
