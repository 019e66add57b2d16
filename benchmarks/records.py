"""The script that upstream plays, and what a reader checks it by.

A delta is one record of 13 characters: its number and the microsecond at which upstream wrote it,
both in hexadecimal, and a blank. So a reader knows of each delta that it came once and in order,
and how long it took. The clock is CLOCK_MONOTONIC, which all processes of a machine share.
"""

import time

WIDTH = 13
_NUMBERS = 0x10000
_MOMENTS = 0x1_0000_0000


def record(number: int) -> str:
    """Delta ``number``, written now."""
    return f"{number % _NUMBERS:04x}{now():08x} "


def now() -> int:
    """Microseconds, in a circle of 71 minutes."""
    return time.monotonic_ns() // 1000 % _MOMENTS


class Check:
    """Reads a text as it grows. Raises ValueError for a delta that is missing, repeated or out of
    its place.
    """

    def __init__(self) -> None:
        self.count = 0
        self._rest = ""

    def feed(self, text: str, lags: list[int] | None = None) -> None:
        """More of the text; ``lags`` gains the microseconds each whole record took."""
        text = self._rest + text
        whole = len(text) - len(text) % WIDTH
        self._rest = text[whole:]
        moment = now()
        for at in range(0, whole, WIDTH):
            if int(text[at : at + 4], 16) != self.count % _NUMBERS or text[at + 12] != " ":
                raise ValueError(f"delta {self.count} is {text[at : at + WIDTH]!r}")
            self.count += 1
            if lags is not None:
                lags.append((moment - int(text[at + 4 : at + 12], 16)) % _MOMENTS)

    @property
    def length(self) -> int:
        return self.count * WIDTH + len(self._rest)
