"""Whether a JSON value is just what a type of the SDK says: no field more, none missing, no other
type. The SDK itself takes everything.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from openai import BaseModel


def slips(kind: Any, value: Any, where: str = "$") -> list[str]:
    """What is wrong with ``value``, as sentences; empty if it is a ``kind``."""
    return list(_slips(kind, value, where))


def _slips(kind: Any, value: Any, where: str) -> Iterator[str]:
    origin, given = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _slips(given[0], value, where)
    elif origin in (Union, UnionType):
        yield from _union(given, value, where)
    elif origin is Literal:
        if value not in given:
            yield f"{where}: {value!r} is none of {given}"
    elif origin is list:
        yield from _each(given[0], value, where)
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no object"
        else:
            yield from _each(given[1], list(value.values()), where)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _fields(kind, value, where)
    elif kind not in (Any, object) and not _is(kind, value):
        yield f"{where}: {value!r} is no {kind}"


def _is(kind: Any, value: Any) -> bool:
    if kind is float:
        kind = (int, float)
    is_flag = isinstance(value, bool)
    return isinstance(value, kind) and (kind in (bool, object) or not is_flag)


def _each(kind: Any, values: Any, where: str) -> Iterator[str]:
    if not isinstance(values, list):
        yield f"{where}: {values!r} is no list"
        return
    for at, value in enumerate(values):
        yield from _slips(kind, value, f"{where}[{at}]")


def _union(kinds: tuple[Any, ...], value: Any, where: str) -> Iterator[str]:
    if value is None and NoneType in kinds:
        return
    found = [slips(kind, value, where) for kind in kinds if kind is not NoneType]
    if all(found):
        # The one that fits best tells most.
        yield from min(found, key=len)


def _fields(kind: type[BaseModel], value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no {kind.__name__}"
        return
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    for name in value.keys() - fields.keys():
        yield f"{where}: {kind.__name__} has no {name}"
    for name, field in fields.items():
        if name in value:
            yield from _slips(field.annotation, value[name], f"{where}.{name}")
        elif field.is_required():
            yield f"{where}: {kind.__name__} lacks {name}"
