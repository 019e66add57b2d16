"""From the events of a stream to ours, whatever the dialect: what its translations share. Pure:
bytes of JSON in, ``ProviderEvent`` values out.
"""

import json
from collections.abc import Collection
from typing import Any

import orjson

from agents.providers.base import Done, Failed, Item, ProviderEvent, Started
from agents.providers.sse import TooLong
from giint.core.events import UsageRow
from giint.core.secrets import Secret

Data = dict[str, Any]
LONGEST_KEPT = 32 * 1024 * 1024  # bytes kept of one answer beside its text: arguments and items
LONGEST_ID = 100  # characters of a call's id that are kept; 64 is the longest seen


class Malformed(ValueError):
    """What came is not the protocol."""


class Translation:
    """One answer as it comes in. ``ended``: its Done or Failed has been given. ``complete``: the
    answer is whole, and only what is said about it (usage, a last line) may follow.

    ``taken``: the ids of calls that the conversation has already.
    """

    def __init__(self, key: Secret, taken: Collection[str] = ()) -> None:
        self.ended = False
        self.complete = False
        self._key = key
        self._taken = set(taken)
        self._started = False
        self._kept = 0

    def feed(self, kind: bytes, data: bytes) -> list[ProviderEvent]:
        """What one event means: its type and its data. Raises Malformed and TooLong."""
        raise NotImplementedError

    def whole(self, body: Data) -> list[ProviderEvent]:
        """An answer that came as one object, from a server that does not stream. Raises
        Malformed.
        """
        raise NotImplementedError

    def close(self) -> list[ProviderEvent]:
        """The stream has ended: what a ``complete`` answer still has to say. Without it, the answer
        broke off.
        """
        return []

    @property
    def items(self) -> list[Item]:
        """The output items that are finished, in order."""
        return []

    def _take(self, name: str, body: Data) -> list[ProviderEvent]:
        """``_translate``, with its slips as Malformed, and ``Started`` before the first event."""
        try:
            events = self._translate(name, body)
        except TooLong:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Malformed(f"a field of {shown(name)} is missing or of another type") from error
        self.ended = bool(events) and isinstance(events[-1], Done | Failed)
        if not self._started:
            self._started = True
            events.insert(0, Started(self._remote_id(body)))
        return events

    def _translate(self, name: str, body: Data) -> list[ProviderEvent]:
        raise NotImplementedError

    def _remote_id(self, body: Data) -> str:
        raise NotImplementedError

    def _keep_bytes(self, size: int) -> None:
        """So much of what came is kept until the answer ends. Raises TooLong."""
        self._kept += size
        if self._kept > LONGEST_KEPT:
            raise TooLong(f"an answer of more than {LONGEST_KEPT} bytes beside its text")

    def _fresh(self, call_id: str) -> str:
        """``call_id``, or another one where the conversation has a call of that id already: some
        servers count from 1 in every answer.
        """
        wanted = fresh = call_id[:LONGEST_ID] or "call"
        count = 1
        while fresh in self._taken:
            count += 1
            fresh = f"{wanted}.{count}"
        self._taken.add(fresh)
        return fresh


def parse(data: bytes) -> Data:
    """The JSON object in ``data``. Raises Malformed.

    orjson refuses half a surrogate pair, which a model may send when a token ends inside an
    emoji; the slower parser takes it, and whoever keeps the text joins the halves.
    """
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            body = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Malformed("an event that is not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("an event that is not a JSON object")
    return body


def string(value: Any) -> str:
    """``value``, which must be a text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def usage(
    given: Data, *, sent: str, said: str, cached: tuple[str, str], thought: tuple[str, str]
) -> UsageRow:
    """The counts of tokens under the names that a dialect has for them."""

    def inner(names: tuple[str, str]) -> int:
        return int((given.get(names[0]) or {}).get(names[1]) or 0)

    return {
        "input": int(given.get(sent) or 0),
        "output": int(given.get(said) or 0),
        "cached": inner(cached),
        "reasoning": inner(thought),
    }


def shown(name: str) -> str:
    """A name that a server gave, short enough for a sentence."""
    return name[:60].encode(errors="replace").decode()
