"""Trying a tool by hand: called once with sample arguments, and what happened, without secrets.
From the admin and ``manage.py tools check``; no model, no run, nothing is kept.
"""

import asyncio
import inspect
import json
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, cast

from accounts.models import User
from agents.models import Tool as Row
from agents.tools import http
from agents.tools.arguments import validate
from agents.tools.base import Tool, ToolContext, ToolError, ToolFailed
from giint.core.errors import GiintError
from giint.core.text import clean, clean_json

log = logging.getLogger(__name__)
SHOWN = 20_000  # characters of a result
ALONE = "It needs a chat: what it leaves beside one belongs to a thread."


@dataclass(slots=True)
class Trial:
    """What happened. ``outcome``: done, refused (the arguments), failed or broken (its code).

    ``request``: method, URL and body of an HTTP function, its headers by name alone. ``seconds``:
    how long the call took.
    """

    outcome: str = "done"
    sentence: str = ""
    request: str = ""
    status: int | None = None
    result: str = ""
    seconds: float = 0.0


class _Context:
    """Who tries it, and nothing else: there is no thread and no run."""

    thread = agent = run = None
    call_id = "trial"

    def __init__(self, user: User, deadline: float) -> None:
        self.user = user
        self.deadline = deadline

    def progress(self, text: str, *, done: float | None = None, total: float | None = None) -> None:
        """Nobody follows a trial."""

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        work.close()
        raise ToolFailed(ALONE)

    async def transcript(self, title: str, *, key: str = "") -> Any:
        raise ToolFailed(ALONE)

    def left(self) -> float:
        return self.deadline

    def may_ask(self) -> None:
        raise ToolFailed(ALONE)

    async def ask(self, *_given: Any, **_more: Any) -> Any:
        raise ToolFailed(ALONE)

    async def file(self, name: str, content: bytes | str) -> dict[str, Any]:
        raise ToolFailed(ALONE)


def try_tool(*, user: User, tool: Tool, arguments: str, row: Row | None = None) -> Trial:
    """Call ``tool`` for ``user`` with the JSON text ``arguments``. Sync; runs a loop of its own, so
    not to be called from one. Raises nothing for what the tool does.
    """
    trial = Trial()
    begun = time.monotonic()
    try:
        given = validate(tool, arguments)
    except ToolError as error:
        return Trial("refused", str(error))
    try:
        value = _call(user, tool, given, row, trial)
        text = (
            value
            if isinstance(value, str)
            else json.dumps(clean_json(value), indent=2, ensure_ascii=False)
        )
        trial.result = clean(text)[:SHOWN]
    except ToolError as error:
        trial.outcome, trial.sentence = "failed", clean(str(error))
    except TimeoutError:
        trial.outcome, trial.sentence = "failed", f"It did not finish in {tool.timeout:g} s."
    except Exception as error:  # the boundary to other people's code
        log.exception("tool %s failed when it was tried", tool.name)
        trial.outcome = "broken"
        trial.sentence = f"Its code failed ({type(error).__name__}); the server's log has more."
    trial.seconds = time.monotonic() - begun
    return trial


def sample(schema: dict[str, Any]) -> dict[str, Any]:
    """Arguments to begin with: each property's example, default, first choice, or an empty one of
    its type.
    """
    properties = schema.get("properties", {})
    wanted = schema.get("required") or properties
    return {name: _example(properties[name]) for name in wanted if name in properties}


def _example(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return None
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "default" in schema:
        return schema["default"]
    empty = {"string": "", "integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
    return empty.get(str(schema.get("type")))


def _call(user: User, tool: Tool, given: dict[str, Any], row: Row | None, trial: Trial) -> Any:
    context = cast(ToolContext, _Context(user, tool.timeout))
    if row is not None and row.kind == Row.Kind.HTTP:
        return _run(_ask(row, given, trial), tool.timeout)
    value = tool.function(context, **given)
    return _run(value, tool.timeout) if inspect.isawaitable(value) else value


async def _ask(row: Row, given: dict[str, Any], trial: Trial) -> Any:
    wanted = http.request(row, given)
    trial.request = _shown(row, wanted)
    answer = await http.ask(row, wanted, within=row.timeout)
    trial.status = answer.status
    return http.result(row, answer)


def _shown(row: Row, wanted: http.Request) -> str:
    lines = [f"{wanted.method} {wanted.url}", *(f"{name}: •••" for name in _names(row))]
    if wanted.body is not None:
        lines += ["", json.dumps(wanted.body, ensure_ascii=False, indent=2)]
    return "\n".join(lines)


def _names(row: Row) -> list[str]:
    try:
        return list(row.open())
    except GiintError as error:
        raise ToolFailed(f"The headers of {row.name} cannot be opened any more.") from error


def _run(work: Any, within: float) -> Any:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(work, within))
    finally:
        loop.close()  # unlike asyncio.run, this does not wait for a name server that hangs
