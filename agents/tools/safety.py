"""Which JSON schemas are safe to check a model's arguments with. Pure; decided by the tables below.

A schema is refused when it is saved, with the place and the reason: it refers to what is not in it
(nothing is ever fetched), refers to itself, is deeper or larger than it may be, has a keyword that
is not in the table, or a pattern that could hang (``agents.tools.patterns``). Its size counts with
every reference replaced by what it stands for: references to references double at each level.
Source: JSON Schema 2020-12.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from agents.tools import patterns

LONGEST = 32_768  # bytes of JSON: all of it is sent with every model call
DEEPEST = 16  # schemas within schemas
MOST = 2_000  # schemas and values, references replaced
_ONE = {"additionalProperties", "contains", "items", "not", "propertyNames"}  # a schema
_MANY = {"allOf", "anyOf", "oneOf", "prefixItems"}  # a list of schemas
_NAMED = {"$defs", "definitions", "properties"}  # schemas by name
_PLAIN = {
    *("$comment", "default", "deprecated", "description", "examples", "format", "readOnly"),
    *("title", "writeOnly", "type", "enum", "const", "required", "uniqueItems", "multipleOf"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"),
}
KEYWORDS = _ONE | _MANY | _NAMED | _PLAIN | {"$ref", "pattern"}


def check_schema(schema: Any) -> None:
    """Raises ValueError with a sentence for whoever wrote the schema."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise ValueError('The schema of a tool is an object with "type": "object".')
    try:
        size = len(orjson.dumps(schema))
    except (TypeError, ValueError, RecursionError):
        raise ValueError("The schema is nested too deep, or not JSON.") from None
    if size > LONGEST:
        raise ValueError(f"The schema has {size} bytes; {LONGEST} are allowed.")
    _Walk(schema).walk(schema, "", DEEPEST, ())
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(step) for step in error.absolute_path)
        _refuse(f"/{where}" if where else "", error.message[:200])


def weight(schema: Any) -> int:
    """Schemas and values in a schema that was admitted, references replaced: what one value of the
    arguments costs to check, at most.
    """
    walk = _Walk(schema)
    walk.walk(schema, "", DEEPEST, ())
    return walk.count


class _Walk:
    """One walk through a schema. ``trail``: the references that led here."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self.count = 0

    def walk(self, schema: Any, where: str, depth: int, trail: tuple[str, ...]) -> None:
        self._add(where)
        if isinstance(schema, bool):
            return
        if not isinstance(schema, dict):
            _refuse(where, "a schema is an object, true or false")
        if depth == 0:
            _refuse(where, f"schemas may be nested {DEEPEST} deep, references replaced")
        for keyword in schema:
            if keyword not in KEYWORDS:
                _refuse(where, f"{keyword[:60]!r} is not a keyword that tools may use")
        for name, inner in _inside(schema, where):
            self.walk(inner, name, depth - 1, trail)
        for keyword in _PLAIN & schema.keys():
            self._values(schema[keyword], f"{where}/{keyword}", DEEPEST)
        if "pattern" in schema:
            _judge_pattern(schema["pattern"], f"{where}/pattern")
        if "$ref" in schema:
            self._refer(schema["$ref"], f"{where}/$ref", depth, trail)

    def _refer(self, ref: Any, where: str, depth: int, trail: tuple[str, ...]) -> None:
        if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
            _refuse(where, "it refers to something outside; nothing is fetched")
        if ref in trail or ref == "#":
            _refuse(where, f"{ref[:80]} refers to itself")
        self.walk(self._find(ref, where), ref, depth - 1, (*trail, ref))

    def _find(self, ref: str, where: str) -> Any:
        found: Any = self._root
        for step in ref[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found or "%" in name:
                _refuse(where, f"there is no {ref[:80]} in the schema")
            found = found[name]
        return found

    def _values(self, value: Any, where: str, depth: int) -> None:
        self._add(where)
        if depth == 0:
            _refuse(where, "its value is nested too deep")
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            for one in inner:
                self._values(one, where, depth - 1)

    def _add(self, where: str) -> None:
        self.count += 1
        if self.count > MOST:
            _refuse(where, f"the schema has more than {MOST} parts, references replaced")


def _inside(schema: dict[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """The schemas right inside ``schema``, each with its place."""
    for keyword, value in schema.items():
        here = f"{where}/{keyword}"
        if keyword in _ONE:
            yield here, value
        elif keyword in _MANY:
            if not isinstance(value, list):
                _refuse(here, "it is a list of schemas")
            yield from ((f"{here}/{number}", one) for number, one in enumerate(value))
        elif keyword in _NAMED:
            if not isinstance(value, dict):
                _refuse(here, "it is an object of schemas")
            yield from ((f"{here}/{name}"[:200], one) for name, one in value.items())


def _judge_pattern(pattern: Any, where: str) -> None:
    if not isinstance(pattern, str):
        _refuse(where, "a pattern is a text")
    try:
        patterns.judged(pattern)
    except ValueError as error:
        raise ValueError(f"At {where}: the pattern could hang or is unknown: {error}.") from None


def _refuse(where: str, reason: str) -> NoReturn:
    raise ValueError(f"At {where or 'the top'}: {reason}.")
