"""Asks the running server whether it is well: the health check of the image and of compose."""

import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT = 5  # seconds


def answer(port: int, origin: str) -> int:
    """The status of /healthz on this machine, asked for under the name that people use."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(origin).netloc})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def main() -> int:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from giint.environment import setting

    port: int = setting("PORT")
    origins: list[str] = setting("GIINT_ORIGINS") or [f"http://localhost:{port}"]
    return 0 if answer(port, origins[0]) == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
