"""Makes docs/events.md and the client's types from giint/core/events.py, where events are declared.

``python scripts/events.py`` writes both files; ``--check`` writes nothing and fails when one is
stale. It needs neither Django nor a database.
"""

import argparse
import importlib
import inspect
import sys
from dataclasses import Field, fields
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

ROOT = Path(__file__).resolve().parent.parent
MARKDOWN = ROOT / "docs" / "events.md"
TYPESCRIPT = ROOT / "frontend" / "static" / "giint" / "js" / "events.d.ts"
SIMPLE: dict[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    Any: "unknown",
}
FORMS: dict[Any, str] = {NotRequired: "{0}", list: "Array<{0}>", dict: "Record<string, {1}>"}
MADE_BY = (
    "Made by scripts/events.py from giint/core/events.py; change that file and run `make events`."
)

PREFACE = """\
What the journal tells a client, one by one. How they travel: [protocol.md](protocol.md). A *stored*
field is in the journal's row; a *carried* one comes with the live push, is filled again on replay,
and is absent where the reader has it already. Times are ISO 8601 in UTC; lengths are UTF-16 code
units.
"""


def load() -> ModuleType:
    """The module that declares the events, whatever folder this was started in."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module("giint.core.events")


def aliases(module: ModuleType) -> dict[str, Any]:
    """Named literal types, such as RunStatus, in the order of the file."""
    return {name: value for name, value in vars(module).items() if get_origin(value) is Literal}


def rows(module: ModuleType) -> list[type]:
    """The TypedDicts of the module, in the order of the file."""
    return [value for value in vars(module).values() if is_typeddict(value)]


def doc(cls: type) -> str:
    """The class's own docstring on one line; a dataclass's generated signature is not one."""
    text = inspect.cleandoc(cls.__doc__ or "")
    return "" if text.startswith(f"{cls.__name__}(") else " ".join(text.split())


def typescript(kind: Any, names: dict[str, Any]) -> str:
    """The TypeScript type of an annotation. Raises TypeError for one that has no counterpart."""
    for name, value in names.items():
        if kind == value:
            return name
    if kind in SIMPLE:
        return SIMPLE[kind]
    if is_typeddict(kind):
        return str(kind.__name__)
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " | ".join(f'"{word}"' for word in args)
    inner = [typescript(arg, names) for arg in args]
    if origin in {Union, UnionType}:
        return " | ".join(inner)
    if origin in FORMS and (origin is not dict or args[0] is str):
        return FORMS[origin].format(*inner)
    raise TypeError(f"{kind!r} has no TypeScript counterpart here: teach scripts/events.py")


def without_null(kind: str) -> str:
    return kind.removesuffix(" | null")


def is_carried(item: Field[Any]) -> bool:
    return bool(item.metadata.get("carried"))


def interface(name: str, text: str, members: list[str]) -> str:
    text = text.replace("``", "`")
    head = f"/** {text} */\n" if text else ""
    return head + f"export interface {name} {{\n" + "".join(f"  {m};\n" for m in members) + "}\n"


def row_interface(row: Any, names: dict[str, Any]) -> str:
    hints = get_type_hints(row, include_extras=True)
    optional: frozenset[str] = row.__optional_keys__
    members = [
        f"{key}{'?' if key in optional else ''}: {typescript(kind, names)}"
        for key, kind in hints.items()
    ]
    return interface(row.__name__, doc(row), members)


def event_interface(event: Any, names: dict[str, Any]) -> str:
    hints = get_type_hints(event)
    members = []
    for item in fields(event):
        kind = typescript(hints[item.name], names)
        members.append(
            f"{item.name}?: {without_null(kind)}" if is_carried(item) else f"{item.name}: {kind}"
        )
    return interface(event.__name__, f"{event.type}: {doc(event)}".rstrip(": "), members)


def alias(name: str, value: Any) -> str:
    kind = typescript(value, {})
    return f"export type {name} ={' ' if len(kind) < 70 else chr(10) + '  '}{kind};\n"


def make_typescript(module: ModuleType) -> str:
    """The text of events.d.ts."""
    names = aliases(module)
    parts = [f"// {MADE_BY}\n"]
    parts += [alias(name, value) for name, value in names.items()]
    parts += [row_interface(row, names) for row in rows(module)]
    parts += [event_interface(event, names) for event in module.EVENTS]
    parts.append(
        interface(
            "Payloads",
            "Every event's payload by its type.",
            [f'"{event.type}": {event.__name__}' for event in module.EVENTS],
        )
    )
    parts.append("export type EventType = keyof Payloads;\n")
    parts.append(
        "/** One event as the socket carries it; `type` decides what `payload` is. */\n"
        "export type EventFrame = {\n"
        '  [T in EventType]: { op: "event"; stream: string; seq: number; type: T; '
        "payload: Payloads[T] };\n"
        "}[EventType];\n"
    )
    return "\n".join(parts)


def section(event: type, lines: list[str]) -> str:
    """The title of the part of events.py that declares the event: whose stream it is on."""
    start = inspect.getsourcelines(event)[1]
    titles = [line for line in lines[:start] if line.startswith("# --- ")]
    return titles[-1].strip("#- \n").capitalize() if titles else "Events"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(head: list[str], body: list[list[str]]) -> str:
    ruled = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(row) + " |" for row in ruled) + "\n"


def event_rows(event: Any, names: dict[str, Any]) -> list[list[str]]:
    hints = get_type_hints(event)
    return [
        [
            f"`{item.name}`",
            f"`{cell(typescript(hints[item.name], names))}`",
            "carried" if is_carried(item) else "stored",
        ]
        for item in fields(event)
    ]


def make_markdown(module: ModuleType) -> str:
    """The text of docs/events.md."""
    names = aliases(module)
    lines = inspect.getsource(module).splitlines(keepends=True)
    parts = [
        "# Events\n",
        f"<!-- {MADE_BY} -->\n",
        PREFACE,
    ]
    title = ""
    for event in module.EVENTS:
        if (found := section(event, lines)) != title:
            title = found
            parts.append(f"## {title}\n")
        parts.append(f"### `{event.type}`\n")
        if text := doc(event):
            parts.append(text.replace("``", "`") + "\n")
        parts.append(table(["field", "type", "kept"], event_rows(event, names)))
    parts.append("## What the fields hold\n")
    parts += [f"- `{name}`: {markdown_type(value)}\n" for name, value in names.items()]
    for row in rows(module):
        parts.append(f"### {row.__name__}\n")
        if text := doc(row):
            parts.append(text.replace("``", "`") + "\n")
        parts.append(row_table(row, names))
    return "\n".join(parts).replace("\n\n- ", "\n- ").replace("hold\n- ", "hold\n\n- ")


def markdown_type(value: Any) -> str:
    return ", ".join(f"`{word}`" for word in get_args(value))


def row_table(row: Any, names: dict[str, Any]) -> str:
    optional: frozenset[str] = row.__optional_keys__
    return table(
        ["field", "type"],
        [
            [f"`{key}`" + (" (may be absent)" if key in optional else ""), f"`{cell(kind)}`"]
            for key, hint in get_type_hints(row, include_extras=True).items()
            for kind in [typescript(hint, names)]
        ],
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a file is stale"
    )
    check: bool = parser.parse_args(arguments).check
    module = load()
    stale = 0
    for path, text in ((MARKDOWN, make_markdown(module)), (TYPESCRIPT, make_typescript(module))):
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        if check:
            stale += 1
            print(f"{path.relative_to(ROOT)} is stale: run `make events`")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
