"""What the tests of imports share: opening a dump, taking in what is in it."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from agents.models import Import, ImportItem
from giint.ingest.opening import open_dump
from giint.ingest.reviewing import confirm
from giint.ingest.work import look
from tests.accounts.conftest import boss
from tests.agents.ingest.dumps import saved

__all__ = ["boss"]


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def opened(user: User, *values: Any) -> Import:
    return open_dump(user=user, name="saved.json", source=saved(*values))


def taken(user: User, *values: Any, **fields: Any) -> list[ImportItem]:
    """Everything in a dump, taken in by somebody who chooses all. ``fields``: of the items."""
    parent = opened(user, *values)
    parent.items.update(**fields)
    numbers = list(parent.items.values_list("number", flat=True))
    confirm(user=user, parent=parent, numbers=numbers)
    look(lambda: False)
    return list(parent.items.order_by("number"))
