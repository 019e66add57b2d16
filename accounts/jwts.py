"""JSON web tokens, for programs that sign in by password: a short one to come with, and a longer
one to get the next pair by, each used once.

Signing and checking are ``djangorestframework-simplejwt``'s; what is listed about the longer ones
is their ids, not the tokens.
"""

from typing import Any

from django.db import transaction
from django.utils.functional import cached_property
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, BlacklistMixin, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch

from accounts.models import User
from accounts.scopes import PERSON, SCOPES, Grant
from giint.core.errors import GiintError
from giint.core.secrets import Secret

REFUSED = (InvalidToken, TokenError, AuthenticationFailed)


class Refresh(RefreshToken):
    """A refresh token whose row holds no token: who reads the database gets none."""

    @classmethod
    def for_user(cls, user: Any) -> "Refresh":
        token: Refresh = super(BlacklistMixin, cls).for_user(user)
        token.outstand()
        return token

    def outstand(self) -> Any:
        return OutstandingToken.objects.get_or_create(
            jti=self["jti"],
            defaults={
                "user_id": int(self["user_id"]),
                "token": "",
                "created_at": self.current_time,
                "expires_at": datetime_from_epoch(self["exp"]),
            },
        )

    def blacklist(self) -> Any:
        self.outstand()
        return super().blacklist()

    @cached_property
    def pair(self) -> dict[str, str]:
        return {"access": str(self.access_token), "refresh": str(self)}


def issue(*, user: User) -> dict[str, str]:
    """``{"access", "refresh"}`` for somebody who has shown their password."""
    with transaction.atomic():
        return Refresh.for_user(user).pair


def renew(refresh: Secret) -> dict[str, str]:
    """The next pair; ``refresh`` is used up. Raises ``token_refused``."""
    with transaction.atomic():
        user = _spend(refresh)
        return Refresh.for_user(user).pair


def withdraw(refresh: Secret) -> None:
    """Use ``refresh`` up and give nothing for it. Raises ``token_refused``."""
    with transaction.atomic():
        _spend(refresh)


def of_bearer(bearer: Secret) -> tuple[User, Grant] | None:
    """Whose access token it is; None for one that does not open anything."""
    user = _user(AccessToken, bearer)
    return user and (user[0], Grant("jwt", user[1]["jti"], frozenset({*SCOPES, PERSON})))


def _spend(refresh: Secret) -> User:
    found = _user(Refresh, refresh)
    if found is None:
        raise GiintError("token_refused")
    user, token = found
    _, is_first = token.blacklist()
    if not is_first:  # the same one at the same moment, on another connection
        raise GiintError("token_refused")
    return user


def _user(kind: type[Token], bearer: Secret) -> tuple[User, Any] | None:
    """Active, and with the password that the token was made under."""
    try:
        token = kind(bearer.reveal())  # type: ignore[arg-type]
        user = JWTAuthentication().get_user(token)
    except (*REFUSED, ValueError, OverflowError):
        return None
    return (user, token) if isinstance(user, User) else None
