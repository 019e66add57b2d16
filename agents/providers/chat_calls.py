"""Tool calls of a chat completion, put together from the pieces they come in.

In the API's own streams a piece has the call's ``index``; id and name come with the first one. What
servers do otherwise: the whole call in one piece, no index, no id or the same one again, every call
numbered 0, the name again with every piece, arguments as an object or not at all.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Draft:
    """A call as far as it has come."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """Exact as they came; none at all are an empty object."""
        return "".join(self.pieces).strip() or "{}"

    def goes_on_with(self, id: str, name: str, arguments: str) -> bool:
        """Whether a piece in this call's place belongs to it, or begins another one."""
        if id and self.id:
            return id == self.id
        again = bool(name and self.name)
        return not (again and (name != self.name or arguments) and self._is_whole())

    def _is_whole(self) -> bool:
        try:
            json.loads(self.arguments)
        except ValueError:
            return False
        return True


class Drafts:
    """The calls of one answer, in the order they began."""

    def __init__(self) -> None:
        self.all: list[Draft] = []
        self._at: dict[int, Draft] = {}

    def add(self, piece: dict[str, Any]) -> int:
        """Take a piece; returns how many characters of arguments it had. Raises TypeError and
        AttributeError for what is no piece.
        """
        function = piece.get("function") or {}
        id, name = _text(piece.get("id")), _text(function.get("name"))
        arguments = _arguments(function.get("arguments"))
        draft = self._draft(piece.get("index"), id, name, arguments)
        draft.id = draft.id or id
        draft.name = draft.name or name
        draft.pieces.append(arguments)
        return len(arguments)

    def _draft(self, index: Any, id: str, name: str, arguments: str) -> Draft:
        if isinstance(index, int):
            draft = self._at.get(index)
        else:
            draft = self.all[-1] if self.all else None
        if draft is None or not draft.goes_on_with(id, name, arguments):
            draft = Draft()
            self.all.append(draft)
            if isinstance(index, int):
                self._at[index] = draft
        return draft


def made_id() -> str:
    """An id for a call that came without one."""
    return f"call_{secrets.token_hex(8)}"


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError("not a text")
    return value or ""


def _arguments(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return _text(value)
