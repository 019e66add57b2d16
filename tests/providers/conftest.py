"""Each test's loop has its own transport, closed at its end."""

from collections.abc import AsyncIterator

import pytest

from agents.providers import transport


@pytest.fixture(autouse=True)
async def _transport_closed() -> AsyncIterator[None]:
    yield
    await transport.close()
