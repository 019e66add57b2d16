"""What a model says in one turn, whatever the dialect, and how each dialect puts it."""

from dataclasses import dataclass
from typing import Any

from tests.modelserver import chatwire, wire
from tests.modelserver.script import Reply

KEEP_STATE = ("assistants", "agents")


@dataclass(frozen=True, slots=True)
class Said:
    """One turn. ``calls``: names and arguments, as ``call_<first>`` and so on. ``failure``: a code
    and a sentence, with which it breaks off after the text. ``ran``: tools of the server's own, and
    ``cited``: ids of files, where the wire is given them.
    """

    pieces: tuple[str, ...] = ()
    thoughts: tuple[str, ...] = ()
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    first: int = 1
    failure: tuple[str, str] | None = None
    ran: tuple[tuple[str, dict[str, Any]], ...] = ()
    cited: tuple[str, ...] = ()

    def reply(self, dialect: str) -> Reply:
        if dialect in KEEP_STATE:
            return Reply(said=self)
        return {"responses": _responses, "chat": _chat}[dialect](self)


def _responses(said: Said) -> Reply:
    if said.failure:
        return wire.failed(*said.failure, *said.pieces)
    parts = [wire.reasoning(*said.thoughts)] if said.thoughts else []
    parts += [wire.message(*said.pieces)] if said.pieces else []
    parts += [
        wire.call(name, given, f"call_{number}")
        for number, (name, given) in enumerate(said.calls, said.first)
    ]
    return wire.stream(*parts)


def _chat(said: Said) -> Reply:
    if said.failure:
        return chatwire.failed(*said.failure, *said.pieces)
    chunks = chatwire.reasoning(*said.thoughts) + chatwire.message(*said.pieces)
    for index, (name, given) in enumerate(said.calls):
        chunks += chatwire.call(name, given, f"call_{said.first + index}", index)
    return chatwire.stream(*chunks, finish="tool_calls" if said.calls else "stop")
