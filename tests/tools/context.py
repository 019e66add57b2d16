"""A context for tools that are tried on their own."""

from typing import Any, cast

from agents.tools.base import ToolContext


class Context:
    """Nobody in particular, and progress that is kept."""

    user: Any = None
    thread: Any = None
    agent: Any = None
    run: Any = None
    call_id = "call_1"
    deadline = 30.0

    def __init__(self) -> None:
        self.said: list[str] = []

    def progress(self, text: str, *, done: float | None = None, total: float | None = None) -> None:
        self.said.append(text)

    def wait(self, work: Any) -> Any:
        raise NotImplementedError

    async def transcript(self, title: str, *, key: str = "") -> Any:
        raise NotImplementedError

    def left(self) -> float:
        return self.deadline

    def may_ask(self) -> None:
        raise NotImplementedError

    async def ask(self, *_given: Any, **_more: Any) -> Any:
        raise NotImplementedError

    async def console(self, text: str, **_more: Any) -> Any:
        raise NotImplementedError

    async def file(self, name: str, content: bytes | str) -> dict[str, Any]:
        raise NotImplementedError


CONTEXT = cast(ToolContext, Context())
