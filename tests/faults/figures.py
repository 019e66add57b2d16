"""How sure a count of nothing is: the upper bound of Clopper and Pearson (Biometrika 26, 1934)."""

import math


def bound(damaged: int, trials: int, confidence: float = 0.95) -> float:
    """The share of trials that may be damaged in the long run, at most, with this confidence.

    With no damage it is ``1 - (1 - confidence) ** (1 / trials)``, about ``3 / trials``. Raises
    ValueError for counts that cannot be.
    """
    if not 0 <= damaged <= trials or not trials:
        raise ValueError(f"{damaged} of {trials}")
    if damaged == trials:
        return 1.0
    low, high = damaged / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(damaged, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(damaged: int, trials: int, share: float) -> float:
    """The probability of so few, if this is the share."""
    return sum(
        math.comb(trials, count) * share**count * (1 - share) ** (trials - count)
        for count in range(damaged + 1)
    )
