"""``manage.py worker``: the supervisor without a web server, one more process that runs turns."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from giint.core import db
from giint.engine import supervisor


class Command(BaseCommand):
    help = "Run turns in a process of its own, until SIGTERM or Ctrl-C; then drain (GIINT_DRAIN)."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._work())
        db.shutdown()

    async def _work(self) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, ended.set)
        supervisor.start("worker")
        self.stdout.write("worker: ready")
        await ended.wait()
        self.stdout.write("worker: draining")
        await supervisor.drain()
