"""The splitter against every way of cutting and ending lines."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.providers.sse import Event, Splitter, TooLong

STREAM = (
    "\ufeffdata: first\n\n"
    ": keepalive\n\n"
    'event: response.created\ndata: {"a": "grün 😀"}\nid: 7\nretry: 10\n\n'
    "data:no blank\ndata:  two blanks\ndata\n\n"
    "event: alone\n\n"
    "unknown: field\ndata: after\n\n"
    "data: [DONE]\n\n"
).encode()
EVENTS: list[Event] = [
    (b"", b"first"),
    (b"response.created", '{"a": "grün 😀"}'.encode()),
    (b"", b"no blank\n two blanks\n"),
    (b"", b"after"),
    (b"", b"[DONE]"),
]
ENDS = [b"\n", b"\r\n", b"\r"]


def split(*chunks: bytes) -> list[Event]:
    splitter = Splitter()
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    last = splitter.end()
    return [*events, last] if last else events


@pytest.mark.parametrize("end", ENDS)
def test_splits_at_every_kind_of_line_end(end: bytes) -> None:
    assert split(STREAM.replace(b"\n", end)) == EVENTS


@pytest.mark.parametrize("end", ENDS)
def test_cut_at_any_byte_gives_the_same_events(end: bytes) -> None:
    stream = STREAM.replace(b"\n", end)
    for at in range(len(stream) + 1):
        assert split(stream[:at], stream[at:]) == EVENTS, at
    assert split(*(stream[n : n + 1] for n in range(len(stream)))) == EVENTS


@settings(max_examples=50)
@given(st.lists(st.integers(0, len(STREAM) * 2)), st.sampled_from(ENDS))
def test_cut_anywhere_any_number_of_times(cuts: list[int], end: bytes) -> None:
    stream = STREAM.replace(b"\n", end)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[one:other] for one, other in itertools.pairwise(edges)]
    assert split(*chunks) == EVENTS


def test_an_event_is_out_as_soon_as_its_blank_line_is_in() -> None:
    splitter = Splitter()
    assert splitter.feed(b"data: a\r\n\r\n") == [(b"", b"a")]
    assert splitter.feed(b"data: b\n\ndata: c") == [(b"", b"b")]
    assert splitter.feed(b"\n") == []
    assert splitter.feed(b"\n") == [(b"", b"c")]


def test_the_last_event_needs_no_blank_line() -> None:
    assert split(b"data: a\n\ndata: b\n") == [(b"", b"a"), (b"", b"b")]
    assert split(b"data: a\n\ndata: b") == [(b"", b"a"), (b"", b"b")]
    assert split(b": only a comment") == []
    assert split() == []


@pytest.mark.parametrize("piece", [b"x" * 100, b"data: x\n", b"data:\n", b":\n"])
def test_endless_lines_and_endless_events_are_ended(piece: bytes) -> None:
    splitter = Splitter(longest=1000)
    for _ in range(1000 // len(piece)):
        assert splitter.feed(piece) == []
    with pytest.raises(TooLong):
        splitter.feed(piece)


def test_many_events_are_not_one_long_event() -> None:
    splitter = Splitter(longest=1000)
    for _ in range(1000):
        assert splitter.feed(b": keep\ndata: x\n\n") == [(b"", b"x")]


def test_a_large_event_in_small_chunks_costs_no_more_than_its_size() -> None:
    splitter = Splitter()
    began = time.process_time()
    for _ in range(7 * 1024):
        splitter.feed(b"x" * 1024)
    assert time.process_time() - began < 1
