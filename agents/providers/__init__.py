"""Which providers there are: the table in settings, nothing else."""

import asyncio
import contextlib
import functools
from collections.abc import Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from agents.providers.base import Provider
from giint.core.errors import GiintError

_instead: dict[str, Provider] = {}
_loaded: dict[str, Provider] = {}


def provider_for(dialect: str) -> Provider:
    """The one adapter of ``dialect``. Raises GiintError ``unknown_dialect``."""
    if dialect in _instead:
        return _instead[dialect]
    if dialect not in settings.GIINT_PROVIDERS:
        raise GiintError("unknown_dialect", dialect)
    return _made(settings.GIINT_PROVIDERS[dialect][1])


async def ready(dialect: str) -> Provider:
    """``provider_for`` without blocking the loop: the first use of one imports its SDK (2 s)."""
    path = settings.GIINT_PROVIDERS.get(dialect, ("", ""))[1]
    if dialect in _instead or path in _loaded:
        return provider_for(dialect)
    return await asyncio.to_thread(provider_for, dialect)


def loaded() -> list[Provider]:
    """The providers that have been used."""
    return list(_loaded.values())


@contextlib.contextmanager
def replaced(dialect: str, provider: Provider) -> Iterator[None]:
    """Let ``provider`` answer for ``dialect`` in the whole process: the scripted one's way in."""
    before = dict(_instead)
    _instead[dialect] = provider
    try:
        yield
    finally:
        _instead.clear()
        _instead.update(before)


@functools.cache
def _made(path: str) -> Provider:
    provider: Provider = import_string(path)()
    _loaded[path] = provider
    return provider
