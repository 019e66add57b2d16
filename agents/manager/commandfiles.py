"""Configurations in files: what ``--config`` reads and ``--save`` writes. JSON, an object."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from agents.manager.fields import LARGEST
from giint.core.errors import BadField


def config_of(path: str | None) -> dict[str, Any]:
    """The object in the file; nothing without one. Raises BadField ``config``."""
    if path is None:
        return {}
    try:
        with Path(path).open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise BadField(config=f"{path} cannot be read: {error.strerror}.") from None
    if len(text) > LARGEST:
        raise BadField(config=f"{path} is larger than {LARGEST:,} bytes.")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise BadField(config=f"{path} is not JSON, or not all of it.") from None
    if isinstance(given, dict) and set(given) == {"config"}:
        given = given["config"]
    if not isinstance(given, dict):
        raise BadField(config=f'{path} is no object, such as {{"name": "Invoices"}}.')
    return given


def save(path: str, config: dict[str, Any]) -> None:
    """Write it, for its owner alone, in one step. Raises BadField ``save``."""
    target = Path(path)
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    try:
        number, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(target)
    except OSError as error:
        raise BadField(save=f"{path} cannot be written: {error.strerror}.") from None
