"""Rung when there may be a run to claim: a message was sent, or the run before it has ended.
Whoever claims runs in this process listens; any thread may ring.
"""

from collections.abc import Callable

listeners: list[Callable[[], None]] = []


def ring() -> None:
    """After the commit: ``transaction.on_commit(bell.ring)``."""
    for listener in listeners:
        listener()
