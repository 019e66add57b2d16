"""Who asks: the one place that turns a request or a socket into a person, or out of one again.

All functions are sync; a socket calls them through ``giint.core.db.read_db``.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import jwts, tokens
from accounts.access import account_for
from accounts.models import User
from accounts.scopes import Grant
from giint.core.errors import GiintError
from giint.core.prepared import Among, Values
from giint.core.secrets import Secret

if TYPE_CHECKING:
    from rest_framework.request import Request

# Asked twice a second for everybody who is connected.
_ACTIVE = Among(
    lambda ids: (
        User.objects.filter(pk__in=ids, is_active=True)
        .order_by()
        .values_list("pk", "password", "account__access_version")
    ),
    Values,
)
_SESSIONS = Among(
    lambda keys: (
        Session.objects.filter(session_key__in=keys)
        .order_by()
        .values_list("session_key", "expire_date")
    ),
    Values,
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A socket's rights as it was let in. It never prints: a session key opens the account."""

    user_id: int
    session_key: str
    access_version: int
    auth_hash: str

    def __repr__(self) -> str:
        return f"Connection(user_id={self.user_id})"


def principal(request: "HttpRequest | Request", *, needs: str | None = None) -> User:
    """Who sent ``request``, by session or by bearer, with the scope ``needs`` if one is named.

    Raises GiintError ``signed_out`` for nobody and for who is shut out; ``token_refused`` for a
    bearer that may not do this.
    """
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        raise GiintError("signed_out")
    grant = getattr(request, "auth", None)
    if needs is not None and isinstance(grant, Grant) and needs not in grant.scopes:
        raise GiintError("token_refused")
    return user


def holder(bearer: Secret) -> tuple[User, Grant]:
    """Whose ``bearer`` this is and what it may do: a ``gnt_`` token, or else a JWT.

    Raises GiintError ``token_refused``, alike for one that is unknown, expired, revoked, from
    before the last change of password, or of somebody who is shut out.
    """
    found = tokens.of_bearer(bearer) if tokens.is_token(bearer) else jwts.of_bearer(bearer)
    if found is None or not found[0].is_active:
        raise GiintError("token_refused")
    return found


def principal_of_scope(scope: Mapping[str, Any]) -> User | None:
    """Who opened the socket of this ASGI ``scope``, by its session cookie; None for nobody."""
    found = connection_of_scope(scope)
    return found[0] if found else None


def connection_of_scope(scope: Mapping[str, Any]) -> tuple[User, Connection] | None:
    """Who opened the socket, and what ``lost`` is asked about while it lives."""
    cookie = _cookies(scope).get(settings.SESSION_COOKIE_NAME)
    if not cookie:
        return None
    user = _user_of(_store(cookie))
    if user is None:
        return None
    return user, Connection(
        user_id=user.pk,
        session_key=cookie,
        access_version=account_for(user).access_version,
        auth_hash=user.get_session_auth_hash(),
    )


def lost(connections: Iterable[Connection]) -> set[Connection]:
    """Which of them have no right to be connected any more, in two queries for all.

    Lost is: deactivated or deleted; signed out (the session's row is gone or expired); password
    changed; ``access_version`` raised.
    """
    held = set(connections)
    if not held:
        return set()
    rights = {
        pk: (version, _auth_hash(password))
        for pk, password, version in _ACTIVE.all([*{one.user_id for one in held}])
    }
    now = timezone.now()
    sessions = {
        key for key, ends in _SESSIONS.all([*{one.session_key for one in held}]) if ends > now
    }
    return {
        one
        for one in held
        if one.session_key not in sessions
        or rights.get(one.user_id) != (one.access_version, one.auth_hash)
    }


@functools.lru_cache(maxsize=4096)
def _auth_hash(password: str) -> str:
    # Ten microseconds each, twice a second for everybody connected: remembered.
    return User(password=password).get_session_auth_hash()


def _user_of(session: SessionBase) -> User | None:
    """As ``django.contrib.auth.get_user``, but with no new session key: a socket sets no cookie."""
    backend = session.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    # The backend knows nobody who is inactive.
    user = load_backend(backend).get_user(session[SESSION_KEY])
    if not isinstance(user, User):
        return None
    held = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user if any(constant_time_compare(held, one) for one in hashes) else None


def _store(cookie: str) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(cookie)
    return store


def _cookies(scope: Mapping[str, Any]) -> dict[str, str]:
    jar = SimpleCookie()
    for name, value in scope.get("headers", []):
        if name == b"cookie":
            try:
                jar.load(value.decode("latin-1"))
            except CookieError:
                continue
    return {name: morsel.value for name, morsel in jar.items()}
