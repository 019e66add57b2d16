"""JSON as staff may see it: ids, numbers, times and the words of our own vocabulary; of every other
text, how long it is.

Payloads of the journal and items of steps hold what people wrote, such as the title of a thread.
"""

import json
import re
from typing import Any

_ID = re.compile(r"[a-z]{2,12}_[0-9a-f]{24}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_HASH = re.compile(r"[0-9a-f]{40,64}")
_WORD = re.compile(r"[a-z][a-z0-9_.\-]{0,30}")
# Fields whose texts are words of ours or of a provider, never a person's.
_OURS = {
    *("activity", "checksum", "code", "dialect", "halt", "kind", "policy", "role", "source"),
    *("state", "status", "type", "verdict", "check_code", "part", "op"),
}
LONGEST = 20_000  # characters of a page's worth of JSON


def pointers(value: Any, field: str = "") -> Any:
    """``value`` with every text of a person's replaced by its length. Keys of objects are ours."""
    match value:
        case dict():
            return {_name(key): pointers(item, str(key)) for key, item in value.items()}
        case list():
            return [pointers(item, field) for item in value]
        case str() if _is_ours(value, field):
            return value
        case str():
            return f"({len(value)} characters)"
    return value


def shown(value: Any) -> str:
    """The same, laid out to be read."""
    text = json.dumps(pointers(value), indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n…"


def _is_ours(value: str, field: str) -> bool:
    if not value or _ID.fullmatch(value) or _TIME.fullmatch(value) or _HASH.fullmatch(value):
        return True
    return field in _OURS and _WORD.fullmatch(value) is not None


def _name(key: str) -> str:
    """Keys too may be a person's: of a variable, or of an argument."""
    return key if _WORD.fullmatch(str(key)) else f"({len(str(key))} characters)"
