"""A server on loopback that answers as it is told and remembers what it was asked."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Said:
    """One answer. ``pause``: seconds before its body, ``endless``: the body never ends."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    pause: float = 0.0
    endless: bool = False


class WebServer:
    """``answer`` says what each request gets."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Said] = lambda asked: Said()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
                web.asked.append(asked)
                # A client that has had enough hangs up in the middle.
                with contextlib.suppress(ConnectionError):
                    self._say(web.answer(asked))

            def _say(self, said: Said) -> None:
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if not said.endless:
                    self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                time.sleep(said.pause)
                self.wfile.write(said.body)
                while said.endless:
                    self.wfile.write(b"x" * 65_536)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            setattr(Handler, f"do_{method}", Handler._any)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"

    def says(self, value: Any, **more: Any) -> None:
        """Answer everything with this JSON."""
        self.answer = lambda asked: Said(json.dumps(value).encode(), **more)


@contextlib.contextmanager
def web_server() -> Iterator[WebServer]:
    web = WebServer()
    thread = threading.Thread(target=web.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield web
    finally:
        web.server.shutdown()
        web.server.server_close()
        thread.join()
