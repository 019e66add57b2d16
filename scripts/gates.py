"""Gates that no tool has: the length of files, and what the pins may say."""

import re
import subprocess
from pathlib import Path

from scripts.shell import ROOT

LONGEST = 500  # lines; who cannot hold a file in mind cannot change it safely
CODE = {".py", ".js", ".mjs", ".ts", ".css", ".html", ".sh"}
PINS = [
    *("requirements.txt", "requirements-ddgs.txt"),
    *("requirements-dev.txt", "requirements-node.txt"),
    *("frontend/package-lock.json", "frontend/.npmrc"),
]
_ADDRESS = re.compile(
    r"https?://|//[\w.-]+\.[a-z]{2,}/|--(extra-)?index-url|--find-links|\bregistry="
)
# npm writes where people may give money to a package's authors; nothing is fetched from there.
_FUNDING = re.compile(r'^\s*"url":\s*"https?://[^"]+"\s*$')


def tracked() -> list[Path]:
    """The files that git knows or would add; without git, all that are no one's leavings."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def too_long() -> list[str]:
    """Code files over the limit; generated ones and migrations are nobody's to read."""
    found = []
    for path in tracked():
        if path.suffix not in CODE or "migrations" in path.parts or path.name == "events.d.ts":
            continue
        lines = len(path.read_text("utf-8").splitlines())
        if lines > LONGEST:
            found.append(f"{path.relative_to(ROOT)} has {lines} lines, {LONGEST} are allowed")
    return found


def loose_pins(root: Path = ROOT) -> list[str]:
    """Lines of the pins that name a host: whoever installs chooses where from."""
    found = []
    for name in PINS:
        path = root / name
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if _ADDRESS.search(line) and not _FUNDING.match(line):
                found.append(f"{name}:{number} names an address: {line.strip()}")
    return found
