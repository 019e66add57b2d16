"""What changes about tools: rows that administrators make, and rows beside the tools of code."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from agents.models import Tool
from agents.tools import builtins, definition, registry
from giint.core.errors import BadField
from giint.core.secrets import Secret

LONGEST_TIMEOUT = 600.0  # seconds
_HTTP = ("method", "url_template", "result_path")


def save_tool(
    *,
    tool: Tool,
    by: User | None,
    headers: Mapping[str, Secret] | None = None,
) -> Tool:
    """Save an administrator's tool. ``headers``: all of them anew; None keeps those that are there.

    Raises BadField with all fields that are wrong: nothing unsafe or unusable is kept.
    """
    with transaction.atomic():
        before = Tool.objects.select_for_update().filter(pk=tool.pk).first() if tool.pk else None
        check_tool(tool, before=before, headers=headers)
        _blank(tool)
        tool.save()
        if headers is not None:
            tool.seal(dict(headers))
            tool.save(update_fields=Tool.SEALED)
        audit.record(
            actor=by,
            owner=None,
            action="changed" if before else "made",
            noun="tool",
            object_id=tool.name,
            details=_facts(tool, before, headers),
        )
    return tool


def remove_tool(*, tool: Tool, by: User | None) -> None:
    """Agents keep its name and are not offered it. A tool of code gets a fresh row with the next
    ``prepare``.
    """
    with transaction.atomic():
        audit.record(actor=by, owner=None, action="removed", noun="tool", object_id=tool.name)
        tool.delete()


def check_tool(
    tool: Tool, *, before: Tool | None = None, headers: Mapping[str, Secret] | None = None
) -> None:
    """Raises BadField with all that is wrong about ``tool``, which would replace ``before``."""
    wrong = _wrong(tool)
    match tool.kind:
        case Tool.Kind.HTTP:
            wrong |= definition.problems(
                method=tool.method,
                url=tool.url_template,
                schema=tool.schema,
                result_path=tool.result_path,
            )
        case Tool.Kind.BUILTIN | Tool.Kind.MCP:
            wrong |= _wrong_options(tool)
    if wrong_headers := _wrong_headers(tool, before, headers):
        wrong["headers"] = wrong_headers
    if wrong:
        raise BadField(**wrong)


def adopt_code() -> list[str]:
    """A row for each tool of code that has none, with what its code says of itself: there an
    administrator says who may use it. Returns their names.
    """
    known = set(Tool.objects.values_list("name", flat=True))
    rows = [
        Tool(
            name=tool.name,
            kind=Tool.Kind.CODE,
            retry=tool.retry,
            timeout=tool.timeout,
            writes=tool.writes,
        )
        for tool in registry.tools().values()
        if tool.name not in known
    ]
    Tool.objects.bulk_create(rows, ignore_conflicts=True)
    return [row.name for row in rows]


def _wrong(tool: Tool) -> dict[str, str]:
    wrong = {}
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool.name):
        wrong["name"] = "A name is 1 to 64 letters, digits, - and _."
    is_code = tool.name in settings.GIINT_TOOLS
    if tool.kind == Tool.Kind.CODE and not is_code:
        wrong["name"] = "There is no tool of that name in the table of settings."
    if tool.kind != Tool.Kind.CODE and is_code:
        wrong["name"] = "A tool of code has this name."
    if tool.kind == Tool.Kind.HTTP and not tool.description.strip():
        wrong["description"] = "The model needs to know what the tool is for."
    if not 0.1 <= tool.timeout <= LONGEST_TIMEOUT:
        wrong["timeout"] = f"Between 0.1 and {LONGEST_TIMEOUT:g} seconds."
    if tool.writes and tool.retry == Tool.Retry.SAFE:
        wrong["retry"] = "What writes is not safe to repeat: choose once, or ask."
    return wrong


def _wrong_options(tool: Tool) -> dict[str, str]:
    options = tool.options if isinstance(tool.options, dict) else {}
    kind = options.get("type") or (tool.kind if tool.kind == Tool.Kind.MCP else "")
    if (kind == "mcp") != (tool.kind == Tool.Kind.MCP):
        return {"options": "An MCP server is a tool of the kind MCP."}
    try:
        builtins.check_options(str(kind), options)
    except ValueError as error:
        return {"options": str(error)}
    return {}


def _wrong_headers(
    tool: Tool, before: Tool | None, headers: Mapping[str, Secret] | None
) -> str | None:
    if headers and tool.kind not in (Tool.Kind.HTTP, Tool.Kind.MCP):
        return "Only HTTP functions and MCP servers have headers."
    kept = headers is None and before is not None and bool(before.key_id)
    if kept and before is not None and before.target != tool.target:
        return "The headers were entered for another server: enter them again, or remove them."
    try:
        definition.check_headers(headers or {})
    except ValueError as error:
        return str(error)
    return None


def _blank(tool: Tool) -> None:
    """What another kind of tool would have is not kept."""
    if tool.kind != Tool.Kind.HTTP:
        for name in _HTTP:
            setattr(tool, name, "")
        tool.schema = {}
    if tool.kind not in (Tool.Kind.BUILTIN, Tool.Kind.MCP):
        tool.options = {}


def _facts(tool: Tool, before: Tool | None, headers: Mapping[str, Secret] | None) -> dict[str, Any]:
    """Which fields changed, and the names of headers; no value of either."""
    names = [f.name for f in Tool._meta.concrete_fields if f.name not in {"id", "created"}]
    skipped = {"updated", *Tool.SEALED}
    changed = [
        name
        for name in names
        if name not in skipped and before and getattr(tool, name) != getattr(before, name)
    ]
    facts: dict[str, Any] = {"kind": tool.kind, "fields": changed}
    return facts | ({"headers": sorted(headers)} if headers is not None else {})
