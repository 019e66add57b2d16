"""Dumps are read by chunks, cut into objects, and refused with a sentence where they cannot be."""

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ingest.dump import CHUNK, LARGEST, pieces
from agents.ingest.objects import Found, Told, found_in
from giint.core.errors import GiintError
from tests.agents.ingest.dumps import PROMPT, assistant, listed, message, saved, thread

MOST = 64 * 1_048_576
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(source: io.BytesIO, told: Told | None = None) -> list[Found]:
    return list(found_in(pieces(source, MOST), told or Told()))


def named(found: list[Found]) -> list[tuple[str, str]]:
    return [(one.kind, one.remote_id) for one in found]


class Slowly(io.BytesIO):
    """A file that gives a byte at a time: every place is a place between two chunks."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(1)


@given(st.lists(json_values, max_size=5))
def test_a_list_is_cut_into_what_is_in_it(values: list[Any]) -> None:
    for text in (json.dumps(values), json.dumps(values, indent=1)):
        assert [one.value() for one in pieces(Slowly(text.encode()), MOST)] == values


def test_every_way_of_saving_assistants_gives_them() -> None:
    two = [assistant("asst_a"), assistant("asst_b")]
    expected = [("assistant", "asst_a"), ("assistant", "asst_b")]
    ways = [
        saved(two),
        saved(listed(*two)),
        saved(*two, lines=True),
        saved(listed(two[0]), listed(two[1])),
        saved({"exported": "2026-08-19", "assistants": two, "files": []}),
        io.BytesIO(b"\xef\xbb\xbf" + saved(two).getvalue()),
    ]
    for way in ways:
        assert named(read(way)) == expected


def test_messages_find_their_thread_wherever_they_stand() -> None:
    said = [message(1, "user", "Where is it?"), message(2, "assistant", "On its way.")]
    nameless = [{"role": one["role"], "content": "x"} for one in said]
    inside = thread() | {"messages": said}
    ways: list[tuple[io.BytesIO, str]] = [
        (saved(inside), "thread_orders01"),
        (saved({"threads": [inside]}), "thread_orders01"),
        (saved({"threads": [{"thread": thread(), "messages": listed(*said)}]}), "thread_orders01"),
        (saved({"threads": [thread()], "messages": said}), "thread_orders01"),
        (saved(listed(*said)), "thread_orders01"),
        (saved(*said, thread(), lines=True), "thread_orders01"),
        (saved(nameless), ""),
        (saved({"messages": nameless}), ""),
        (saved(*nameless, lines=True), ""),
    ]
    for way, name in ways:
        (found,) = read(way)
        assert (found.kind, found.remote_id) == ("thread", name)
        assert [one["role"] for one in found.raw["messages"]] == ["user", "assistant"]


def test_runs_stay_with_their_thread_and_a_prompt_keeps_its_messages() -> None:
    run = {"id": "run_1", "object": "thread.run", "thread_id": "thread_orders01", "usage": None}
    talk = {"runs": [run], "messages": [message(1, "user", "x")]}
    found = {one.kind: one for one in read(saved(talk, PROMPT))}
    assert found["prompt"].raw["messages"] == PROMPT["messages"]
    assert found["thread"].raw["runs"] == [run]
    assert len(found) == 2


def test_what_is_not_taken_is_counted() -> None:
    told = Told()
    step = {"id": "step_1", "object": "thread.run.step"}
    file = {"id": "file-1", "object": "file", "filename": "rates.csv", "bytes": 3}
    assert read(saved([assistant(), step, step, file, 7, {"a": 1}]), told) == [
        Found("assistant", "asst_support0001", assistant())
    ]
    assert told.files == {"file-1": "rates.csv"}
    assert told.ignored == {"thread.run.step": 2, "not an object": 1, "unknown object": 1}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (json.dumps(listed(assistant()))[:-60].encode(), "dump_truncated", "bytes"),
        (b'[{"id": "asst_1"}', "dump_truncated", "17 bytes"),
        (b'{"id": "asst_', "dump_truncated", "13 bytes"),
        (b'{"id": asst_1}', "dump_broken", "byte"),
        (b"Assistant(id='asst_1')", "dump_broken", "byte 0"),
        (b'[{"id": "asst_1"} {"id": "asst_2"}]', "dump_broken", "byte 18"),
        (b"<!doctype html><html></html>", "dump_broken", "HTML"),
        (b"PK\x03\x04rest", "dump_broken", "ZIP"),
        (b"[" * 200_000, "dump_broken", "nested"),
        (b"[" * 90, "dump_truncated", ""),
    ],
)
def test_what_cannot_be_read_says_why_and_where(text: bytes, code: str, place: str) -> None:
    with pytest.raises(GiintError) as refused:
        read(io.BytesIO(text))
    assert refused.value.code == code
    assert place in refused.value.detail


class Endless(io.RawIOBase):
    """A dump that goes on until nobody reads any more: the same again and again."""

    def __init__(self, first: bytes, row: bytes) -> None:
        self.given = 0
        self._first = first
        self._row = row * (CHUNK // len(row) + 1)

    def read(self, size: int = -1) -> bytes:
        first, self._first = self._first, b""
        self.given += len(first + self._row)
        return first + self._row


@pytest.mark.parametrize(
    ("first", "row"),
    [
        (b"[", json.dumps(assistant(instructions="Be brief. " * 3_000)).encode() + b","),
        (b'{"threads": [{"id": "', b"x" * CHUNK),
    ],
)
def test_a_huge_dump_is_refused_without_being_held(first: bytes, row: bytes) -> None:
    source: Any = Endless(first, row)
    most = 200 * 1_048_576
    tracemalloc.start()
    with pytest.raises(GiintError, match="dump_too_large"):
        for _ in pieces(source, most):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.given <= most + 2 * CHUNK
    assert peak < LARGEST * 1.5
