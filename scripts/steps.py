"""The set-up's steps in their order. What each does: docs/development.md, "The set-up"."""

import argparse
import os
import subprocess
import sys

from scripts import client, dotenv, libraries
from scripts.shell import ROOT, Stop, say


def main(arguments: list[str]) -> int:
    """Do what is not done yet. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/setup.py", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and gates need")
    parser.add_argument("--exact", action="store_true", help=".venv must have this Python")
    parser.add_argument("--env", action="store_true", help="write .env and nothing else")
    given = parser.parse_args(arguments)
    os.chdir(ROOT)
    try:
        dotenv.ensure()
        if given.env:
            return 0
        libraries.ensure_venv(exact=given.exact)
        libraries.ensure(dev=given.dev)
        _client(dev=given.dev)
    except Stop as stop:
        print(f"The set-up stopped. {stop}", file=sys.stderr)
        return 1
    return subprocess.call([libraries.PYTHON, "manage.py", "prepare", "--demo"])


def _client(*, dev: bool) -> None:
    """Without the client's packages the server still starts, and its page says what is missing."""
    try:
        client.ensure(dev=dev)
    except Stop as stop:
        say(f"Going on without the client's packages. {stop}")
