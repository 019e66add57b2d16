"""What every provider is: one protocol, one vocabulary of events. To add one: CONTRIBUTING, "A
provider".

A provider is given a ``TurnRequest`` and yields ``ProviderEvent`` values. It must end in exactly
one of ``Done`` or ``Failed``; an iterator that simply stops is a transport that ended, which is not
success. Vendor quirks stop in the adapter.

Items are in the shape of OpenAI's Responses items (``message``, ``function_call``,
``function_call_output``, ``reasoning``): the one form in which we store what a model was sent and
what it said. Source: the Responses API reference, event and item types of openai 3.52.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from giint.core.events import UsageRow
from giint.core.secrets import Secret

if TYPE_CHECKING:
    from agents.providers.stateful import Remotes

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The account that answers, resolved for one call. Never stored, never logged."""

    dialect: str
    base_url: str
    key: Secret
    model: str
    label: str
    provider_key: str = (
        ""  # id of the ProviderKey row; empty for the operator's account and the offline model
    )


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A tool that the provider runs itself. ``headers`` are for it to send to an MCP server."""

    name: str
    type: str
    options: dict[str, Any]
    headers: dict[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of the thread, for a tool that the provider runs itself. ``read`` gives its bytes:
    sync, and raises GiintError ``file_gone``.
    """

    name: str
    sha256: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One model call. ``items`` is the whole input, oldest first."""

    endpoint: Endpoint
    model: str
    instructions: str
    items: list[Item]
    tools: list[ToolSpec] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    builtins: list[BuiltIn] = field(default_factory=list)
    # Of a provider that keeps state: the objects it may use, the remote id of the model call whose
    # tool calls the last items answer (empty where they answer none, or it is not there), and the
    # files that a tool of its own may read.
    remotes: "Remotes | None" = None
    continues: str = ""
    files: list[Attached] = field(default_factory=list)  # oldest first


# --- what a provider says
# -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The first sign of life from upstream. ``remote_id`` names the answer there."""

    remote_id: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    delta: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    delta: str


@dataclass(frozen=True, slots=True)
class CallPiece:
    """The model is writing the arguments of a call: so many more characters. A sign of life, for
    arguments can take minutes; the call itself comes whole.
    """

    length: int


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A whole function call, as the model made it. ``arguments`` is its exact JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """A tool that the provider runs itself has moved on."""

    call_id: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Subagent:
    """What an agent that the provider runs beside the answer has said, whole. ``call_id``: that of
    the ``ToolProgress`` that told of it before; ``item``: the id of what it said, or empty for the
    task that it was given.
    """

    call_id: str
    name: str
    item: str
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Usage:
    usage: UsageRow


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is whole. ``items`` are its output items, kept and replayed as they are."""

    items: list[Item]


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer is not whole. ``code`` is one of ``giint.core.errors``; ``detail`` never holds a
    secret.

    ``again``: asking again may help. ``after``: seconds that upstream asked us to wait. Items that
    were finished before the failure travel along.
    """

    code: str
    detail: str = ""
    again: bool = False
    after: float | None = None
    items: list[Item] = field(default_factory=list)


ProviderEvent = (
    Started
    | Text
    | Reasoning
    | CallPiece
    | ToolCall
    | ToolProgress
    | Subagent
    | Citation
    | Usage
    | Done
    | Failed
)


@dataclass(frozen=True, slots=True)
class Check:
    """What trying an account gave: an empty ``code``, or one of ``giint.core.errors``."""

    code: str = ""
    detail: str = ""
    models: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Listed:
    """One model as its server lists it. What a server does not tell is empty."""

    id: str
    owned_by: str = ""
    released: datetime | None = None
    shutdown_date: date | None = None
    name: str = ""
    description: str = ""
    context_window: int | None = None  # tokens
    max_output: int | None = None  # tokens


@dataclass(frozen=True, slots=True)
class Listing:
    """All models of an account, or why there is no list: an empty ``code``, or one of
    ``giint.core.errors``. ``after``: seconds that upstream asked us to wait.
    """

    code: str = ""
    detail: str = ""
    after: float | None = None
    models: list[Listed] = field(default_factory=list)


class Provider(Protocol):
    """An adapter for one dialect. It holds no state of a call and no key outside one."""

    dialect: ClassVar[str]
    # True where the provider keeps state of ours: then an intent row must be written before the
    # call.
    stateful: ClassVar[bool]
    # Which of ``agents.tools.builtins`` it runs itself; what is not here is never sent to it.
    builtins: ClassVar[frozenset[str]]

    def turn(self, request: TurnRequest) -> AsyncGenerator[ProviderEvent]:
        """Ask the model once. Closing the generator cancels the call upstream."""
        ...

    def check(self, endpoint: Endpoint) -> Check:
        """Try the account: sync, bounded to 15 s, never raises for what the server does."""
        ...

    def models(self, endpoint: Endpoint) -> Listing:
        """The whole list of its models: sync, bounded to 30 s, never raises for what the server
        does.
        """
        ...
