"""Which tools a person may use, and what of an agent's goes to the model. One query, however many.

A tool is a line of the table in settings, or a row, or both: the row then says who may use it and
how. What is withheld is never offered, and refused if a model asks for it all the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from agents.models import Agent
from agents.models import Tool as Row
from agents.providers import provider_for
from agents.providers.base import BuiltIn, ToolSpec
from agents.tools import registry
from agents.tools.base import Retry, Tool
from agents.tools.http import http_tool
from giint.core.errors import GiintError
from giint.core.prepared import Given, Rows

UNKNOWN = "There is no tool of that name."
FORBIDDEN = "Your groups may not use it."
DISABLED = "It is switched off."
WAITS = "It needs a person's approval, and the provider that runs it asks nobody."
UNLISTED = "Its code is not in the table of settings."
CLASH = "It has the name of a tool of code; rename it."


@dataclass(frozen=True, slots=True)
class Standing:
    """A tool as it stands for one person. ``withheld``: why they are not offered it, or empty.

    ``tool`` is what this server runs; where it is None, the provider runs it.
    """

    name: str
    label: str
    description: str
    kind: str
    writes: bool
    approval: str
    withheld: str = ""
    tool: Tool | None = None
    row: Row | None = None

    def public(self) -> dict[str, Any]:
        """As its user sees it: ``agents.tool_shapes.ToolOut``."""
        return {
            "name": self.name,
            "label": self.label,
            "description": self.description,
            "kind": self.kind,
            "writes": self.writes,
            "approval": self.approval,
            "asks": bool(self.tool and self.tool.asks),
            "schema": self.tool.schema if self.tool else None,
        }


@dataclass(frozen=True, slots=True)
class Offer:
    """What one model call may use: our tools by name, in the agent's order, and the provider's."""

    tools: Mapping[str, Tool] = field(default_factory=dict)
    builtins: tuple[BuiltIn, ...] = ()

    def without_asking(self) -> "Offer":
        """The same without the tools that a person approves first, for who cannot wait for one."""
        return Offer({k: one for k, one in self.tools.items() if not one.asks}, self.builtins)

    @property
    def specs(self) -> list[ToolSpec]:
        return [registry.spec(tool) for tool in self.tools.values()]


NOTHING = Offer()


def offered(*, user: User, agent: Agent | None, dialect: str) -> Offer:
    """What ``agent`` may use when ``dialect`` answers. Sync, one query.

    Raises GiintError ``builtin_refused`` where the agent has a provider's tool that the dialect
    does not have, and ``key_unreadable`` where an MCP server's headers do not open.
    """
    if agent is None or not agent.tools:
        return NOTHING
    usable = [one for one in standings(user, agent.tools).values() if not one.withheld]
    builtins = [_builtin(one.row, dialect) for one in usable if one.tool is None and one.row]
    return Offer({one.name: one.tool for one in usable if one.tool}, tuple(builtins))


def usable(user: User) -> list[Standing]:
    """Every tool that ``user`` may use. One query."""
    return [one for one in standings(user).values() if not one.withheld]


def refusals(user: User, names: Collection[str]) -> dict[str, str]:
    """Those of ``names`` that an agent of ``user`` cannot have, and why. One query.

    What is withheld from everybody for now (a missing key) may be chosen: it will be offered when
    it can be.
    """
    found = standings(user, names)
    unknown = {name: UNKNOWN for name in names if name not in found}
    return unknown | {
        name: one.withheld
        for name, one in found.items()
        if one.withheld in (FORBIDDEN, DISABLED, CLASH)
    }


def standings(user: User, names: Collection[str] | None = None) -> dict[str, Standing]:
    """Every tool, or those of ``names``, by name: in the order of ``names``, else code first."""
    rows = {row.name: row for row in _rows(user, names)}
    wanted = [*settings.GIINT_TOOLS, *rows] if names is None else names
    code = registry.tools()
    return {
        name: _standing(name, code.get(name), rows.get(name))
        for name in dict.fromkeys(wanted)
        if name in code or name in rows
    }


def withheld(row: Row, code: Tool | None) -> str:
    """Why nobody is offered this tool, or empty."""
    if row.kind == Row.Kind.CODE and code is None:
        return UNLISTED
    if row.kind != Row.Kind.CODE and code is not None:
        return CLASH
    if not row.enabled:
        return DISABLED
    if row.kind in (Row.Kind.BUILTIN, Row.Kind.MCP) and asks(row.approval, writes=row.writes):
        return WAITS
    return _lacks(code)


def asks(approval: str, *, writes: bool, reaches: bool = False) -> bool:
    """Whether a person approves each call of such a tool first. Pure."""
    if approval == Row.Approval.WRITES:
        return writes or reaches
    return approval == Row.Approval.ALWAYS


def _rows(user: User, names: Collection[str] | None) -> list[Any]:
    """All of them, and then the wanted ones: an installation has dozens, not thousands."""
    rows = _ROWS.all(user=user.pk)
    return rows if names is None else [row for row in rows if row.name in names]


def _with_groups() -> "QuerySet[Any]":
    groups = Row.groups.through.objects.filter(tool=OuterRef("pk"))
    return Row.objects.annotate(
        limited=Exists(groups), mine=Exists(groups.filter(group__user=Given("user")))
    )


_ROWS = Rows(_with_groups)


def _standing(name: str, code: Tool | None, row: Any) -> Standing:
    if row is None:
        tool = _asking(cast(Tool, code), Row.Approval.WRITES)
        return Standing(
            name, tool.label, tool.description, "code", tool.writes, "writes", _lacks(tool), tool
        )
    reason = withheld(row, code)
    if row.limited and not row.mine:
        reason = FORBIDDEN
    tool_or_none, broken = _tool(row, code)
    return Standing(
        name=name,
        label=row.label or (code.label if code else name),
        description=row.description or (code.description if code else ""),
        kind=row.kind,
        writes=row.writes or bool(code and code.writes),
        approval=row.approval,
        withheld=reason or broken,
        tool=tool_or_none,
        row=row,
    )


def _tool(row: Row, code: Tool | None) -> tuple[Tool | None, str]:
    """What this server runs for the row, or why it cannot."""
    traits: dict[str, Any] = {
        "name": row.name,
        "label": row.label or (code.label if code else row.name),
        "description": row.description or (code.description if code else ""),
        "retry": cast(Retry, row.retry),
        "timeout": row.timeout,
        "writes": row.writes,
    }
    if code is not None:
        writes = row.writes or code.writes
        return _asking(replace(code, **traits | {"writes": writes}), row.approval), ""
    if row.kind != Row.Kind.HTTP:
        return None, ""
    try:
        return _asking(http_tool(row, reaches=True, **traits), row.approval), ""
    except ValueError as error:
        return None, str(error)


def _asking(tool: Tool, approval: str) -> Tool:
    return replace(tool, asks=asks(approval, writes=tool.writes, reaches=tool.reaches))


def _lacks(code: Tool | None) -> str:
    missing = [
        name.replace("|", " or ")
        for name in (code.needs if code else ())
        if not any(getattr(settings, one, "") for one in name.split("|"))
    ]
    return f"The operator has not set {', '.join(missing)}." if missing else ""


def _builtin(row: Row, dialect: str) -> BuiltIn:
    kind = str(row.options.get("type") or row.kind)
    if kind not in provider_for(dialect).builtins:
        label = settings.GIINT_PROVIDERS.get(dialect, (dialect, ""))[0]
        raise GiintError("builtin_refused", f"{row.name}: {label} has no {kind}")
    return BuiltIn(row.name, kind, row.options, row.open())
