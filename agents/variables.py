"""``{{variables}}`` of a template: declared, typed, with defaults. Pure.

A declaration is ``{"name", "type", "default", "choices"?, "description"}`` with a type of
``text, number, boolean, choice``; a ``default`` of null means that whoever makes an agent has to
say. Instructions name one as ``{{name}}``; ``\\{{`` stands for two braces that mean nothing.
Values are put in once and are not looked at again: what somebody writes into one names nothing.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from giint.core.errors import BadField
from giint.core.text import clean

Variable = dict[str, Any]
Value = str | int | float | bool
TYPES = ("text", "number", "boolean", "choice")
MOST = 50  # variables of one template
LONGEST = 4_000  # characters of one value
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_PLACE = re.compile(r"\\\{\{|\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,39})\s*\}\}|\{\{[^{}\n]{0,40}")
_KEYS = {"name", "type", "default", "choices", "description"}


def declared(given: Any) -> list[Variable]:
    """The declarations with every key in place. Raises BadField ``variables``."""
    if not isinstance(given, list) or len(given) > MOST:
        raise _wrong(f"Variables are a list of at most {MOST} objects.")
    variables = [_declaration(one) for one in given]
    names = [variable["name"] for variable in variables]
    if twice := [name for name in names if names.count(name) > 1]:
        raise _wrong(f"{twice[0]} is declared twice.")
    return variables


def check_use(instructions: str, variables: list[Variable]) -> None:
    """Whether ``instructions`` and declarations agree. Raises BadField ``instructions`` for a name
    that is not declared, ``variables`` for one that is not used.
    """
    used = names_in(instructions)
    known = [variable["name"] for variable in variables]
    if unknown := [name for name in used if name not in known]:
        raise BadField(
            instructions=f"{{{{{unknown[0]}}}}} is not a variable of this template. "
            f"Declared: {', '.join(known) or 'none'}."
        )
    if idle := [name for name in known if name not in used]:
        raise _wrong(f"{idle[0]} is declared, but the instructions do not use {{{{{idle[0]}}}}}.")


def names_in(instructions: str) -> list[str]:
    """The variables that ``instructions`` names, each once, in order. Raises BadField
    ``instructions`` for braces that name none.
    """
    names: dict[str, None] = {}
    for place in _PLACE.finditer(instructions):
        if name := place.group(1):
            names[name] = None
        elif place.group() != "\\{{":
            raise BadField(
                instructions=f"“{place.group()[:44]}” is no variable: write {{{{name}}}} with "
                "letters, digits and underscores, or \\{{ for plain braces."
            )
    return list(names)


def values_for(variables: list[Variable], given: Any) -> dict[str, Value]:
    """A value for every variable: the one given, else its default.

    Raises BadField with one field per variable, ``variables.NAME``.
    """
    if not isinstance(given, Mapping):
        raise _wrong("Values are an object: name → value.")
    known = {variable["name"] for variable in variables}
    wrong = {
        f"variables.{clean(str(name))[:40]}": "This template has no such variable."
        for name in given
        if name not in known
    }
    values: dict[str, Value] = {}
    for variable in variables:
        name = variable["name"]
        value = given.get(name)
        try:
            values[name] = _value(variable, variable["default"] if value is None else value)
        except ValueError as error:
            wrong[f"variables.{name}"] = str(error)
    if wrong:
        raise BadField(**wrong)
    return values


def without_default(variables: list[Variable]) -> list[str]:
    """Names of those that somebody has to give a value for."""
    return [variable["name"] for variable in variables if variable["default"] is None]


def render(instructions: str, values: Mapping[str, Value]) -> str:
    """``instructions`` with the values in their places. A name without a value stays as it is."""

    def put(place: re.Match[str]) -> str:
        name = place.group(1)
        if name is None:
            return "{{" if place.group() == "\\{{" else place.group()
        return _words(values[name]) if name in values else place.group()

    return _PLACE.sub(put, instructions)


def _words(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _declaration(given: Any) -> Variable:
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise _wrong('A variable is an object such as {"name": "tone", "type": "text"}.')
    name = given["name"]
    if not NAME.fullmatch(name):
        raise _wrong(
            f"“{clean(name)[:40]}” is no name: letters, digits and underscores, at most 40."
        )
    if odd := sorted(set(map(str, given)) - _KEYS):
        raise _wrong(f"{name}: a variable has no “{clean(odd[0])[:40]}”.")
    kind = given.get("type", "text")
    if kind not in TYPES:
        raise _wrong(f"{name}: its type is one of {', '.join(TYPES)}.")
    variable: Variable = {
        "name": name,
        "type": kind,
        "default": None,
        "description": clean(str(given.get("description") or ""))[:300],
    }
    if kind == "choice":
        variable["choices"] = _choices(name, given.get("choices"))
    elif given.get("choices"):
        raise _wrong(f"{name}: only a choice has choices.")
    if (default := given.get("default")) is not None:
        try:
            variable["default"] = _value(variable, default)
        except ValueError as error:
            raise _wrong(f"{name}: its default does not fit. {error}") from None
    return variable


def _choices(name: str, given: Any) -> list[str]:
    texts = [clean(one).strip() for one in given or [] if isinstance(one, str)]
    choices = list(dict.fromkeys(text for text in texts if text))
    if not isinstance(given, list) or len(choices) != len(given) or not 1 <= len(choices) <= MOST:
        raise _wrong(f"{name}: its choices are a list of up to {MOST} different texts.")
    return choices


def _value(variable: Variable, value: Any) -> Value:
    """Raises ValueError with a sentence."""
    if value is None:
        raise ValueError("This needs a value.")
    match variable["type"]:
        case "boolean" if isinstance(value, bool):
            return value
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value) and abs(value) < 1e15:
                return value
        case "choice" if value in variable["choices"]:
            return str(value)
        case "text" if isinstance(value, str):
            if len(value) > LONGEST:
                raise ValueError(f"This is longer than {LONGEST} characters.")
            return clean(value)
    raise ValueError(_EXPECTED[variable["type"]].format(", ".join(variable.get("choices", []))))


_EXPECTED = {
    "boolean": "This is true or false.",
    "number": "This is a number.",
    "choice": "This is one of: {}.",
    "text": "This is a text.",
}


def _wrong(sentence: str) -> BadField:
    return BadField(variables=sentence)
