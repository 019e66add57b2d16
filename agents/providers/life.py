"""The start and end of what providers hold per process: their code and their connections."""

import logging
from typing import Protocol, runtime_checkable

from django.conf import settings

from accounts.models import ProviderKey
from agents.providers import loaded, ready
from giint.core.db import read_db

log = logging.getLogger(__name__)


@runtime_checkable
class Connected(Protocol):
    """A provider that holds connections of the running loop."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


async def start() -> None:
    """Load the adapters that somebody has an account for, off the loop, and their transports.

    Nobody needs to wait for it: whatever is not there yet is made by the first call that needs
    it. Adapters without an account stay unloaded: an SDK costs 36 MiB and two seconds.
    """
    try:
        for dialect in await read_db(dialects):
            provider = await ready(dialect)
            if isinstance(provider, Connected):
                await provider.start()
    except Exception:  # a broken adapter says so to whoever uses it; the server starts all the same
        log.exception("a provider could not be loaded ahead of its first use")


async def close() -> None:
    """End the connections of this loop."""
    for provider in loaded():
        if isinstance(provider, Connected):
            await provider.close()


def dialects() -> list[str]:
    """The dialects of this installation's accounts. Sync."""
    used = set(ProviderKey.objects.values_list("dialect", flat=True).distinct())
    if settings.OPENAI_API_KEY:
        used.add("responses")
    return sorted(used & settings.GIINT_PROVIDERS.keys())
