"""How tests hold a contest (``contest.py``) at a database of their own."""

import json
import subprocess
import sys
from typing import Any

from tests.harness.installation import ROOT, Installation


def contest(installation: Installation, name: str) -> dict[str, Any]:
    """What came of it. Raises CalledProcessError with its output on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.contest", name],
        cwd=ROOT,
        env=installation.environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=100,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result
