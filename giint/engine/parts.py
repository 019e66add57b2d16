"""The one delta assembler: provider events in, clean text out, live and whole."""

from agents.providers.base import Citation, Item, ToolCall
from giint.core.events import UsageRow
from giint.core.text import Cleaner, clean, clean_json
from giint.engine.hub import Hub, LiveMessage
from giint.engine.steps import Answer


class Parts:
    """Gathers one model call. Text goes live the moment it is clean; half a surrogate pair waits
    for its half.
    """

    def __init__(self, hub: Hub, live: LiveMessage) -> None:
        self._hub = hub
        self._live = live
        self._text = Cleaner()
        self._reasoning = Cleaner()
        self._calls: list[ToolCall] = []
        self._drafted = 0  # characters of arguments that were seen being written
        self._called = 0  # and of whole calls
        self._ran = False  # the provider ran a tool of its own
        self._citations: list[dict[str, str]] = []
        self._usage: UsageRow = {}

    def text(self, delta: str) -> int:
        """Add text; returns how long the answer is now, in UTF-16 units."""
        if piece := self._text.feed(delta):
            self._hub.add(self._live, piece)
        return self._length

    def reasoning(self, delta: str) -> int:
        """Add reasoning; returns the same as ``text``."""
        if piece := self._reasoning.feed(delta):
            self._hub.add(self._live, piece, reasoning=True)
        return self._length

    def writing(self, length: int) -> int:
        """The model writes arguments of a call; returns the same as ``text``."""
        self._drafted += length
        return self._length

    def call(self, call: ToolCall) -> int:
        """Two calls under one id would share one output: the later one gets a suffix. Returns the
        same as ``text``.
        """
        taken = {other.call_id for other in self._calls}
        call_id = clean(call.call_id)[:100] or "call"
        if call_id in taken:
            call_id = f"{call_id}.{len(self._calls)}"
        self._calls.append(ToolCall(call_id, clean(call.name)[:64], clean(call.arguments)))
        self._called += len(call.arguments)
        return self._length

    def ran(self) -> None:
        """The provider runs a tool of its own, and people see it."""
        self._ran = True

    @property
    def _length(self) -> int:
        said = self._live.text.length + self._live.reasoning.length
        return said + max(self._drafted, self._called)

    def citation(self, citation: Citation) -> None:
        self._citations.append({"url": clean(citation.url), "title": clean(citation.title)})

    def usage(self, usage: UsageRow) -> None:
        self._usage = usage

    @property
    def has_said(self) -> bool:
        """Something of this answer was shown, or a tool was asked for: it may not be asked for
        again unseen.
        """
        said = self._live.text.length or self._live.reasoning.length
        return bool(said or self._calls or self._ran)

    def answer(self, items: list[Item]) -> Answer:
        """All of it, ended: the last deltas are handed over here, before the closing
        transaction.
        """
        for cleaner, is_reasoning in ((self._text, False), (self._reasoning, True)):
            if rest := cleaner.end():
                self._hub.add(self._live, rest, reasoning=is_reasoning)
        return Answer(
            text=self._live.text.whole(),
            reasoning=self._live.reasoning.whole(),
            items=clean_json(items),
            calls=list(self._calls),
            citations=list(self._citations),
            usage=self._usage,
        )
