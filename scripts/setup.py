"""The set-up: everything a fresh clone needs, and nothing twice. ``make setup`` runs it.

It starts on any Python from 3.6, goes on with one that is new enough, and uses the standard library
alone until the libraries are there. Each step says what it does, and what to do where it cannot.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
OLDEST = (3, 11)
NEWER = ["python3.14", "python3.13", "python3.12", "python3.11"]


def version_of(python: str) -> "tuple[int, ...]":
    """(major, minor) of an interpreter; (0, 0) for one that is not there or does not run."""
    code = "import sys; print('%d %d' % sys.version_info[:2])"
    try:
        told = subprocess.check_output([python, "-c", code], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return (0, 0)
    return tuple(int(number) for number in told.split())


def use_new_python() -> None:
    """Start again with a Python that is new enough, or stop and say what to install."""
    if sys.version_info >= OLDEST:
        return
    for python in NEWER:
        if version_of(python) >= OLDEST:
            os.execvp(python, [python] + sys.argv)  # noqa: S606, RUF005
    sys.exit(
        f"GIINT needs Python 3.11 or newer; this is {sys.version.split()[0]}, no other was found.\n"
        "Install one (Debian and Ubuntu: apt install python3 python3-venv), or name it: "
        "make setup PYTHON=/path/to/python3.11"
    )


if __name__ == "__main__":
    use_new_python()
    sys.path[0] = ROOT
    from scripts.steps import main

    sys.exit(main(sys.argv[1:]))
