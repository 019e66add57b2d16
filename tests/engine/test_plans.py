"""How SQLite looks up what every turn asks: never by walking through all that ever was."""

from collections.abc import Iterator

import pytest
from django.db import connection

from giint.core.prepared import Among, Rows, Update, Values
from giint.engine import statements

pytestmark = pytest.mark.django_db
LONG = 64  # values of a list, for which the planner may choose another way than for four
# Nearly every run has no parent: its index finds all of them, but for what asks for one parent.
ALL_RUNS = "giint_run_parent_id"
OF_ONE_PARENT = {"OPEN_CHILDREN"}


def prepared() -> Iterator[tuple[str, str]]:
    """(name, SQL) of every statement."""
    for name, one in vars(statements).items():
        if isinstance(one, Among):
            one = one._queries[LONG]
        if isinstance(one, Update):
            yield name, one._for(connection)[0]._own
        elif isinstance(one, Rows | Values):
            yield name, one._for(connection).statement._own


def test_nothing_is_found_by_looking_through_everything() -> None:
    found = dict(prepared())
    assert len(found) > 50
    for name, sql in found.items():
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("?", "%s"), ["x"] * sql.count("?"))
            plan = [row[3] for row in cursor.fetchall()]
        assert not [step for step in plan if step.startswith("SCAN")], (name, plan)
        if name not in OF_ONE_PARENT:
            assert not [step for step in plan if ALL_RUNS in step], (name, plan)
