"""``python -m tests.modelserver --port 8099 [--script replies.json]``: for trying things by
hand.
"""

import argparse
import signal
from pathlib import Path

from tests.modelserver.script import load
from tests.modelserver.server import ModelServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.modelserver", description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--script", type=Path, help="a JSON list of replies; see script.py")
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with ModelServer(given.port) as server:
        server.play(*(load(given.script) if given.script else []))
        print(f"model server at {server.url}; GIINT_PRIVATE_HOSTS={server.host}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
