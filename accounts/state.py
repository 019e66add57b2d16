"""The synced page state: what may be in it. All else is the server's, or local to a tab."""

import json
from collections.abc import Callable
from typing import Any

from giint.core.errors import GiintError
from giint.core.text import clean_json

LIMIT = 65_536  # bytes of the whole document as JSON


class StateConflict(GiintError):
    """Somebody else wrote first. ``version`` and ``state`` are what is there now."""

    def __init__(self, version: int, state: dict[str, Any]) -> None:
        super().__init__("state_conflict")
        self.version = version
        self.state = state


def _one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _public_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 40


def _width(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 320 <= value <= 720


# Key → whether a value may stand there. null always may: it removes the key.
# The page's own table, frontend/static/giint/js/store.js, has the same keys.
DECLARED: dict[str, Callable[[Any], bool]] = {
    "theme": _one_of("system", "light", "dark"),
    "agent": _public_id,  # chosen last, for the next new chat
    "reasoning_open": _flag,
    "enter_sends": _flag,
    "shortcuts": _flag,  # keyboard shortcuts are on
    "side_open": _flag,  # the side window, where it is a column
    "side_tab": _one_of("transcripts", "tool_outputs", "console"),
    "side_width": _width,  # px
}


def checked_patch(patch: Any) -> dict[str, Any]:
    """``patch`` cleaned and found right. Raises ``state_key`` or ``bad_field``."""
    if not isinstance(patch, dict):
        raise GiintError("bad_field", "patch is an object")
    for key, value in patch.items():
        allows = DECLARED.get(key)
        if allows is None:
            raise GiintError("state_key", clean_json(str(key)[:40]))
        if value is not None and not allows(value):
            raise GiintError("bad_field", f"{key} cannot be that")
    result: dict[str, Any] = clean_json(patch)
    return result


def patched(state: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """``state`` after ``patch``. Raises ``bad_field`` if that is larger than ``LIMIT``."""
    merged = {key: value for key, value in (state | patch).items() if value is not None}
    if len(json.dumps(merged).encode()) > LIMIT:
        raise GiintError("bad_field", f"the state would be larger than {LIMIT} bytes")
    return merged
