"""What changes about people themselves: sign-up, approval, rights.

Each change of rights raises ``access_version``, which live sockets notice.
"""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit
from accounts.access import account_for
from accounts.models import Account, User
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret

logger = logging.getLogger(__name__)


def sign_up(*, username: str, email: str, password: Secret) -> User:
    """A new person, as ``GIINT_SIGNUP`` has it: signed up at once, or inactive until approved.

    The caller has judged the fields. Raises ``signup_closed``, and ``bad_field`` if somebody took
    the name or the address in the meantime.
    """
    if settings.GIINT_SIGNUP == "closed":
        raise GiintError("signup_closed")
    is_open = settings.GIINT_SIGNUP == "open"
    now = timezone.now()
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, email, password.reveal(), is_active=is_open)
            Account.objects.create(user=user, applied=now, approved=now if is_open else None)
            if not is_open:
                transaction.on_commit(lambda: _tell_staff(user))
    except IntegrityError:
        raise BadField(username="Somebody has this name or address already.") from None
    return user


def approve(*, user: User, actor: User | None = None) -> bool:
    """Let somebody in who signed up; they are told by mail. False if they were not waiting."""
    with transaction.atomic():
        account_for(user)
        waiting = Account.objects.filter(user=user, applied__isnull=False, approved__isnull=True)
        if not waiting.update(approved=timezone.now(), access_version=F("access_version") + 1):
            return False
        User.objects.filter(pk=user.pk).update(is_active=True)
        _audit(user, actor, {"approved": True})
        transaction.on_commit(lambda: _mail("approved", user))
    user.is_active = True
    return True


def deactivate(*, user: User, actor: User | None = None) -> None:
    """Shut somebody out: no new requests, and their sockets close within two seconds."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        rights_changed(user=user, actor=actor, details={"is_active": False})
    user.is_active = False


def rights_changed(
    *, user: User, actor: User | None = None, details: dict[str, Any] | None = None
) -> None:
    """Somebody's rights are not what they were: whoever is connected has to come in anew.

    ``details``: right → what it is now, for the audit.
    """
    with transaction.atomic():
        account_for(user)
        Account.objects.filter(user=user).update(access_version=F("access_version") + 1)
        _audit(user, actor, details or {})


def _audit(user: User, actor: User | None, details: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        owner=user,
        action="changed",
        noun="rights",
        object_id=account_for(user).id,
        details={"of": user.get_username(), **details},
    )


def _tell_staff(applicant: User) -> None:
    for admin in User.objects.filter(is_superuser=True, is_active=True).exclude(email=""):
        _mail("applied", admin, applicant=applicant)


def _mail(name: str, user: User, **context: object) -> None:
    """Send the mail of that name. One that fails is logged: the deed it tells of is done."""
    context |= {"user": user, "address": settings.GIINT_ORIGINS[0]}
    subject = render_to_string(f"accounts/mail/{name}_subject.txt", context)
    text = render_to_string(f"accounts/mail/{name}.txt", context)
    try:
        send_mail(" ".join(subject.split()), text, None, [user.email])
    except (OSError, SMTPException) as error:
        logger.warning("The mail %r to %s was not sent: %s", name, user.pk, error)
