"""What the command says to people: rows of ``shapes`` as lines. Pure."""

from typing import Any

Row = dict[str, Any]
HEAD = ("id", "name", "model", "made by", "version", "")


def table(rows: list[Row]) -> list[str]:
    """Assistants, one a line, under a head."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEAD))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _cells(row: Row) -> tuple[str, ...]:
    by = {"managed": "the manager", "wake": "an answer", "imported": "imported"}
    version = "" if row["version"] is None else str(row["version"])
    said = "current" if row["current"] else "unused" if row["unused"] else ""
    who = by.get(row["purpose"] or "", "somebody else")
    return row["id"], row["name"], row["model"], who, version, said


def status(row: Row) -> list[str]:
    every = row["refreshInterval"]
    lines = {
        "account": f"{row['account']} ({row['dialect']}) at {row['server']}",
        "current": row["currentAssistantId"] or "none yet",
        "last refresh": row["lastRefresh"] or "never",
        "interval": f"{every} ms" if every else "only by hand",
        "next refresh": row["nextRefresh"] or "not planned",
        "needs refresh": "yes" if row["needsRefresh"] else "no",
        "held": f"{row['held']}, at most {row['keepCount']} after a refresh",
        "last failure": row["sentence"] or "none",
    }
    return [f"{name + ':':<15}{text}" for name, text in lines.items()]


def details(row: Row) -> list[str]:
    names = ("id", "name", "description", "model", "purpose", "version", "agent")
    said = [(name, row[name]) for name in names if row[name] not in (None, "")]
    said += [("current", "yes" if row["current"] else "no")]
    inside = row["configuration"]
    said += [("tools", ", ".join(_tool(one) for one in inside.get("tools") or []) or "none")]
    lines = [f"{name + ':':<13}{value}" for name, value in said]
    text = inside.get("instructions")
    return [*lines, "instructions:", text] if isinstance(text, str) and text else lines


def _tool(tool: Any) -> str:
    if not isinstance(tool, dict):
        return "?"
    inner = tool.get("function")
    function = inner if isinstance(inner, dict) else tool
    return str(function.get("name") or tool.get("type"))


def backups(rows: list[Row]) -> list[str]:
    return [
        f"{row['version']:>4}  {row['createdAt'][:19]}Z  {row['id']}  {row['assistantId']}  "
        f"{row['source']}{'  current' if row['current'] else ''}"
        for row in rows
    ]


def renewed(row: Row) -> list[str]:
    version, cleanup = row["version"], row["cleanup"]
    line = f"{row['currentAssistantId']} is the current one, version {version['version']}."
    gone = [f"{one} is deleted." for one in cleanup["deleted"]]
    return [line, *gone]
