"""The Chromium that draws: GIINT_TEST_BROWSER, or where Debian has it."""

import os
from pathlib import Path

from frontend import modules

CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    """Its path; empty if there is none."""
    asked = os.environ.get("GIINT_TEST_BROWSER")
    return next((path for path in ([asked] if asked else CHROMIUM) if Path(path).is_file()), "")


def lacks() -> str:
    """What this machine lacks for drawing; empty if nothing."""
    if not chromium():
        return "no Chromium (GIINT_TEST_BROWSER)"
    return "no client libraries (make setup)" if modules.missing() else ""
