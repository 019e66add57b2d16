"""``make bench``: measure everything, print it, write docs/performance.md.

``--once``: all of it, once instead of three times. ``--quick``: less of it, once. ``--only ROW``:
one group of rows, printed and not written: paced, flat, turn, first, one_core, memory, history,
readers, two, rendering.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report
from benchmarks.places import Places
from benchmarks.rows import GROUPS, Bench

HISTORIES = ["50x4", "2000x4", "20000"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--only", choices=GROUPS, action="append")
    asked = parser.parse_args()
    begun = time.monotonic()
    histories = HISTORIES if not asked.only or "history" in asked.only else []
    with (
        tempfile.TemporaryDirectory(prefix="giint-bench-") as folder,
        Places(Path(folder), histories) as places,
    ):
        bench = Bench(
            places, times=1 if asked.quick or asked.once else 3, short=0.4 if asked.quick else 1.0
        )
        for name in asked.only or GROUPS:
            print(f"… {name}", flush=True)
            _measure(bench, name)
        for line in report.lines(bench):
            print(line)
        for name, fact in bench.facts.items():
            print(f"- {name}: {fact}")
        if not asked.only:
            flag = "--quick" if asked.quick else "--once" if asked.once else ""
            command = f"make bench ARGS={flag}" if flag else "make bench"
            report.write(bench, command, (time.monotonic() - begun) / 60)
    print(f"{(time.monotonic() - begun) / 60:.1f} minutes on {report.machine()}")
    sys.exit(bool(bench.failed))


def _measure(bench: Bench, name: str) -> None:
    """A group that fails (a delta that is missing, a server that does not start) is said on the
    page, and takes nothing from the others.
    """
    try:
        GROUPS[name](bench)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"{name} failed: {error}", file=sys.stderr, flush=True)
        bench.failed.append(name)
        bench.facts[f"**the group {name} failed**"] = f"`make bench ARGS='--only {name}'` says why"


if __name__ == "__main__":
    main()
