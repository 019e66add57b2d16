"""What was played, kept line by line in ``docs/reliability.jsonl``."""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from tests.faults.tally import Tally
from tests.harness.installation import ROOT

FILE = ROOT / "docs" / "reliability.jsonl"
Row = dict[str, Any]


def row(
    line: int | str, tally: Tally, seconds: float, seed: str, control: Row | None = None
) -> Row:
    """One line of the file. ``control``: what ``control`` below makes of one."""
    made: Row = {
        "line": line,
        "when": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": _commit(),
        "machine": _machine(),
        "seed": seed,
        "seconds": round(seconds),
        "trials": tally.trials,
        "faults": tally.faults,
        "events": tally.events,
        "lost": tally.lost,
        "repeated": tally.repeated,
        "unended": tally.unended,
        "damaged": tally.damaged,
        "notes": tally.notes,
    }
    if control is not None:
        made["control"] = control
    return made


def control(trials: int, damaged: int) -> Row:
    """Of a control's trials so many showed the damage that its guard keeps away: most have to."""
    return {"trials": trials, "damaged": damaged, "shown": 2 * damaged > trials}


def is_well(row: Row) -> bool:
    """No damage, and, where there is a control, damage there."""
    return not row["damaged"] and ("control" not in row or row["control"]["shown"])


def add(row: Row) -> None:
    with FILE.open("a") as file:
        file.write(json.dumps(row) + "\n")


def read(path: Path = FILE) -> list[Row]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def _commit() -> str:
    """The commit, with a + where the files differ from it."""
    commit = _git("rev-parse", "--short", "HEAD") or "unknown"
    own = ":!" + str(FILE.with_suffix(".*").relative_to(ROOT))
    return commit + ("+" if _git("status", "--porcelain", "--", ".", own) else "")


def _git(*words: str) -> str:
    told = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
