"""What changes about a person's keys and page state: rows and events in one transaction each."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, sealing
from accounts.access import account_for, key_for
from accounts.models import Account, ProviderKey, UiState, User
from accounts.source import account_row
from accounts.state import StateConflict, checked_patch, patched
from giint.core import journal
from giint.core.errors import BadField, GiintError
from giint.core.events import KeysChanged, StateChanged, user_stream
from giint.core.net import check_url
from giint.core.secrets import Secret
from giint.core.text import clean

KEYS = 50  # per person
KEY_LENGTH = 4096  # characters; the longest in use (cloud access tokens) are near 2,000
_PRINTABLE = re.compile(r"[\x21-\x7e]*")  # what an HTTP header can carry


def dialects() -> dict[str, str]:
    """The dialects a key can be for: name → label. The offline model needs none."""
    return {
        name: label for name, (label, _) in settings.GIINT_PROVIDERS.items() if name != "offline"
    }


def open_account(*, user: User) -> Account:
    """The account of ``user``, made if there is none."""
    with transaction.atomic():
        return account_for(user)


# --- keys ----------------------------------------------------------------------------------------


def add_key(
    *,
    user: User,
    label: str,
    base_url: str,
    secret: Secret,
    dialect: str = "responses",
    model: str = "",
    default: bool = False,
) -> ProviderKey:
    """A new key; the first one becomes the default.

    Raises ``bad_field``, ``address_refused``, ``unknown_dialect``, ``limit_reached``.
    """
    base_url = _checked_url(base_url)
    with transaction.atomic():
        account = _lock(user)
        count = user.provider_keys.count()
        if count >= KEYS:
            raise GiintError("limit_reached")
        key = ProviderKey(
            user=user,
            label=_text("label", label, 80),
            dialect=_checked_dialect(dialect),
            base_url=base_url,
            model=_text("model", model, 120, blank=True),
            default=default or not user.provider_keys.filter(default=True).exists(),
        )
        key.seal(_checked_secret(secret))
        _yield_default(key)
        key.save(force_insert=True)
        _audit(key, user, "added")
        _announce_keys(account)
    return key


def change_key(
    *,
    user: User,
    key: str,
    label: str | None = None,
    dialect: str | None = None,
    base_url: str | None = None,
    model: str | None = None,
    secret: Secret | None = None,
    default: bool | None = None,
) -> ProviderKey:
    """Change what is given. An empty ``secret`` keeps the key; another host needs it anew.

    Raises NotFound, ``bad_field``, ``address_refused``.
    """
    with transaction.atomic():
        account = _lock(user)
        row = key_for(user, key)
        before = _audited(row)
        if label is not None:
            row.label = _text("label", label, 80)
        if model is not None:
            row.model = _text("model", model, 120, blank=True)
        if default is not None:
            _choose_default(row, default)
        if _change_server(row, dialect=dialect, base_url=base_url, secret=secret):
            row.checked, row.check_code, row.check_detail = None, "", ""
        _yield_default(row)
        row.save()
        changed = [name for name, value in _audited(row).items() if before[name] != value]
        _audit(row, user, "changed", changed=[*changed, *(["key"] if secret else [])])
        _announce_keys(account)
    return row


def remove_key(*, user: User, key: str, actor: User | None = None) -> None:
    """Remove it; the oldest of the others becomes the default if it was. ``actor``: who does it, if
    not ``user``. Raises NotFound.
    """
    with transaction.atomic():
        account = _lock(user)
        row = key_for(user, key)
        _audit(row, actor or user, "removed")
        row.delete()
        if row.default:
            heir = user.provider_keys.order_by("created", "id").first()
            if heir is not None:
                heir.default = True
                heir.save(update_fields=["default"])
        _announce_keys(account)


def record_check(*, key: ProviderKey, code: str, detail: str = "") -> ProviderKey:
    """Write what trying ``key`` gave; an empty ``code`` means that it works.

    ``key`` is the row as it was when the try began. One that was replaced meanwhile is not judged
    by its predecessor.
    """
    with transaction.atomic():
        account = _lock(key.user)
        key.checked, key.check_code, key.check_detail = timezone.now(), code, clean(detail)[:300]
        same = ProviderKey.objects.filter(
            id=key.id,
            sealed=bytes(key.sealed),
            base_url=key.base_url,
            dialect=key.dialect,
        )
        if same.update(
            checked=key.checked, check_code=key.check_code, check_detail=key.check_detail
        ):
            _announce_keys(account)
    return key


def _audited(key: ProviderKey) -> dict[str, object]:
    names = ("label", "dialect", "base_url", "model", "default")
    return {name: getattr(key, name) for name in names}


def _audit(key: ProviderKey, actor: User, action: str, **more: Any) -> None:
    audit.record(
        actor=actor,
        owner=key.user,
        action=action,
        noun="provider key",
        object_id=key.id,
        details={"label": key.label, "base_url": key.base_url, **more},
    )


def _change_server(
    row: ProviderKey, *, dialect: str | None, base_url: str | None, secret: Secret | None
) -> bool:
    """Point ``row`` elsewhere or give it another secret. True if either was done."""
    before = (row.dialect, row.base_url)
    old_origin = sealing.origin(row.base_url)
    if dialect is not None:
        row.dialect = _checked_dialect(dialect)
    if base_url is not None:
        row.base_url = _checked_url(base_url)
    if secret:
        row.seal(_checked_secret(secret))
        return True
    if sealing.origin(row.base_url) != old_origin and row.sealed:
        raise BadField(key="Another server needs the key entered anew.")
    return before != (row.dialect, row.base_url)


def _choose_default(row: ProviderKey, default: bool) -> None:
    if row.default and not default:
        raise BadField(default="Make another key the default instead.")
    row.default = default


def _yield_default(row: ProviderKey) -> None:
    """Before ``row`` is written as the default, the one before it no longer is."""
    if row.default:
        ProviderKey.objects.filter(user=row.user, default=True).exclude(id=row.id).update(
            default=False
        )


def _announce_keys(account: Account) -> None:
    user: User = account.user
    rows = [key.row() for key in user.provider_keys.all()]
    journal.append(user_stream(account.id), KeysChanged(keys=rows, account=account_row(user)))


def _lock(user: User) -> Account:
    """Hold the person's account until the commit: who changes their keys waits here in turn."""
    account_for(user)
    return Account.objects.select_for_update().select_related("user").get(user=user)


