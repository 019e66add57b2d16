"""Reading the lists of accounts: several side by side, each with its own outcome.

A server that is slow, broken or gone costs its own account a line and the others nothing. No
transaction is open while a server is asked.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from agents.catalogue.accounts import ServerAccount, account_of, make_rows, sync_of
from agents.catalogue.claims import Claim, Lost, claim, let_go
from agents.catalogue.records import Changes, batches, record
from agents.catalogue.warnings import rewarn
from agents.models import CatalogueSync
from agents.providers import provider_for
from agents.providers.base import Endpoint, Listing
from giint.core.errors import FAILURES, GiintError

log = logging.getLogger(__name__)
SIDE_BY_SIDE = 8  # servers asked at once: threads, each with a loop of its own
CHANGED = "Its key was changed or removed while its server was asked; nothing was written."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one account. ``asked``: its server was asked now, by us; ``busy``: somebody
    else is asking it.

    ``sentence``: why there is no list, or why nobody asked; empty if all is well.
    """

    account: ServerAccount
    asked: bool
    busy: bool = False
    code: str = ""
    sentence: str = ""
    changes: Changes = field(default_factory=Changes)


def sync(
    accounts: Iterable[ServerAccount],
    *,
    force: bool = False,
    ending: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Read the lists of ``accounts``, and give each outcome as it comes.

    ``force``: those too that are fresh. ``ending`` is asked between two groups: no more are begun.
    """
    for group in batches(accounts, SIDE_BY_SIDE):
        if ending():
            return
        claims = [(account, claim(account, force=force)) for account in group]
        yield from (_as_it_is(account) for account, held in claims if held is None)
        yield from _read([held for _, held in claims if held is not None])


def sync_due(ending: Callable[[], bool]) -> None:
    """What the plan of ``GIINT_SYNC_EVERY`` asks for. Any process may call it at any time: an
    account is read by the one that claims it.
    """
    make_rows()
    every = timedelta(hours=settings.GIINT_SYNC_EVERY)
    if not every:
        return
    now = timezone.now()
    due = Q(next=None) | Q(next__lte=now) | Q(code="", ended__lte=now - every)
    rows = CatalogueSync.objects.filter(due).filter(Q(claimed=None) | Q(claimed__lte=now))
    rows = rows.order_by(F("next").asc(nulls_first=True)).select_related("key__user__account")
    accounts = filter(None, map(account_of, rows.iterator(SIDE_BY_SIDE)))
    for outcome in sync(accounts, ending=ending):
        if outcome.asked:
            _log(outcome)


def _log(outcome: Outcome) -> None:
    where, key = outcome.account.server, outcome.account.key
    whose = key.id if key else "the shared account"
    if outcome.code:
        log.warning("models of %s at %s: %s", whose, where, outcome.sentence)
    else:
        log.info("models of %s at %s: %s", whose, where, outcome.changes)


def _read(claims: list[Claim]) -> Iterator[Outcome]:
    if not claims:
        return
    with ThreadPoolExecutor(len(claims), thread_name_prefix="catalogue") as pool:
        asked = {pool.submit(_ask, *_openable(held)): held for held in claims}
        for answer in as_completed(asked):
            yield _written(asked[answer], answer.result())


def _openable(held: Claim) -> tuple[Endpoint | None, Listing]:
    """The endpoint, made here because a key is opened with a look into the database; or why there
    is none.
    """
    try:
        provider_for(held.account.dialect)
        return held.account.endpoint(), Listing()
    except GiintError as error:
        return None, Listing(error.code, error.detail)


def _ask(endpoint: Endpoint | None, refused: Listing) -> Listing:
    """In a thread of its own, without the database."""
    if endpoint is None:
        return refused
    try:
        return provider_for(endpoint.dialect).models(endpoint)
    except Exception:
        log.exception("the list of models of %s could not be read", endpoint.base_url)
        return Listing("internal")


def _written(held: Claim, listing: Listing) -> Outcome:
    try:
        changes = record(held, listing)
    except Lost:
        let_go(held)
        return Outcome(held.account, True, code="internal", sentence=CHANGED)
    if listing.code:
        sentence = _sentence(listing.code, listing.detail)
        return Outcome(held.account, True, code=listing.code, sentence=sentence)
    rewarn(held.account)
    return Outcome(held.account, True, changes=changes)


def _as_it_is(account: ServerAccount) -> Outcome:
    """What an account's last reading gave; nobody asked again."""
    row = sync_of(account)
    if row is None:
        return Outcome(account, False)
    listed = Changes(listed=row.models_listed)
    busy = row.claimed is not None and row.claimed > timezone.now()
    return Outcome(account, False, busy, row.code, sentence_of(row), listed)


def sentence_of(row: CatalogueSync) -> str:
    """The last error in words; empty where there is none."""
    return _sentence(row.code, row.detail) if row.code else ""


def _sentence(code: str, detail: str) -> str:
    if code not in FAILURES:
        return code
    return GiintError(code, detail).sentence
