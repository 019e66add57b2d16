"""A run as its task holds it, and the model call that is under way."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from agents.models import Agent
from agents.providers.base import Endpoint, Item
from agents.tools.offered import NOTHING, Offer
from giint.engine import records
from giint.engine.allowance import Allowance
from giint.engine.clocks import Clock, Guards, Limits
from giint.engine.fence import Claim
from giint.engine.hub import Hub, LiveMessage
from giint.engine.parts import Parts
from giint.engine.prompt import Prompt
from giint.engine.records import Ending, Opened, Times
from giint.engine.steps import Answer
from giint.models import Run
from transcripts.models import ToolOutput

if TYPE_CHECKING:
    from giint.engine.context import CallContext
    from giint.engine.persister import Persister
    from giint.engine.toolcalls import Planned


@dataclass(frozen=True, slots=True)
class Call:
    """A model call under way: its rows, its live text, the transaction that opens the rows, and
    the rows of what the provider runs itself, by the id of its item there.
    """

    opened: Opened
    live: LiveMessage
    parts: Parts
    opening: asyncio.Future[None]
    builtins: dict[str, str] = field(default_factory=dict)

    @property
    def opening_failed(self) -> BaseException | None:
        """Why the rows could not be written, if so: the run is no longer ours, or the database is
        away.
        """
        is_over = self.opening.done() and not self.opening.cancelled()
        return self.opening.exception() if is_over else None


class Rows(Protocol):
    """What writes the rows of a run: ``giint.engine.records`` of a turn, ``ChildRows`` of a child.
    Sync; each raises Fenced.
    """

    def open_call(self, claim: Claim, opened: Opened, *, given: dict[str, Any]) -> None: ...

    def close_with_calls(
        self,
        claim: Claim,
        opened: Opened,
        answer: Answer,
        planned: "list[Planned]",
        times: Times,
        asking: Collection[str] = (),
    ) -> list[ToolOutput]: ...

    def close_run(self, ending: Ending, opened: Opened | None) -> None: ...

    def record_call(
        self, claim: Claim, output_id: str, *, status: str, result: str, error: str
    ) -> None: ...


@dataclass(slots=True, eq=False)
class Child:
    """What a run is besides, that a tool asked for. ``agent``: who answers, as they are for this
    question; ``asked``: as they are otherwise, None for a role. ``code``: why it was ended before
    its end. ``time``: what its tool gave it.
    """

    agent: Agent
    asked: Agent | None
    items: list[Item]
    rows: Rows
    outer: "CallContext" = field(default=cast(Any, None))  # of the tool that asks
    time: Allowance | None = None
    task: asyncio.Task[None] | None = None
    code: str = ""

    def halt(self, code: str) -> None:
        """End it alone; the first reason counts."""
        if self.task is not None and not self.code:
            self.code = code
            self.task.cancel()


class Contexts(Protocol):
    """Makes what a tool is given: ``giint.engine.context.CallContext``."""

    def __call__(
        self, work: "Work", persister: "Persister", output: ToolOutput, deadline: float
    ) -> "CallContext": ...


@dataclass(slots=True)
class Work:
    """See the module. ``offer``: the tools that the agent may use, as of its last model call.
    ``streaming``: a message that an earlier attempt left to be written again.
    """

    claim: Claim
    run: Run
    endpoint: Endpoint
    limits: Limits
    clock: Clock
    guards: Guards
    hub: Hub
    began: float  # by the monotonic clock, less what earlier holders took
    first_token: float | None  # seconds from there to the first that a person could see
    offer: Offer = NOTHING
    rows: Rows = records
    child: Child | None = None
    above: "Work | None" = None
    depth: int = 0  # 1 for who is asked by a tool of the turn
    # Given by whoever carries it out: the works of this process, by run; what a tool is given.
    works: "dict[str, Work]" = field(default_factory=dict)
    contexts: "Contexts" = field(default=cast(Any, None))
    streaming: Opened | None = None
    call: Call | None = None
    # Where the provider keeps state: whether objects of this run may be there, and ids of calls
    # there: which one the next answers, which one is under way, which one an earlier holder left.
    keeps: bool = False
    kept: list[str] = field(default_factory=list)  # of a turn: its child runs that keep some
    continues: str = ""
    named: str = ""
    left: str = ""
    # The tool calls that are being made, and whether each may be cut short; what ends the run when
    # those that may not are over.
    calls: dict[asyncio.Task[bool], bool] = field(default_factory=dict)
    halted: Run.Halt = Run.Halt.NONE
    unended: list[LiveMessage] = field(default_factory=list)  # entries that a tool left open
    model_calls: int = 0  # that this process made for it
    planned: Prompt | None = None  # of the first one, read with the run

    @property
    def turn(self) -> "Work":
        """What the person set off: this, or what it is within."""
        return self.above.turn if self.above else self

    @property
    def agent(self) -> Agent | None:
        return self.child.agent if self.child else self.run.agent

    @property
    def is_bare(self) -> bool:
        """It has no rows but those of its one model call: no tools, no earlier holder."""
        if self.call is None or self.call.builtins:
            return False
        return self.claim.generation == 1 and self.model_calls == 1

    @property
    def instructions(self) -> str:
        return self.agent.told if self.agent else ""

    def shown(self) -> None:
        """Something of the answer is there: text, reasoning or a tool call."""
        if self.first_token is None:
            self.first_token = time.monotonic() - self.began

    def give_way(self) -> bool:
        """A newer message interrupts the run. While it makes tool calls, those that may be repeated
        are cut short, and it ends when the others are recorded. False where it makes none.
        """
        if self.halted == Run.Halt.NONE and self.calls:
            self.halted = Run.Halt.INTERRUPT
            for task, may_be_cut in self.calls.items():
                if may_be_cut:
                    task.cancel()
        return self.halted != Run.Halt.NONE

    def hand_over(self) -> Call | None:
        """The call, for the transaction that closes it: from here on, the rows decide."""
        call, self.call = self.call, None
        if call is not None and self.child is not None:  # its next call is its entry's next attempt
            self.streaming = Opened("", call.opened.message, call.opened.attempt + 1)
        return call
