"""How long tests wait. Other things run on the same machine: a limit that means nothing is long,
one that means something grows with what there is to do.
"""

import os

PATIENCE = 60.0  # seconds that a state is waited for; only failures take so long


def promised(seconds: float) -> float:
    """The seconds of a promise, on a machine that may have more to do than it has cores."""
    return seconds * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))
