"""Queries of the hot path, put into SQL once.

Django makes the SQL of a query anew each time it is asked: 0.3 to 1 ms, for statements that a
database answers in 0.02. A turn asks some forty, always the same ones. So they are written as
querysets, as everywhere, with a ``Given`` where a value will be; the first use compiles one, and
every use after that only binds values and makes rows.

    _RUN = Rows(lambda: Run.objects.filter(id=Given("id")))
    run = _RUN.get(id=claim.run)

On SQLite they go to the driver's own connection: Django's cursor puts each statement's places into
the driver's words anew and takes five calls to get there, which costs as much as the statement.
Whoever watches queries (tests, the debug log) gets Django's cursor.

What a queryset's shape depends on must not be given: no ``None`` in a comparison, no slices.
Values are put as the database wants them by their type (texts, numbers, times; a dict or list is
JSON).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    CharField,
    Expression,
    Field,
    ForeignKey,
    JSONField,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    QuerySet,
    TextField,
)
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
_JSON = JSONField()
# Of these, plain texts and numbers go to a database as they are: Django's four calls for each of
# them cost a tenth of an INSERT.
_AS_THEY_ARE = (CharField, TextField, PositiveIntegerField, PositiveSmallIntegerField, ForeignKey)
_PLACE = re.compile(r"(?<!%)%s")
_WORD = re.compile(r"[a-z_]+")


class Given(Expression):
    """A value that is named now and given at each use."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class _Statement:
    """SQL and its parameters, some of them yet to be given."""

    def __init__(self, sql: str, parameters: Sequence[Any]) -> None:
        self._sql, self._parameters = _with_words(sql, parameters)
        self._own = _in_sqlites_words(self._sql)

    def run(self, here: BaseDatabaseWrapper, values: dict[str, Any]) -> Any:
        """Execute it; the cursor, to be closed."""
        bound = [
            _adapted(here, values[one.name]) if type(one) is Given else one
            for one in self._parameters
        ]
        return execute(here, self._sql, self._own, bound)


def execute(here: BaseDatabaseWrapper, sql: str, own: str, bound: Sequence[Any]) -> Any:
    """Execute ``sql``, which is ``own`` in SQLite's words; the cursor, to be closed."""
    if here.vendor != "sqlite" or here.queries_logged or here.execute_wrappers:
        cursor = here.cursor()
        cursor.execute(sql, bound)
        return cursor
    if here.connection is None:
        here.ensure_connection()
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        return here.connection.execute(own, bound)


def _in_sqlites_words(sql: str) -> str:
    return _PLACE.sub("?", sql).replace("%%", "%")


def _with_words(sql: str, parameters: Sequence[Any]) -> tuple[str, list[Any]]:
    """The same statement with its constant words (a status, a kind) written out: SQLite uses an
    index that is limited to some of them only where it sees which are asked for.
    """
    first, *pieces = _PLACE.split(sql)
    written, left = [first], []
    for piece, one in zip(pieces, parameters, strict=True):
        if isinstance(one, str) and _WORD.fullmatch(one):
            written.append(f"'{one!s}'")
        else:
            written.append("%s")
            left.append(one)
        written.append(piece)
    return "".join(written), left


def _adapted(here: BaseDatabaseWrapper, value: Any) -> Any:
    if isinstance(value, datetime):
        return here.ops.adapt_datetimefield_value(value)
    if isinstance(value, dict | list):
        return _JSON.get_db_prep_value(value, here)
    return value


class _Compiled:
    """What is known of a query of rows once it was compiled."""

    def __init__(self, queryset: QuerySet[Any, Any], here: BaseDatabaseWrapper) -> None:
        compiler: SQLCompiler = queryset.query.get_compiler(connection=here)
        self.alias = here.alias
        sql, parameters = compiler.as_sql()
        self.statement = _Statement(sql, parameters)
        self.converters = compiler.get_converters([column[0] for column in compiler.select or ()])
        self.extra = list((compiler.annotation_col_map or {}).items())
        self.klass = compiler.klass_info
        if self.klass is not None:
            fields = cast(list[int], self.klass["select_fields"])
            self.place = slice(fields[0], fields[-1] + 1)
            self.names = [
                column[0].target.attname for column in (compiler.select or ())[self.place]
            ]
            self.related = get_related_populators(self.klass, compiler.select, here.alias)

    def rows(
        self,
        here: BaseDatabaseWrapper,
        values: dict[str, Any],
        statement: _Statement | None = None,
    ) -> list[Any]:
        cursor = (statement or self.statement).run(here, values)
        try:
            found = cursor.fetchall()
        finally:
            cursor.close()
        return [self._converted(here, row) for row in found] if self.converters else found

    def _converted(self, here: BaseDatabaseWrapper, row: Sequence[Any]) -> list[Any]:
        converted = list(row)
        for place, (functions, expression) in self.converters.items():
            for function in functions:
                converted[place] = function(converted[place], expression, here)
        return converted

    def objects(self, rows: list[Any]) -> Iterator[Any]:
        """As Django's ModelIterable makes them."""
        model, alias = self.klass["model"], self.alias
        for row in rows:
            one = model.from_db(alias, self.names, row[self.place])
            for related in self.related:
                related.populate(row, one)
            for name, place in self.extra:
                setattr(one, name, row[place])
            yield one


