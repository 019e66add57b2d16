"""Which tools there are: the table in settings, turned into ``Tool`` values once."""

import functools
import inspect
from collections.abc import Mapping
from types import MappingProxyType

from django.conf import settings
from django.utils.module_loading import import_string
from jsonschema import Draft202012Validator

from agents.providers.base import ToolSpec
from agents.tools.base import Tool, Traits
from agents.tools.schema import schema_of


def tools() -> Mapping[str, Tool]:
    """Every tool of the table by name. Raises TypeError where one cannot be told to a model."""
    return _build(tuple((name, *row) for name, row in settings.GIINT_TOOLS.items()))


def tool_for(name: str) -> Tool | None:
    """The tool of that name, or None: a model may ask for one that never was."""
    return tools().get(name)


def spec(tool: Tool) -> ToolSpec:
    """The tool as a model is told of it."""
    return ToolSpec(tool.name, tool.description, tool.schema)


@functools.lru_cache(maxsize=8)  # by the table itself, so that tests may set another
def _build(table: tuple[tuple[str, str, str], ...]) -> Mapping[str, Tool]:
    return MappingProxyType({name: _tool(name, label, path) for name, label, path in table})


def _tool(name: str, label: str, path: str) -> Tool:
    function = import_string(path)
    description = inspect.getdoc(function) or ""
    if not description:
        raise TypeError(f"{name}: a tool needs a docstring; it tells the model what it is for")
    schema = schema_of(function)
    Draft202012Validator.check_schema(schema)
    traits: Traits = getattr(function, "traits", Traits())
    return Tool(
        name=name,
        label=label,
        description=description,
        schema=schema,
        function=function,
        retry=traits.retry,
        timeout=traits.timeout,
        is_async=inspect.iscoroutinefunction(function),
        writes=traits.writes,
        reaches=traits.reaches,
        needs=traits.needs,
    )
