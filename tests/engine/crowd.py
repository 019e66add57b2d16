"""A model that answers each request by what it is asked, in whatever order they come."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import ClassVar

from agents.providers.base import ProviderEvent, TurnRequest
from agents.providers.scripted import Script, Turn

# (instructions, the last words, the request) → the turn to play
Plays = Callable[[str, str, TurnRequest], Turn]


class Crowd(Script):
    """``asked``: (instructions, last words) of each request; ``most``: how many were there at
    once. ``together``: so many questions are there before the first is answered.
    """

    dialect: ClassVar[str] = "offline"

    def __init__(self, plays: Plays, together: int = 0) -> None:
        super().__init__()
        self.together = together
        self._met = asyncio.Event()
        self.plays = plays
        self.asked: list[tuple[str, str]] = []
        self.now = 0
        self.most = 0

    async def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        words = [item["content"][0]["text"] for item in request.items if item["type"] == "message"]
        self.requests.append(request)
        self.asked.append((request.instructions, words[-1]))
        one = Script(self.plays(request.instructions, words[-1], request))
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now >= self.together:
            self._met.set()
        try:
            if len(self.asked) > 1:  # not who asks them
                await self._met.wait()
            async for event in one.turn(request):
                yield event
        finally:
            self.now -= 1
