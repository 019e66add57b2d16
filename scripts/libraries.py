"""The Python side of the set-up: ``.venv`` and the pinned libraries in it."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import stamps
from scripts.shell import ROOT, Stop, run, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
NO_PIP = (
    "This Python has neither ensurepip nor pip, so no environment can be made.\n"
    "Install what is missing (Debian and Ubuntu: apt install python3-venv), or install uv; "
    "then start again."
)
NO_INSTALL = "Is the network there (and HTTPS_PROXY set, if you need one)? Then start again."


def version() -> str:
    """Major and minor number of ``.venv``'s Python; empty when there is none that runs."""
    try:
        told = subprocess.run(
            [PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()


def ensure_venv(*, exact: bool) -> None:
    """Make ``.venv`` with this Python where there is none that serves.

    ``exact``: one of another version does not serve, because a version was asked for.
    """
    mine = "{}.{}".format(*sys.version_info[:2])
    found = version()
    if found == mine or (found and not exact and tuple(map(int, found.split("."))) >= (3, 11)):
        return
    say(f"Making .venv with Python {mine}")
    if shutil.which("uv"):
        command = ["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)]
    else:
        command = [sys.executable, "-m", "venv", str(VENV)]
        if importlib.util.find_spec("ensurepip") is None:
            if importlib.util.find_spec("pip") is None:
                raise Stop(NO_PIP)
            command.append("--without-pip")  # this Python's own pip will install into it
    shutil.rmtree(VENV, ignore_errors=True)
    run(command, advice="Remove the folder .venv and start again.")


def installer() -> list[str]:
    """The command that installs into ``.venv``: uv, its own pip, or this Python's pip."""
    if shutil.which("uv"):
        return ["uv", "pip", "install", "--quiet", "--python", str(PYTHON)]
    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    try:
        run([PYTHON, "-m", "pip", "--version"], advice="")
    except Stop:
        if importlib.util.find_spec("pip") is None:
            raise Stop(NO_PIP) from None
        return [sys.executable, *pip, "--python", str(PYTHON), "install"]
    return [str(PYTHON), *pip, "install"]


def ensure(*, dev: bool) -> None:
    """Install the pinned libraries, checked by their hashes; those for development on top."""
    _install(VENV / "runtime.stamp", [RUNTIME], "Installing the libraries (a minute or two)")
    if dev:
        files = [RUNTIME, DEVELOPMENT]
        _install(VENV / "dev.stamp", files, "Installing what the tests need (a minute)")


def _install(stamp: Path, files: list[Path], what: str) -> None:
    now = stamps.digest(files, version())
    if stamps.matches(stamp, now):
        return
    say(what)
    run(
        [*installer(), "--require-hashes", "-r", str(files[-1])],
        advice=NO_INSTALL,
    )
    stamps.leave(stamp, now)
