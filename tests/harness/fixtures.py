"""Installations as fixtures: each database is migrated once, and copied."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.installation import Installation, Template
from tests.services import need_postgres


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template") / "sqlite")


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    template = Template(tmp_path_factory.mktemp("template") / "postgres", need_postgres())
    yield template
    template.remove()


@pytest.fixture
def installation(template: Template, tmp_path: Path) -> Iterator[Installation]:
    with template.copy(tmp_path / "data") as one:
        yield one


@pytest.fixture
def on_postgres(postgres_template: Template, tmp_path: Path) -> Iterator[Installation]:
    with postgres_template.copy(tmp_path / "postgres") as one:
        yield one


@pytest.fixture(params=["installation", "on_postgres"], ids=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest) -> Installation:
    """An installation on each of the two databases."""
    found: Installation = request.getfixturevalue(request.param)
    return found
