from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """One for all of them: what is slow about it is done once."""
    with Stage() as stage:
        yield stage
