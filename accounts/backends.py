"""Signing in by name or by mail address, and what the lock-out counts failures by."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User

LONGEST_NAME = 254  # characters; a mail address is the longest thing people sign in with


def find(name: str) -> User | None:
    """Whoever has that user name, else whoever has that mail address in any case."""
    name = name.strip()[:LONGEST_NAME].replace("\x00", "")
    user = User.objects.filter(username=name).first()
    if user is None and "@" in name:
        user = User.objects.filter(email__iexact=name).first()
    return user


class NameOrEmail(ModelBackend):
    """Django's own backend, for people who remember their address rather than their name."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        user = find(username)
        if user is None:
            User().set_password(password)  # as slow as for a name that is known
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """What failures are counted by: name, address and their spellings of one person are one."""
    name = str((credentials or request.POST).get("username") or "")
    user = find(name)
    return user.get_username() if user else name.strip().lower()[:LONGEST_NAME]
