"""Every way in which a model server can fail, as data: what it does, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.modelserver import chatwire, wire
from tests.modelserver.script import Event, Reply, error

WIRES: dict[str, ModuleType] = {"responses": wire, "chat": chatwire}
FIRST = {"responses": 4, "chat": 1}  # the first event of a text that shows something
LIMITS = {"first": 0.5, "idle": 0.5, "total": 3.0}
PATIENT = {
    "first": 10.0,
    "idle": 10.0,
}  # where silence is not the fault, a busy machine is no fault
TICK = 0.5  # seconds between two looks at the clocks
HALF = "half an "
MIB = 1024 * 1024
Replies = Callable[[str], list[Reply]]


@dataclass(frozen=True, slots=True)
class Fault:
    """``replies``: what the server answers in a dialect. The rest is what must come of it: how the
    run ends (no code: well), what text is kept, how many calls there are upstream, why it was
    waited, and within how many seconds it is over. ``most``: bytes of one answer that may be sent
    before the server is left.
    """

    replies: Replies
    code: str = ""
    text: str = ""
    calls: int = 1
    waits: tuple[str, ...] = ()
    within: float = 2.0
    limits: dict[str, float] = field(default_factory=dict)
    most: int = MIB
    is_prefix: bool = False  # the text only begins like that
    nobody: bool = False  # there is no server

    @property
    def all_limits(self) -> dict[str, float]:
        """The limits of the agent that meets it."""
        is_silence = self.code in ("deadline_first", "deadline_idle")
        return LIMITS | ({} if is_silence else PATIENT) | self.limits


def always(*replies: Reply) -> Replies:
    return lambda dialect: list(replies)


def answering(*replies: Reply) -> Replies:
    """These, and then a good answer."""
    return lambda dialect: [*replies, _text(dialect, "Here I am.")]


def half(**fault: Any) -> Replies:
    """The fault comes after half of the text."""

    def replies(dialect: str) -> list[Reply]:
        at = FIRST[dialect] + 2
        values = {name: {at: text} if name == "raw" else text for name, text in fault.items()}
        values |= {name: at for name, value in fault.items() if value is HERE}
        return [_text(dialect, "half ", "an ", "answer").but(**values)]

    return replies


def begun(times: int = 1, **fault: Any) -> Replies:
    """The fault comes before any text, ``times`` times, after the stream has begun."""

    def replies(dialect: str) -> list[Reply]:
        at = FIRST[dialect]
        values = {name: {at: text} if name == "raw" else text for name, text in fault.items()}
        values |= {name: at for name, value in fault.items() if value is HERE}
        return [_text(dialect, "never").but(**values)] * times

    return replies


def endless(delta: str, **fault: Any) -> Replies:
    """This delta for ever."""
    return lambda dialect: [_text(dialect, delta).but(endless_after=FIRST[dialect], **fault)]


def said(name: str, *given: Any, times: int = 1) -> Replies:
    """What both dialects have a word for."""
    return lambda dialect: [getattr(WIRES[dialect], name)(*given)] * times


HERE = object()  # the place of the fault


def _text(dialect: str, *pieces: str) -> Reply:
    reply: Reply = WIRES[dialect].text(*pieces)
    return reply


def _endless_arguments(dialect: str) -> list[Reply]:
    given = {"expression": "1" * 5_000}
    if dialect == "chat":
        head, piece, _ = chatwire.call("calculate", given)
        return [chatwire.stream(head, piece).but(endless_after=2)]
    reply = wire.calls(("calculate", given))
    return [reply.but(endless_after=3)]  # the first piece of the arguments


def _endless_calls(dialect: str) -> list[Reply]:
    """Whole calls, one after the other, each with another id."""
    given = {"expression": "1" * 1_000}
    wanted = [("calculate", given)] * 300
    reply: Reply = WIRES[dialect].calls(*wanted)
    return [reply]


def _unknown(dialect: str) -> Event:
    if dialect == "chat":
        return {"object": "chat.completion.news", "choices": [], "novelty": 5}
    return {"type": "response.novelty", "delta": 5}


def _with_unknown(dialect: str) -> list[Reply]:
    """Events that nobody knows, between all others."""
    reply = _text(dialect, "Here ", "I am.")
    return [Reply([one for event in reply.events for one in (_unknown(dialect), event)])]


def _unknown_for_ever(dialect: str) -> list[Reply]:
    return [Reply([_unknown(dialect)]).but(endless_after=0, between=0.01)]


def _nulls(dialect: str) -> list[Reply]:
    """Where something should be, there is null."""
    chat = 'data: {"choices": null}\n\ndata: {"choices": [{"index": 0, "delta": null}]}\n\n'
    raw = {"chat": chat, "responses": 'data: {"type": null}\n\n'}
    return [_text(dialect, "Here ", "I am.").but(raw={FIRST[dialect] + 1: raw[dialect]})]


REFUSED = {"error": {"message": "Incorrect API key provided: sk-…", "code": "invalid_api_key"}}
NO_MODEL = {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}
QUOTA = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
SLOW = {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
BROKEN = "data: {not json}\n\n"
LATE = "\udcff"  # a byte that no UTF-8 has

limited, failed, cut = "upstream_rate_limited", "upstream_error", "upstream_cut"
FAULTS: dict[str, Fault] = {
    # 14: keys, rights, models
    "401": Fault(always(error(401, REFUSED)), "upstream_refused_key"),
    "403": Fault(always(error(403, {})), "upstream_denied"),
    "404 model": Fault(always(error(404, NO_MODEL)), "upstream_no_model"),
    "404 page": Fault(always(error(404, PAGE)), "upstream_rejected"),
    "307": Fault(always(error(307, "", location="http://127.0.0.1:9/")), "upstream_rejected"),
    "400": Fault(always(error(400, {"error": {"message": "Too long"}})), "upstream_rejected"),
    # 15: limits
    "429 short, then an answer": Fault(
        answering(error(429, SLOW, retry_after="1")),
        text="Here I am.", calls=2, waits=(limited,), within=4,
    ),
    "429 short, for ever": Fault(
        always(*[error(429, SLOW, retry_after_ms="200")] * 3),
        limited, calls=3, waits=(limited, limited),
    ),
    "429 for an hour": Fault(always(error(429, SLOW, retry_after="3600")), limited),
    "429 for longer than is left": Fault(always(error(429, SLOW, retry_after="5")), limited),
    "429 for a while, twice": Fault(
        always(*[error(429, SLOW, retry_after="2")] * 2),
        limited, calls=2, waits=(limited,), within=4,
    ),
    "429 without a time": Fault(
        always(*[error(429, SLOW)] * 3), limited, calls=3, waits=(limited, limited)
    ),
    "429 without credit": Fault(always(error(429, QUOTA)), "upstream_quota"),
    # 16: failures of the server
    "500": Fault(always(*[error(500, {})] * 3), failed, calls=3, waits=(failed, failed)),
    "502 with a page": Fault(always(*[error(502, PAGE)] * 3), failed, calls=3, waits=(failed,) * 2),
    "503, then an answer": Fault(
        answering(error(503, {})), text="Here I am.", calls=2, waits=(failed,)
    ),
    "an error in the stream": Fault(
        said("failed", "server_error", "It broke.", times=3), failed, calls=3, waits=(failed,) * 2
    ),
    "an error after text": Fault(said("failed", "server_error", "x", "half ", "an "), failed, HALF),
    # 17: nobody there, silence
    "connect refused": Fault(
        always(), "upstream_unreachable", calls=0, waits=("upstream_unreachable",) * 2, nobody=True
    ),
    "silence before the headers": Fault(begun(before_headers=60), "deadline_first"),
    "silence before the first event": Fault(begun(before_events=60), "deadline_first"),
    "silence before the text": Fault(begun(stall_after=HERE), "deadline_idle"),
    "silence after text": Fault(half(stall_after=HERE), "deadline_idle", HALF),
    "too slow in all": Fault(
        endless("x ", between=0.05), "deadline_total", "x x x ", is_prefix=True, within=5
    ),
    # 18: what is not the protocol
    "malformed": Fault(half(raw=BROKEN), "upstream_malformed", HALF),
    "malformed from the start": Fault(
        begun(3, raw=BROKEN), "upstream_malformed", calls=3, waits=("upstream_malformed",) * 2
    ),
    "a page instead of a stream": Fault(
        always(*[error(200, PAGE)] * 3),
        "upstream_malformed", calls=3, waits=("upstream_malformed",) * 2,
    ),
    "bytes that are no text": Fault(
        half(raw=f'data: {{"x": "{LATE}"}}\n\n'), "upstream_malformed", HALF
    ),
    "characters cut in half": Fault(
        lambda dialect: [_text(dialect, "grün 😀 ", "日本").but(chunk=1)], text="grün 😀 日本"
    ),
    "nulls": Fault(_nulls, text="Here I am."),
    "unknown events": Fault(_with_unknown, text="Here I am."),
    "unknown events for ever": Fault(_unknown_for_ever, "deadline_idle"),
    # 19: the end of the connection
    "hung up at once": Fault(
        begun(3, hang_up=True), cut, calls=3, waits=(cut, cut)
    ),
    "reset before text": Fault(begun(3, cut_after=HERE), cut, calls=3, waits=(cut, cut)),
    "reset after text": Fault(half(cut_after=HERE), cut, HALF),
    "clean end before text": Fault(begun(3, end_after=HERE), cut, calls=3, waits=(cut, cut)),
    "clean end after text": Fault(half(end_after=HERE), cut, HALF),
    # 20: no end
    "keepalives before the stream": Fault(begun(drip_after=0), "deadline_first"),
    "keepalives instead of text": Fault(begun(drip_after=HERE), "deadline_idle"),
    "keepalives after text": Fault(half(drip_after=HERE), "deadline_idle", HALF),
    "text without end": Fault(
        endless("x" * 1_000), "guard_bytes", "x" * 100_000, is_prefix=True,
        limits={"bytes": 100_000}, most=16 * MIB,
    ),
    "100 MB of text": Fault(
        endless("x" * 65_536), "guard_bytes", "x" * 4 * MIB, is_prefix=True,
        within=6, limits={"total": 30}, most=16 * MIB,
    ),
    "100 MB in one line": Fault(
        half(fill_after=HERE), "guard_bytes", HALF, within=6, limits={"total": 30}, most=32 * MIB
    ),
    "100 MB of arguments": Fault(
        _endless_arguments, "guard_bytes", limits={"bytes": 1_000_000}, within=6, most=16 * MIB
    ),
    "300 calls at once": Fault(_endless_calls, "guard_bytes", limits={"bytes": 100_000}, within=6),
    "20 MB in one object": Fault(
        always(Reply(body={"x": "x" * 20 * MIB})), "guard_bytes", within=6, limits={"total": 30}
    ),
}  # fmt: skip
