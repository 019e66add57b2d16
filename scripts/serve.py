"""Starts the server: what ``make run`` and the image run when everything is prepared."""

import errno
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound


def command(host: str, port: int) -> list[str]:
    """uvicorn as it was measured: docs/deployment.md, "The server"."""
    return [
        *(sys.executable, "-m", "uvicorn", "giint.asgi:application"),
        *("--host", host, "--port", str(port)),
        *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
        *("--lifespan", "on", "--timeout-graceful-shutdown", "5"),
    ]


def trouble(host: str, port: int) -> str:
    """Why nobody can listen there, and what to do; empty if one can."""
    other = f"choose another one, such as PORT={port + 1 if port < 65535 else 8000}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        return f"HOST is {host}, which is no address of this machine."
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is taken. Stop what listens there, or {other}."
        if error.errno == errno.EACCES:
            return f"This user may not listen on port {port}: {other}."
        return f"Nobody can listen on {host}, port {port}: {error.strerror}. Check HOST and PORT."
    return ""


def main() -> None:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "giint.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        host, port, origins = settings.HOST, settings.PORT, settings.GIINT_ORIGINS
    except ImproperlyConfigured as error:
        sys.exit(f"GIINT cannot start. {error}")
    if text := trouble(host, port):
        sys.exit(f"GIINT cannot start. {text}")
    print(f"GIINT is at {origins[0]} (Ctrl-C ends it)", flush=True)
    if host in ANYWHERE and not os.environ.get("GIINT_ORIGINS"):
        print(
            f"Only {' and '.join(origins)} are answered. For others set GIINT_ORIGINS to what "
            f"people open, such as http://{socket.gethostname()}:{port}",
            flush=True,
        )
    words = command(host, port)
    os.execv(words[0], words)  # noqa: S606 - our own words, no shell


if __name__ == "__main__":
    main()
