"""The only way an interface gets models and readings: those of a person's own accounts."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.access import key_for
from accounts.models import User
from accounts.source import shared_admits
from agents.catalogue.accounts import SHARED, ServerAccount, accounts_of, server_of
from agents.models import CatalogueEntry, CatalogueSync, LanguageModel


def accounts_for(user: User, key: str | None = None) -> list[ServerAccount]:
    """The accounts that may answer for ``user``, or the one of a key of theirs. Raises NotFound."""
    return accounts_of(user) if key is None else [ServerAccount(key_for(user, key))]


def syncs_for(user: User, key: str | None = None) -> list[CatalogueSync]:
    """How the lists of their accounts were read, in the order of the accounts; those of a key
    that has moved are not. Raises NotFound.
    """
    if key is not None:
        key_for(user, key)
    rows = CatalogueSync.objects.filter(key__user=user).select_related("key")
    rows = rows.filter(key=key) if key is not None else rows
    rows = rows.order_by("-key__default", "key__created")
    own = [row for row in rows if row.key and row.server == server_of(row.key.base_url)]
    if key is not None or not shared_admits(user):
        return own
    return [*own, *CatalogueSync.objects.filter(key=None, server=SHARED.server)]


def models_for(user: User, key: str | None = None) -> QuerySet[LanguageModel]:
    """The models that their accounts list or listed. Others may see others at the same server.

    Each row has ``is_listed``, and ``unlisted``: since when none of these accounts lists it. Raises
    NotFound.
    """
    syncs = [row.pk for row in syncs_for(user, key)]
    entries = CatalogueEntry.objects.filter(sync__in=syncs, language_model=OuterRef("pk"))
    return LanguageModel.objects.filter(Exists(entries)).annotate(
        is_listed=Exists(entries.filter(gone=None)),
        unlisted=Subquery(entries.order_by("-gone").values("gone")[:1]),
    )
