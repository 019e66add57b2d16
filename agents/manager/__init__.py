"""The assistant manager, from code: ``from agents import manager``. docs/manager.md.

Each function takes ``user=…`` and, where they have several accounts, ``key=…``.
"""

from agents.manager.editing import cleanup, delete, update
from agents.manager.reading import details, listed
from agents.manager.services import (
    backups,
    get_current,
    initialize,
    planned,
    refresh,
    restore,
    set_interval,
    status,
)

__all__ = [
    "backups",
    "cleanup",
    "delete",
    "details",
    "get_current",
    "initialize",
    "listed",
    "planned",
    "refresh",
    "restore",
    "set_interval",
    "status",
    "update",
]
