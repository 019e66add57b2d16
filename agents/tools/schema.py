"""From a function's annotations to the JSON schema that the model sees.

Understood: str, int, float, bool, Literal of these, list of these, ``X | None``, and ``Annotated[X,
"what it is"]``. Anything else stops the start, with the name of the tool and of the parameter.
"""

import inspect
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The schema of every parameter but the first, which is the context. Raises TypeError.

    A parameter without a default is required; nothing beyond the parameters is taken.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        where = f"{function.__name__}({parameter.name})"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{where}: a tool names each of its parameters")
        if parameter.name not in hints:
            raise TypeError(f"{where}: a parameter of a tool needs an annotation")
        properties[parameter.name] = _schema(hints[parameter.name], where)
        if parameter.default is parameter.empty:
            required.append(parameter.name)
        elif parameter.default is not None:
            properties[parameter.name]["default"] = parameter.default
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _schema(hint: Any, where: str) -> dict[str, Any]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        words = [word for word in inner[1:] if isinstance(word, str)]
        return _schema(inner[0], where) | ({"description": words[0]} if words else {})
    if origin is Literal and inner:
        return {"enum": list(inner)}
    if origin is list and len(inner) == 1:
        return {"type": "array", "items": _schema(inner[0], where)}
    if origin in (Union, types.UnionType):
        return {
            "anyOf": [
                {"type": "null"} if one is types.NoneType else _schema(one, where) for one in inner
            ]
        }
    raise TypeError(f"{where}: {hint!r} cannot be told to a model as a JSON schema")
