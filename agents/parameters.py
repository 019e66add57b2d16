"""Model parameters that a template or an agent may set: one row each, and which dialects take it.

Names are ours and flat. ``wire`` puts them in the words of the Responses API, in which every
``TurnRequest`` has them (adapters of other dialects translate those); what the answering dialect
does not take is left out there, and refused when somebody saves where the dialect is known.
Sources: the Responses, Chat Completions and Assistants API references.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from giint.core.text import clean, clean_json

SCHEMA_BYTES = 65_536  # of a response format


BUT_AGENTS = ("responses", "chat", "assistants")
BUT_ASSISTANTS = ("responses", "chat", "agents")
EVERY = (*BUT_AGENTS, "agents")


@dataclass(frozen=True, slots=True)
class Parameter:
    """``path``: where it stands in a request in Responses' words, dots between the levels."""

    name: str
    label: str
    kind: str  # number, whole, boolean, choice or format
    path: str
    dialects: tuple[str, ...] = BUT_AGENTS
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
PARAMETERS = (
    Parameter("temperature", "Temperature", "number", "temperature", low=0.0, high=2.0),
    Parameter("top_p", "Top p", "number", "top_p", low=0.0, high=1.0),
    Parameter(
        "max_output_tokens",
        "Tokens of one answer at most",
        "whole",
        "max_output_tokens",
        low=16,
        high=1_000_000,
    ),
    Parameter(
        "reasoning_effort", "Reasoning effort", "choice", "reasoning.effort", EVERY, choices=EFFORTS
    ),
    Parameter(
        "reasoning_summary",
        "Summary of the reasoning",
        "choice",
        "reasoning.summary",
        ("responses", "agents"),
        choices=("auto", "concise", "detailed"),
    ),
    Parameter(
        "verbosity",
        "Verbosity",
        "choice",
        "text.verbosity",
        BUT_ASSISTANTS,
        choices=("low", "medium", "high"),
    ),
    Parameter("response_format", "Response format", "format", "text.format", EVERY),
    Parameter("parallel_tool_calls", "Tool calls side by side", "boolean", "parallel_tool_calls"),
    Parameter(
        "tool_choice",
        "Use of tools",
        "choice",
        "tool_choice",
        choices=("auto", "none", "required"),
    ),
    Parameter(
        "service_tier",
        "Service tier",
        "choice",
        "service_tier",
        BUT_ASSISTANTS,
        choices=("auto", "default", "flex", "priority"),
    ),
    Parameter(
        "truncation",
        "Truncation by the server",
        "choice",
        "truncation",
        ("responses",),
        choices=("auto", "disabled"),
    ),
)
_ROWS = {row.name: row for row in PARAMETERS}


def checked(given: Any, dialect: str | None = None) -> dict[str, Any]:
    """The parameters as they are kept; null ones are left out. ``dialect``: of the account that
    will answer, where it is known. Raises ValueError with a sentence.
    """
    if not isinstance(given, Mapping):
        raise ValueError("Parameters are an object: name → value.")
    kept = {}
    for name, value in given.items():
        row = _ROWS.get(name)
        if row is None:
            known = ", ".join(_ROWS)
            raise ValueError(
                f"There is no parameter named {clean(str(name))[:40]}. There are: {known}."
            )
        if dialect is not None and dialect not in row.dialects:
            raise ValueError(f"The dialect “{dialect}” does not take {name}.")
        if value is not None:
            kept[name] = _value(row, value)
    return kept


def wire(parameters: Mapping[str, Any], dialect: str) -> dict[str, Any]:
    """The parameters in Responses' words, without those that ``dialect`` does not take."""
    sent: dict[str, Any] = {}
    for name, value in parameters.items():
        row = _ROWS.get(name)
        if row is None or dialect not in row.dialects:
            continue
        *levels, last = row.path.split(".")
        place = sent
        for level in levels:
            place = place.setdefault(level, {})
        place[last] = value
    return sent


def _value(row: Parameter, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match row.kind:
        case "boolean" if isinstance(value, bool):
            return value
        case "choice" if value in row.choices:
            return value
        case "number" if is_number and row.low <= value <= row.high:
            return value
        case "whole" if is_number and row.low <= value <= row.high and value == int(value):
            return int(value)
        case "format":
            return _response_format(value)
    raise ValueError(_expected(row))


def _expected(row: Parameter) -> str:
    match row.kind:
        case "boolean":
            return f"{row.name} is true or false."
        case "choice":
            return f"{row.name} is one of {', '.join(row.choices)}."
        case "whole":
            return f"{row.name} is a whole number from {row.low:,g} to {row.high:,.0f}."
    return f"{row.name} is a number from {row.low:g} to {row.high:g}."


def _response_format(value: Any) -> dict[str, Any]:
    """``text``, ``json_object``, or a JSON schema as Responses has it."""
    if value in ("text", "json_object"):
        return {"type": value}
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind in ("text", "json_object") and len(value) == 1:
        return {"type": kind}
    if kind != "json_schema":
        raise ValueError(
            'response_format is "text", "json_object", or '
            '{"type": "json_schema", "name": …, "schema": {…}}.'
        )
    name, schema = value.get("name"), value.get("schema")
    if not isinstance(name, str) or not 0 < len(name) <= 64 or not isinstance(schema, Mapping):
        raise ValueError("A response format with a schema has a name and a schema.")
    if odd := sorted(set(map(str, value)) - {"type", "name", "schema", "strict", "description"}):
        raise ValueError(f"A response format has no “{clean(odd[0])[:40]}”.")
    kept: dict[str, Any] = clean_json(value)
    if len(orjson.dumps(kept)) > SCHEMA_BYTES:
        raise ValueError(f"A response format is at most {SCHEMA_BYTES:,} bytes.")
    return kept
