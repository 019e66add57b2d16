"""What ``{config}`` and ``{updates}`` may say: one row for each field. Pure.

Sources: "Create assistant" of OpenAI's specification of 2026-08-21, and ``AgentCreateParams`` of
openai 3.52. A dialect that has no such field refuses it: nothing is dropped silently.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from agents.models.manager import DAY_MS, MOST_KEPT
from agents.parameters import EFFORTS
from giint.core.errors import BadField
from giint.core.text import clean, clean_json

Check = Callable[[Any], Any]
Config = dict[str, Any]
BOTH = ("assistants", "agents")
TOOLS = 128
PAIRS = 8  # of a person's own metadata; a server takes 16, ours are among them
LARGEST = 262_144  # bytes of JSON in all
SHORTEST_MS, LONGEST_MS = 60_000, 366 * DAY_MS
OURS = ("created_by", "created_at", "version")
TYPES = {
    "assistants": ("code_interpreter", "file_search", "function"),
    "agents": (
        *("function", "web_search", "mcp", "tool_search", "computer_use", "automations"),
        "programmatic_tool_calling",
    ),
}


def text(longest: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("this is a text")
        if len(value) > longest:
            raise ValueError(f"this is longer than {longest:,} characters")
        return clean(value)

    return check


def number(low: float, high: float) -> Check:
    def check(value: Any) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= high:
            raise ValueError(f"this is a number from {low:g} to {high:g}")
        return float(value)

    return check


def choice(*words: str) -> Check:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError(f"this is one of {', '.join(words)}")
        return str(value)

    return check


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("this is an object")
    kept: dict[str, Any] = clean_json(value)
    return kept


def metadata(value: Any) -> dict[str, str]:
    """A person's own pairs. Ours come beside them."""
    pairs = mapping(value)
    if len(pairs) > PAIRS:
        raise ValueError(f"this has at most {PAIRS} pairs")
    for name, word in pairs.items():
        if name in OURS or name.startswith("giint_"):
            raise ValueError(f"{name[:40]} is written by the manager itself")
        if not isinstance(word, str) or not 0 < len(name) <= 64 or len(word) > 512:
            raise ValueError("names have up to 64 characters, values are texts of up to 512")
    return pairs


def response_format(value: Any) -> Any:
    if value in ("auto", "text", "json_object"):
        return value if value == "auto" else {"type": value}
    kind = mapping(value).get("type") if isinstance(value, Mapping) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise ValueError("its type is text, json_object or json_schema")
    return mapping(value)


def model(value: Any) -> str:
    name = str(text(120)(value)).strip()
    if not name:
        raise ValueError("this cannot be empty")
    return name


# Field → how it is read, and which dialects have it.
FIELDS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "name": (text(256), BOTH),
    "description": (text(512), ("assistants",)),
    "model": (model, BOTH),
    "instructions": (text(65_536), BOTH),
    "tools": (list, BOTH),  # ``tools`` below: they depend on the dialect
    "tool_resources": (mapping, ("assistants",)),
    "metadata": (metadata, BOTH),
    "temperature": (number(0, 2), ("assistants",)),
    "top_p": (number(0, 1), ("assistants",)),
    "reasoning_effort": (choice(*EFFORTS, "max"), BOTH),
    "response_format": (response_format, BOTH),
    "verbosity": (choice("low", "medium", "high"), ("agents",)),
}


def checked(given: Any, dialect: str, field: str = "config") -> Config:
    """The fields as they are kept; null means "as the template has it" and stays.

    Raises BadField with one name for each that is wrong, ``config.NAME``.
    """
    if not isinstance(given, Mapping):
        raise BadField(**{field: 'This is an object, such as {"name": "Invoices"}.'})
    wrong: dict[str, str] = {}
    kept: Config = {}
    for name, value in given.items():
        try:
            kept[str(name)] = _checked(str(name), value, dialect)
        except ValueError as error:
            wrong[f"{field}.{clean(str(name))[:40]}"] = f"{str(error).rstrip('.')}."
    if not wrong and len(orjson.dumps(kept)) > LARGEST:
        wrong[field] = f"This is larger than {LARGEST:,} bytes."
    if wrong:
        raise BadField(**wrong)
    return kept


def _checked(name: str, value: Any, dialect: str) -> Any:
    if name not in FIELDS:
        known = ", ".join(one for one, (_, where) in FIELDS.items() if dialect in where)
        raise ValueError(f"there is no such field. There are: {known}")
    check, where = FIELDS[name]
    if dialect not in where:
        raise ValueError(f"the dialect “{dialect}” does not have this")
    if value is None:
        return None
    return tools(value, dialect) if name == "tools" else check(value)


def tools(value: Any, dialect: str) -> list[Any]:
    """Names of tools of ours as they are; the provider's, as its API has them."""
    if not isinstance(value, list) or len(value) > TOOLS:
        raise ValueError(f"this is a list of at most {TOOLS} tools")
    return [_tool(one, dialect) for one in value]


def _tool(one: Any, dialect: str) -> Any:
    if isinstance(one, str):
        return clean(one)[:64]
    kinds = ", ".join(TYPES[dialect])
    if not isinstance(one, Mapping) or not isinstance(one.get("type"), str):
        raise ValueError(f'a tool is a name, or an object with a "type": {kinds}')
    if one["type"] not in TYPES[dialect]:
        raise ValueError(f"“{dialect}” has no {clean(one['type'])[:40]}. It has: {kinds}")
    return _function(mapping(one), dialect) if one["type"] == "function" else mapping(one)


def _function(tool: dict[str, Any], dialect: str) -> dict[str, Any]:
    """Both APIs' forms are taken: the one nests what the other has flat."""
    said = mapping(tool.get("function") or tool)
    if not isinstance(said.get("name"), str) or not said["name"]:
        raise ValueError("a function has a name")
    return function(
        said["name"], str(said.get("description") or ""), said.get("parameters") or {}, dialect
    )


def function(name: str, description: str, schema: Any, dialect: str) -> dict[str, Any]:
    """A function as the dialect's API takes it."""
    if not isinstance(schema, Mapping):
        raise ValueError("the parameters of a function are a JSON schema")
    said = {"name": name, "description": description, "parameters": dict(schema)}
    return (
        {"type": "function", "function": said}
        if dialect == "assistants"
        else {"type": "function", **said}
    )


def checked_keep(keep: Any) -> int:
    """How many stay at the provider. Raises BadField ``keepCount``."""
    if isinstance(keep, bool) or not isinstance(keep, int) or not 1 <= keep <= MOST_KEPT:
        why = f"This is a whole number from 1 to {MOST_KEPT}: the current one always stays. "
        raise BadField(keepCount=f"{why}To remove that too, delete it by its id.")
    return keep


def checked_interval(interval_ms: Any) -> int:
    """Milliseconds between two refreshes. Raises BadField ``intervalMs``."""
    whole = isinstance(interval_ms, int) and not isinstance(interval_ms, bool)
    if not whole or not (interval_ms == 0 or SHORTEST_MS <= interval_ms <= LONGEST_MS):
        raise BadField(
            intervalMs=f"This is a whole number of milliseconds from {SHORTEST_MS:,} (a minute) to "
            f"{LONGEST_MS:,} (a year); {DAY_MS:,} is a day, 0 means only by hand."
        )
    return int(interval_ms)