# --- page state ----------------------------------------------------------------------------------


def set_state(*, user: User, version: int, patch: dict[str, Any]) -> UiState:
    """Apply ``patch`` (null removes a key) if the state is still at ``version``.

    Raises StateConflict with what is there, ``state_key`` for an undeclared key, ``bad_field``.
    """
    patch = checked_patch(patch)
    with transaction.atomic():
        account = account_for(user)
        now, _ = UiState.objects.get_or_create(user=user)
        if now.version != version:
            raise StateConflict(now.version, now.state)
        state = patched(now.state, patch)
        # On PostgreSQL another writer may have been here since the read; on SQLite it waits.
        if not UiState.objects.filter(user=user, version=version).update(
            version=version + 1, state=state
        ):
            now.refresh_from_db()
            raise StateConflict(now.version, now.state)
        now.version, now.state = version + 1, state
        journal.append(user_stream(account.id), StateChanged(version=version + 1, patch=patch))
    return now


# --- what may stand in a field -------------------------------------------------------------------


def _text(name: str, value: str, longest: int, *, blank: bool = False) -> str:
    text = clean(value).strip()
    if not text and not blank:
        raise BadField(**{name: "This cannot be empty."})
    if len(text) > longest:
        raise BadField(**{name: f"This is longer than {longest} characters."})
    return text


def _checked_dialect(name: str) -> str:
    if name not in dialects():
        raise GiintError("unknown_dialect", f"it speaks {', '.join(dialects())}")
    return name


def _checked_url(url: str) -> str:
    url = url.strip().rstrip("/")
    check_url(url)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise GiintError("address_refused", "a base URL ends with its path")
    if len(url) > 300:
        raise GiintError("address_refused", "it is longer than 300 characters")
    return url


def _checked_secret(secret: Secret) -> Secret:
    value = secret.reveal().strip()
    if len(value) > KEY_LENGTH or not _PRINTABLE.fullmatch(value):
        raise BadField(
            key=f"A key is at most {KEY_LENGTH} printable ASCII characters without blanks."
        )
    return Secret(value)
