"""From the table in settings to tools that a model can be told of."""

from typing import Annotated, Any, Literal

import pytest
from pytest_django import Settings

from agents.tools import registry
from agents.tools.base import ToolContext, tool
from agents.tools.schema import schema_of

HERE = __name__


@tool(retry="ask", timeout=600)
async def every_kind(
    context: ToolContext,
    text: Annotated[str, "what to say"],
    mode: Literal["fast", "slow"],
    tags: list[str],
    ratio: float | None = None,
    count: int = 3,
    loud: bool = False,
) -> str:
    """Has a parameter of every kind."""
    return text


def silent(context: ToolContext) -> str:
    return ""


def plain(context: ToolContext) -> str:
    """Says nothing about itself."""
    return ""


def test_the_shipped_tools_are_those_of_the_table() -> None:
    shipped = "current_time calculate weather web_search web_read user_audit user_role make_csv"
    assert [*registry.tools()] == [*shipped.split(), "post_console", "x_poll", "duo"]
    time = registry.tools()["current_time"]
    assert (time.label, time.retry, time.timeout, time.is_async) == (
        "Current time",
        "safe",
        5,
        False,
    )
    assert time.description == "The current date and time in a time zone."
    assert registry.tools()["weather"].needs == ("OPENWEATHER_API_KEY",)
    writing = {name for name, tool in registry.tools().items() if tool.writes}
    assert writing == {"post_console"}
    assert registry.spec(time).schema is time.schema
    assert registry.tool_for("no_such") is None


def test_annotations_become_the_schema() -> None:
    assert schema_of(every_kind) == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "what to say"},
            "mode": {"enum": ["fast", "slow"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "ratio": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "count": {"type": "integer", "default": 3},
            "loud": {"type": "boolean", "default": False},
        },
        "required": ["text", "mode", "tags"],
        "additionalProperties": False,
    }


def test_what_the_code_says_about_itself_is_kept(settings: Settings) -> None:
    settings.GIINT_TOOLS = {
        "every": ("Every", f"{HERE}.every_kind"),
        "plain": ("Plain", f"{HERE}.plain"),
    }
    every, unsaid = registry.tools()["every"], registry.tools()["plain"]
    assert (every.name, every.retry, every.timeout, every.is_async) == ("every", "ask", 600, True)
    assert (unsaid.retry, unsaid.is_async, unsaid.writes) == ("once", False, True)


def odd_type(context: ToolContext, when: dict[str, Any]) -> str:
    """Odd."""
    return ""


def untyped(context: ToolContext, when) -> str:  # type: ignore[no-untyped-def]
    """Untyped."""
    return ""


def starred(context: ToolContext, *when: str) -> str:
    """Starred."""
    return ""


@pytest.mark.parametrize("name", ["odd_type", "untyped", "starred", "silent"])
def test_a_function_that_a_model_cannot_be_told_of_stops_the_start(
    settings: Settings, name: str
) -> None:
    settings.GIINT_TOOLS = {"odd": ("Odd", f"{HERE}.{name}")}
    with pytest.raises(TypeError, match=f"{name}|odd"):
        registry.tools()
