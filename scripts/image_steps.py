"""Repeats the Dockerfile's steps in a clean folder, without Docker, up to a server that is well.

Each stage gets a folder that stands for ``/``; a Python stage gets an environment of its own. Steps
that make users are left out: they would change this machine. It shows that the files are all there
and the commands work together; that Docker builds the image it does not show.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts import client, dockerfile, dotenv
from scripts.gates import tracked
from scripts.shell import ROOT, Stop, run, say

PATIENCE = 90  # seconds until the server must answer


class Image:
    """The stages' folders. ``borrow``: use this environment's libraries instead of installing."""

    def __init__(self, base: Path, *, borrow: bool) -> None:
        self.base = base
        self.borrow = borrow
        self.context = base / "context"
        self.variables: dict[str, str] = {}

    def fill_context(self) -> None:
        """What Docker would be sent: the tracked files."""
        for path in tracked():
            place = self.context / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)

    def build(self, stage: dockerfile.Stage) -> Path:
        """Do the stage's steps. Returns the folder it works in."""
        root = self.base / stage.name
        work = root
        root.mkdir()
        self.variables = dict(os.environ) | client.environment()
        self.variables.pop("GIINT_ENV_FILE", None)
        if stage.base.startswith("python:"):
            self._own_python(root)
        for step in stage.steps:
            if step.name == "WORKDIR":
                work = root / step.text.strip("/")
                work.mkdir(parents=True, exist_ok=True)
            elif step.name == "COPY":
                self._copy(step, work)
            elif step.name == "RUN":
                self._run(step, work)
        self.variables |= stage.variables()
        return work

    def _own_python(self, root: Path) -> None:
        programs = root / "python" / "bin"
        if self.borrow:
            programs = Path(sys.executable).parent
        else:
            run([sys.executable, "-m", "venv", root / "python"], advice="Is ensurepip there?")
        self.variables["PATH"] = f"{programs}{os.pathsep}{self.variables['PATH']}"

    def _copy(self, step: dockerfile.Step, work: Path) -> None:
        *sources, target = step.words
        stage = step.options.get("from")
        base = self.base / stage if stage else self.context
        for source in sources:
            found = base / source.strip("/")
            place = work / target / found.name if target.endswith("/") else work / target
            place.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                shutil.copytree(found, place, dirs_exist_ok=True, symlinks=True)
            elif found.is_file():
                shutil.copyfile(found, place)
            else:
                raise Stop(f"COPY {source}: it is not there.")

    def _run(self, step: dockerfile.Step, work: Path) -> None:
        if "useradd" in step.text or (self.borrow and step.text.startswith("pip install")):
            say(f"  left out: RUN {step.text}")
            return
        say(f"  RUN {step.text}")
        run(["sh", "-c", step.text], cwd=work, env=self.variables, advice="The image would fail.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(stage: dockerfile.Stage, image: Image, work: Path) -> None:
    """Start the command as the image would and wait until its health check is content."""
    data = image.base / "data"
    data.mkdir(mode=0o700)
    env = image.variables | {name: make() for name, make in dotenv.SECRETS.items()}
    env |= {"HOST": "127.0.0.1", "PORT": str(free_port()), "DATA_DIR": str(data)}
    for name in ("DATABASE_URL", "GIINT_ORIGINS"):
        env.pop(name, None)
    log = image.base / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            stage.of("CMD")[-1].words, cwd=work, env=env, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_well(stage, server, work, env)
    except Stop as stop:
        raise Stop(f"{log.read_text()[-3000:]}\n{stop}") from None
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_until_well(
    stage: dockerfile.Stage, server: subprocess.Popen[bytes], work: Path, env: dict[str, str]
) -> None:
    check = re.sub(r"^.*?CMD ", "", stage.of("HEALTHCHECK")[-1].text)
    words = dockerfile.Step("CMD", check, {}).words
    end = time.monotonic() + PATIENCE
    while subprocess.run(words, cwd=work, env=env, check=False).returncode:
        if server.poll() is not None or time.monotonic() > end:
            raise Stop("The server did not answer its health check.")
        time.sleep(0.5)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--borrow", action="store_true", help="install no Python libraries")
    borrow: bool = parser.parse_args(arguments).borrow
    stages = dockerfile.read(ROOT / "Dockerfile")
    with tempfile.TemporaryDirectory(prefix="giint-image-") as base:
        image = Image(Path(base), borrow=borrow)
        try:
            image.fill_context()
            for stage in stages:
                say(f"stage {stage.name} (in place of {stage.base})")
                work = image.build(stage)
            start(stages[-1], image, work)
        except Stop as stop:
            print(f"The image's steps failed. {stop}", file=sys.stderr)
            return 1
    say("The image's steps work, and its server is well.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
