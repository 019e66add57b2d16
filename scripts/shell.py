"""Running other programs: quiet when it goes well, with their last words when it does not."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Stop(Exception):
    """The set-up cannot go on. The text says what happened and what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    advice: str,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    timeout: float = 1800,
    lines: int = 15,
) -> str:
    """The program's output. Raises Stop with its last lines (0: all), and ``advice``, if it fails.

    The whole environment is passed on: without its proxy and CA variables npm hangs for minutes.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=dict(os.environ if env is None else env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        raise Stop(f"{words[0]} cannot be run: {error}.\n{advice}") from error
    except subprocess.TimeoutExpired as error:
        raise Stop(f"{words[0]} did not end within {timeout:.0f} seconds.\n{advice}") from error
    if done.returncode:
        end = "\n".join(done.stdout.splitlines()[-lines:])
        raise Stop(f"{end}\n{' '.join(words[:4])} … failed.\n{advice}")
    return done.stdout
