"""The harness's model, which also says very much at once, and leaves a line for each call."""

import asyncio
import re
from collections.abc import AsyncGenerator

from django.conf import settings

from agents.providers.base import ProviderEvent, TurnRequest
from tests.harness.model import Babbler, _asked, _said

_WAIT = re.compile(r"wait (\d+) ms")
_FLOOD = re.compile(r"flood (\d+) KiB every (\d+) ms")


class Faulty(Babbler):
    """Understands "flood 1500 KiB every 10 ms" and "wait 500 ms" too. What it was asked is in
    ``calls.txt``.
    """

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        asked, outputs = _asked(request.items)
        with (settings.DATA_DIR / "calls.txt").open("a") as file:
            file.write(f"{outputs} {asked}\n")
        if (late := _WAIT.search(asked)) and not outputs:
            await asyncio.sleep(int(late[1]) / 1000)
        found = _FLOOD.search(asked)
        said = super().turn(request)
        if found:
            pieces = (f"{number:07d} " * 1024 for number in range(int(found[1]) // 8))
            said = _said(pieces, int(found[2]) / 1000, "flood")
        async for event in said:
            yield event
