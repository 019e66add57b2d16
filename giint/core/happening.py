"""What every event is; ``giint.core.events`` has them all."""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

CARRIED = {"carried": True}  # of a field that is a list or an object


def carried(default: Any = None) -> Any:
    """A field that travels with the live push and is not stored."""
    return field(default=default, metadata=CARRIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Base of all events."""

    type: ClassVar[str]

    def stored(self) -> dict[str, Any]:
        """The payload that the journal keeps."""
        return {
            f.name: getattr(self, f.name) for f in fields(self) if not f.metadata.get("carried")
        }

    def payload(self) -> dict[str, Any]:
        """The whole payload, as clients get it; carried fields that are None are left out."""
        return {
            f.name: value
            for f in fields(self)
            if not ((value := getattr(self, f.name)) is None and f.metadata.get("carried"))
        }