class _Prepared:
    """Compiled for the database that is asked: tests know two."""

    def __init__(self, queryset: Callable[[], QuerySet[Any, Any]]) -> None:
        self._queryset = queryset
        self._compiled: dict[str, Any] = {}

    def _for(self, here: BaseDatabaseWrapper) -> Any:
        compiled = self._compiled.get(here.vendor)
        if compiled is None:
            compiled = self._compiled[here.vendor] = self._compile(here)
        return compiled

    def _compile(self, here: BaseDatabaseWrapper) -> Any:
        return _Compiled(self._queryset(), here)


class Rows(_Prepared, Generic[M]):
    """A query that gives objects; ``select_related`` and ``annotate`` are fine."""

    def __init__(self, queryset: Callable[[], QuerySet[M]]) -> None:
        super().__init__(queryset)

    def all(self, **values: Any) -> list[M]:
        here = connections[DEFAULT_DB_ALIAS]
        compiled: _Compiled = self._for(here)
        return list(compiled.objects(compiled.rows(here, values)))

    def first(self, **values: Any) -> M | None:
        """The first of them; the queryset should be ordered and cut itself."""
        return next(iter(self.all(**values)), None)

    def get(self, **values: Any) -> M:
        """The only one. Raises the model's DoesNotExist."""
        found = self.first(**values)
        if found is None:
            raise self._queryset().model.DoesNotExist
        return found


class Values(_Prepared):
    """A query of ``values_list``: its rows."""

    def all(self, **values: Any) -> list[Sequence[Any]]:
        here = connections[DEFAULT_DB_ALIAS]
        compiled: _Compiled = self._for(here)
        return compiled.rows(here, values)

    def first(self, **values: Any) -> Sequence[Any] | None:
        return next(iter(self.all(**values)), None)


class Among:
    """A query with one list in it, ``Among(lambda ids: Message.objects.filter(id__in=ids))``.

    It is prepared for a few lengths; a list is filled up to the next of them with its last value.
    A foreign key needs its field named (``message__id__in``): alone it makes texts of all it gets.
    """

    LENGTHS = (4, 16, 64, 256, 1024)

    def __init__(
        self,
        queryset: Callable[[Sequence[Any]], QuerySet[Any, Any]],
        kind: type[Rows[Any]] | type[Values] = Rows,
    ) -> None:
        self._queries = {
            length: kind(partial(queryset, [Given(str(place)) for place in range(length)]))
            for length in self.LENGTHS
        }

    def all(self, values: Sequence[Any]) -> list[Any]:
        """None for none; of many, at most 1,024 at a time."""
        most = self.LENGTHS[-1]
        return [
            row for at in range(0, len(values), most) for row in self._few(values[at : at + most])
        ]

    def _few(self, values: Sequence[Any]) -> list[Any]:
        length = next(one for one in self.LENGTHS if one >= len(values))
        filled = [*values, *[values[-1]] * (length - len(values))]
        return self._queries[length].all(**{str(at): value for at, value in enumerate(filled)})


class Update(_Prepared, Generic[M]):
    """``queryset.update(**changes)``; the changes may hold ``Given`` and ``F``."""

    def __init__(self, queryset: Callable[[], QuerySet[M]], **changes: Any) -> None:
        super().__init__(queryset)
        self._changes = changes

    def run(self, **values: Any) -> int:
        """How many rows changed."""
        here = connections[DEFAULT_DB_ALIAS]
        statement, _, _ = self._for(here)
        cursor = statement.run(here, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, **values: Any) -> list[M]:
        """The rows that changed, as they are now (both databases can return them)."""
        here = connections[DEFAULT_DB_ALIAS]
        _, returning, read = self._for(here)
        return list(read.objects(read.rows(here, values, returning)))

    def _compile(self, here: BaseDatabaseWrapper) -> tuple[_Statement, _Statement, _Compiled]:
        queryset = self._queryset()
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(self._changes)
        sql, parameters = query.get_compiler(connection=here).as_sql()
        fields = queryset.model._meta.concrete_fields
        columns = ", ".join(here.ops.quote_name(field.column) for field in fields)
        return (
            _Statement(sql, parameters),
            _Statement(f"{sql} RETURNING {columns}", parameters),
            _Compiled(queryset.model._base_manager.all(), here),
        )


_inserts: dict[tuple[str, type[Model]], tuple[str, str, list[Any]]] = {}


def insert(*objects: Model) -> None:
    """``bulk_create`` of objects of one model, which do not learn ids that the database gives."""
    here = connections[DEFAULT_DB_ALIAS]
    model = type(objects[0])
    found = _inserts.get((here.vendor, model))
    if found is None:
        found = _inserts[(here.vendor, model)] = _insertion(model, here)
    sql, own, fields = found
    rows = [[_saved(field, one, here) for field in fields] for one in objects]
    if len(rows) == 1:
        execute(here, sql, own, rows[0]).close()
    else:
        with here.cursor() as cursor:
            cursor.executemany(sql, rows)
    for one in objects:
        one._state.adding, one._state.db = False, here.alias


def _saved(field: "Field[Any, Any]", one: Model, here: BaseDatabaseWrapper) -> Any:
    if type(field) in _AS_THEY_ARE:
        value = one.__dict__.get(field.attname)
        if type(value) in (str, int):
            return value
    return field.get_db_prep_save(field.pre_save(one, True), here)


def _insertion(model: type[Model], here: BaseDatabaseWrapper) -> tuple[str, str, list[Any]]:
    fields = [
        field
        for field in model._meta.local_concrete_fields
        if field.get_internal_type() not in {"AutoField", "BigAutoField"}
    ]
    names = ", ".join(here.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = here.ops.quote_name(model._meta.db_table)
    sql = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
    return sql, _in_sqlites_words(sql), fields
