"""Time that something may take, and that stands still while a person is waited for."""

import asyncio
from collections.abc import Callable


class Allowance:
    """So many seconds from now, then ``expire``. It stands still while anybody holds it so."""

    def __init__(self, seconds: float, expire: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._expire = expire
        self._left = max(seconds, 0.0)
        self._still = 0
        self._timer = self._loop.call_later(self._left, expire)

    @property
    def left(self) -> float:
        """Seconds until it expires."""
        return self._left if self._still else max(self._timer.when() - self._loop.time(), 0.0)

    def stand_still(self) -> None:
        self._left = self.left
        self._still += 1
        self._timer.cancel()

    def go_on(self) -> None:
        self._still -= 1
        if not self._still:
            self._timer = self._loop.call_later(self._left, self._expire)

    def end(self) -> None:
        """It is not needed any more."""
        self._still += 1
        self._timer.cancel()
