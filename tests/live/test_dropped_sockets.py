"""A socket that is gone costs nothing: its client goes on exactly where it was.

Every frame of the run: ``python -m tests.harness.drops --every 1``.
"""

import pytest

from tests.harness.drops import FRAMES, drops
from tests.harness.installation import Installation
from tests.harness.server import Server


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "every"), [("uvicorn", 10), ("daphne", 25)])
async def test_clients_dropped_along_a_run_end_with_its_exact_text(
    installation: Installation, kind: str, every: int
) -> None:
    indexes = range(0, FRAMES, every)
    with Server(installation, kind=kind) as server:
        report = await drops(server, indexes)
    assert report.wrong == []
    assert report.frames >= FRAMES
    assert sorted(report.dropped) == list(indexes)
