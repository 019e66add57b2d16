"""Every gate: ``make check``. All of them run; one that fails fails the whole."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts import client, events, gates, reference
from scripts.shell import ROOT, Stop, run

BIN = Path(sys.executable).parent
TSC = client.MODULES / ".bin" / "tsc"
PACKAGES = [
    *("giint", "accounts", "agents", "transcripts", "frontend"),
    *("scripts", "tests", "benchmarks"),
]
# What a server on the internet is set up with, as far as Django's deployment check looks at it.
PUBLIC = {"GIINT_ORIGINS": "https://chat.example.org", "DEBUG": "false"}


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must hold: a program that ends with 0, or a function that finds nothing."""

    name: str
    command: list[str] = field(default_factory=list)
    find: Callable[[], list[str]] | None = None
    env: dict[str, str] = field(default_factory=dict)

    def complaints(self) -> str:
        """What is wrong; empty if nothing is."""
        if self.find is not None:
            return "\n".join(self.find())
        try:
            run(self.command, env=os.environ | self.env, advice="", lines=0)
        except Stop as stop:
            return str(stop).strip()
        return ""


def tool(name: str, *words: str) -> list[str]:
    return [str(BIN / name), *words]


def manage(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def generated() -> list[str]:
    """Files made from code that are not what the code makes now."""
    module = events.load()
    made = {
        events.MARKDOWN: events.make_markdown(module),
        events.TYPESCRIPT: events.make_typescript(module),
        **reference.wanted(),
    }
    return [
        f"{path.relative_to(ROOT)} is stale: run `make events` and `make reference`"
        for path, text in made.items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def all_gates() -> list[Gate]:
    """The gates in their order, the quick ones first."""
    try:
        node = client.environment()
    except Stop as stop:
        print(stop, file=sys.stderr)
        node = {}
    schema = os.devnull
    return [
        Gate("ruff format", tool("ruff", "format", "--check", "--quiet", ".")),
        Gate("ruff check", tool("ruff", "check", "--quiet", ".")),
        Gate("file lengths", find=gates.too_long),
        Gate("pins", find=gates.loose_pins),
        Gate("generated files", find=generated),
        Gate("import layers", tool("lint-imports")),
        Gate("migrations", manage("makemigrations", "--check", "--dry-run")),
        Gate("django check", manage("check", "--fail-level", "WARNING")),
        Gate("deployment", manage("check", "--deploy", "--fail-level", "WARNING"), env=PUBLIC),
        Gate("schema", manage("spectacular", "--fail-on-warn", "--validate", "--file", schema)),
        Gate("client types", [str(TSC), "--noEmit", "-p", "frontend"], env=node),
        Gate("types", tool("mypy", *PACKAGES)),
    ]


def main() -> int:
    failed = []
    for gate in all_gates():
        began = time.monotonic()
        complaints = gate.complaints()
        print(f"{'FAILED' if complaints else 'ok':7}{gate.name} ({time.monotonic() - began:.1f} s)")
        if complaints:
            failed.append(gate.name)
            print(complaints, flush=True)
    print(f"{len(failed)} gates failed: {', '.join(failed)}" if failed else "Every gate is passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
