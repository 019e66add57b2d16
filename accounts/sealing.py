"""The key ring, and the cipher that provider keys are kept in: docs/invariants/keys.md.

``GIINT_FIELD_KEYS`` is ``id:key[,id:key…]``, each key 32 random bytes in URL-safe base64. The first
one seals, all of them open. AES-256-GCM with a random 96-bit nonce in front of the ciphertext: for
up to 2**32 seals under one key (NIST SP 800-38D, 8.3) a nonce repeats with a chance below 2**-32.
"""

import base64
import binascii
import functools
import os
import re
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from giint.core.errors import GiintError
from giint.core.secrets import Secret

FORM = (
    "id:key[,id:key…], where an id is 1 to 16 letters, digits, - or _, and a key is "
    "32 random bytes in URL-safe base64"
)
NONCE = 12  # bytes
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_PORTS = {"http": 80, "https": 443}


class Ring:
    """The field keys by id, the sealing one first. It never prints them."""

    __slots__ = ("_ciphers", "first")

    def __init__(self, ciphers: dict[str, AESGCM]) -> None:
        self._ciphers = ciphers
        self.first = next(iter(ciphers))

    @property
    def ids(self) -> list[str]:
        return list(self._ciphers)

    def seal(self, secret: Secret, about: bytes) -> tuple[str, bytes]:
        """The key's id, and nonce with ciphertext. It opens with the same ``about`` alone."""
        nonce = os.urandom(NONCE)
        cipher = self._ciphers[self.first]
        return self.first, nonce + cipher.encrypt(nonce, secret.reveal().encode(), about)

    def open(self, key_id: str, sealed: bytes, about: bytes) -> Secret:
        """Raises GiintError ``key_unreadable``: the key is gone, or this is not what was sealed."""
        cipher = self._ciphers.get(key_id)
        if cipher is None or len(sealed) <= NONCE:
            raise GiintError("key_unreadable")
        try:
            return Secret(cipher.decrypt(sealed[:NONCE], sealed[NONCE:], about).decode())
        except (InvalidTag, UnicodeDecodeError):
            raise GiintError("key_unreadable") from None


def ring() -> Ring:
    """The ring of the settings. Raises ImproperlyConfigured with name and form, never a key."""
    return _parse(tuple(settings.GIINT_FIELD_KEYS))


def about(*, row: str, owner: str, base_url: str) -> bytes:
    """What a sealed key is bound to: this column of this row, this owner, this host."""
    return f"accounts.providerkey|sealed|{row}|{owner}|{origin(base_url)}".encode()


def origin(url: str) -> str:
    """Scheme, host and port in one spelling: ``https://api.openai.com:443``; empty if none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").removesuffix(".")
    if not host or parts.scheme not in _PORTS:
        return ""
    return f"{parts.scheme}://{host}:{_PORTS[parts.scheme] if port is None else port}"


@functools.lru_cache(maxsize=8)
def _parse(entries: tuple[str, ...]) -> Ring:
    if not entries:
        raise ImproperlyConfigured(f"GIINT_FIELD_KEYS is empty. It should be {FORM}.")
    ciphers: dict[str, AESGCM] = {}
    for number, entry in enumerate(entries, start=1):
        key_id, colon, text = entry.partition(":")
        key = _decode(text)
        if not colon or not _ID.fullmatch(key_id) or len(key) != 32:
            raise ImproperlyConfigured(
                f"Entry {number} of GIINT_FIELD_KEYS cannot be read. It should be {FORM}."
            )
        if key_id in ciphers:
            raise ImproperlyConfigured(f"GIINT_FIELD_KEYS has the id {key_id!r} twice.")
        ciphers[key_id] = AESGCM(key)
    return Ring(ciphers)


def _decode(text: str) -> bytes:
    bare = text.rstrip("=")  # with or without padding
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
