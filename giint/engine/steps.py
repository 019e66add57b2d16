"""What one pass of the turn loop gives: a value. docs/invariants/run.md."""

from dataclasses import dataclass, field
from typing import Literal

from agents.providers.base import Item, ToolCall
from giint.core.events import UsageRow


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model call said, cleaned and whole as far as it came."""

    text: str = ""
    reasoning: str = ""
    items: list[Item] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    citations: list[dict[str, str]] = field(default_factory=list)
    usage: UsageRow = field(default_factory=lambda: UsageRow())


@dataclass(frozen=True, slots=True)
class Again:
    """The model asked for tools: run them, then ask it again."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Final:
    """The model is done; so is the run."""

    answer: Answer


Ending = Literal["failed", "cancelled", "interrupted"]


@dataclass(frozen=True, slots=True)
class Failed:
    """The call did not end well. What was said so far is kept."""

    code: str
    answer: Answer
    detail: str = ""
    status: Ending = "failed"


Step = Again | Final | Failed
