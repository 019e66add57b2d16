"""Bearer tokens of our own API: ``gnt_`` and 40 letters and digits (238 bits), kept as SHA-256.

A token is shown once, when it is made. It ends when it expires, is revoked, or its person's
password changes.
"""

import hashlib
import secrets
import string
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.access import token_for
from accounts.models import Account, ApiToken, User
from accounts.scopes import SCOPES, Grant
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret
from giint.core.text import clean

PREFIX = "gnt_"
TOKENS = 50  # of one person, that have not ended
LAST_USE = timedelta(minutes=1)  # a busy script would write a row per request otherwise
_LETTERS = string.ascii_letters + string.digits


def is_token(bearer: Secret) -> bool:
    return bearer.reveal().startswith(PREFIX)


def make(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    expires: datetime | None = None,
    actor: User | None = None,
) -> tuple[ApiToken, Secret]:
    """A new token, and the only sight of it. ``actor``: who made it, if not ``user``.

    Raises ``bad_field`` and ``limit_reached``.
    """
    chosen = _checked_scopes(scopes)
    name = _checked_name(name)
    if expires is not None and expires <= timezone.now():
        raise BadField(expires="This is over already.")
    value = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(40))
    with transaction.atomic():
        Account.objects.select_for_update().filter(user=user).first()  # one after another
        if living(user).count() >= TOKENS:
            raise GiintError("limit_reached")
        token = ApiToken.objects.create(
            user=user,
            name=name,
            begins=value[:8],
            digest=_digest(value),
            password_mark=user.get_session_auth_hash(),
            scopes=chosen,
            expires=expires,
        )
        audit.record(
            actor=actor or user,
            owner=user,
            action="made",
            noun="API token",
            object_id=token.id,
            details={"name": name, "scopes": chosen},
        )
    return token, Secret(value)


def revoke(*, user: User, token: str, actor: User | None = None) -> None:
    """End it. Raises NotFound, also for one that was revoked before."""
    with transaction.atomic():
        row = token_for(user, token)
        row.revoked = timezone.now()
        row.save(update_fields=["revoked"])
        audit.record(
            actor=actor or user,
            owner=user,
            action="revoked",
            noun="API token",
            object_id=row.id,
            details={"name": row.name},
        )


def living(user: User) -> QuerySet[ApiToken]:
    """The person's tokens that were not revoked and have not expired, newest first."""
    now = timezone.now()
    return user.api_tokens.filter(Q(expires=None) | Q(expires__gt=now), revoked=None)


def of_bearer(bearer: Secret) -> tuple[User, Grant] | None:
    """Whose token it is and what it may do; None for one that does not open anything."""
    token = ApiToken.objects.select_related("user").filter(digest=_digest(bearer.reveal())).first()
    now = timezone.now()
    if token is None or token.revoked is not None:
        return None
    if token.expires is not None and token.expires <= now:
        return None
    user: User = token.user
    marks = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(token.password_mark, mark) for mark in marks):
        return None
    if not user.is_active:
        return None
    _touch(token, now)
    return user, Grant("token", token.id, frozenset(token.scopes) & SCOPES.keys())


def _touch(token: ApiToken, now: datetime) -> None:
    if token.last_used is None or token.last_used < now - LAST_USE:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    given = set(scopes)
    unknown = sorted(given - SCOPES.keys())
    if unknown:
        raise BadField(scopes=f"There is no scope {unknown[0][:40]!r}; there are {_listed()}.")
    if not given:
        raise BadField(scopes=f"Choose at least one of {_listed()}.")
    return [scope for scope in SCOPES if scope in given]


def _listed() -> str:
    return ", ".join(SCOPES)


def _checked_name(name: str) -> str:
    name = " ".join(clean(name).split())
    if not name:
        raise BadField(name="This cannot be empty.")
    if len(name) > 80:
        raise BadField(name="This is longer than 80 characters.")
    return name
