"""Makes .env.example and the tables in docs/ from the code that decides what is in them.

``python -m scripts.reference`` writes them; ``--check`` writes nothing and fails when one is stale.
"""

import argparse
import re
import sys
from pathlib import Path

from scripts.events import table

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"
CONFIGURATION = ROOT / "docs" / "configuration.md"
TROUBLESHOOTING = ROOT / "docs" / "troubleshooting.md"
HEAD = """\
# The variables GIINT is set up with. `make setup` and `make env` write .env from this file, with
# fresh secrets. A line with # is left to its default, which it shows. Explanations are in
# docs/configuration.md; this file is made from giint/environment.py by `make reference`.
"""
COMPOSE = """
# For docker-compose.yml alone: the password of its database.
POSTGRES_PASSWORD=
"""


def example() -> str:
    """The text of .env.example: every variable with its form and its default."""
    from giint.environment import VARIABLES

    parts = [HEAD]
    for name, variable in VARIABLES.items():
        needed = variable.default is None
        line = f"{name}=" if needed else f"# {name}={variable.default}"
        parts.append(f"\n# {variable.form}\n{line}\n")
    return "".join(parts) + COMPOSE


def variables() -> str:
    from giint.environment import VARIABLES

    rows = [
        [
            f"`{name}`",
            one.form.replace("|", "\\|"),
            "must be set" if one.default is None else code(one.default),
        ]
        for name, one in VARIABLES.items()
    ]
    return table(["variable", "what it should be", "default"], rows)


def code(text: str) -> str:
    return f"`{text}`" if text else "empty"


def failures() -> str:
    from giint.core.errors import FAILURES

    rows = [
        [f"`{name}`", one.sentence, str(one.status), "yes" if one.again else "no"]
        for name, one in sorted(FAILURES.items())
    ]
    return table(["code", "what people read", "HTTP", "does trying again help?"], rows)


def between(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between its marks ``<!-- name -->`` and ``<!-- /name -->``."""
    new, found = re.subn(
        rf"(<!-- {name}[^\n]*-->\n).*?(<!-- /{name} -->)",
        lambda marks: f"{marks[1]}\n{content}\n{marks[2]}",
        text,
        flags=re.DOTALL,
    )
    if found != 1:
        raise ValueError(f"the marks of {name} are not there once")
    return new


def wanted() -> dict[Path, str]:
    """Every file that is made here, and its text."""
    return {
        EXAMPLE: example(),
        CONFIGURATION: between(CONFIGURATION.read_text("utf-8"), "variables", variables()),
        TROUBLESHOOTING: between(TROUBLESHOOTING.read_text("utf-8"), "failures", failures()),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    check: bool = parser.parse_args(arguments).check
    stale = 0
    for path, text in wanted().items():
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        if check:
            stale += 1
            print(f"{path.relative_to(ROOT)} is stale: run `make reference`")
            continue
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
