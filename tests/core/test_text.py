"""The cleaner: what a text may hold, however it arrives, and how long it is."""

import json
import math
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from giint.core.text import Cleaner, checksum, clean, clean_json, units
from tests.services import ROOT, missing

HIGH, LOW, FFFD = "\ud83d", "\ude00", "\ufffd"
odd = st.sampled_from(["", "a", "é", "😀", "\x00", HIGH, LOW, "\udfff", "\ud800", HIGH + LOW])
pieces = st.lists(odd | st.text(st.characters(exclude_categories=()), max_size=6), max_size=12)


def fed(*given: str) -> str:
    cleaner = Cleaner()
    return "".join(map(cleaner.feed, given)) + cleaner.end()


@pytest.mark.parametrize(
    ("odd", "cleaned"),
    [
        ("plain, é, 😀", "plain, é, 😀"),
        ("a\x00b", f"a{FFFD}b"),
        (HIGH + LOW, "😀"),
        (HIGH, FFFD),
        (LOW, FFFD),
        (LOW + HIGH, FFFD * 2),
        (HIGH + HIGH + LOW + LOW, f"{FFFD}😀{FFFD}"),
        (HIGH + "\x00" + LOW, FFFD * 3),
        ("", ""),
    ],
)
def test_a_text_is_cleaned(odd: str, cleaned: str) -> None:
    assert clean(odd) == cleaned
    assert fed(odd) == cleaned
    assert fed(*odd) == cleaned


def test_half_an_emoji_waits_for_its_other_half() -> None:
    cleaner = Cleaner()
    assert [cleaner.feed(one) for one in ("a" + HIGH, "", LOW + "b", HIGH)] == ["a", "", "😀b", ""]
    assert (cleaner.end(), cleaner.end()) == (FFFD, "")


@given(pieces)
@example([HIGH, LOW])
@example(["a" + HIGH, "", "b", "\x00"])
def test_pieces_are_cleaned_as_the_whole_is(given: list[str]) -> None:
    assert fed(*given) == clean("".join(given))


@given(pieces)
def test_what_was_shown_is_never_taken_back(given: list[str]) -> None:
    cleaner, shown = Cleaner(), ""
    for piece in given:
        shown += cleaner.feed(piece)
        assert clean("".join(given)).startswith(shown)


@given(pieces.map("".join))
def test_a_clean_text_can_be_kept_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned
    assert units(cleaned) == units(text)


@given(pieces.map("".join))
def test_a_length_counts_utf16_units(text: str) -> None:
    assert units(text) == sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def test_json_is_cleaned_in_keys_and_values() -> None:
    given = {"a\x00": [HIGH, ("x", 1, None, True)], 7: {"deep": LOW}}
    cleaned = {f"a{FFFD}": [FFFD, ["x", 1, None, True]], "7": {"deep": FFFD}}
    assert clean_json(given) == cleaned


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_cannot_say_are_null(number: float) -> None:
    assert clean_json({"n": [number, 1.5]}) == {"n": [None, 1.5]}


def test_the_browser_counts_and_sums_alike() -> None:
    node = shutil.which("node")
    if node is None:
        missing("node")
    texts = ["", "plain", "é", "😀😀", "a\ufffdb", "日本語 🏳️‍🌈", "x" * 1000 + "😀"]
    script = (
        "import {crc32} from './frontend/static/giint/js/crc32.js';"
        "const texts = JSON.parse(process.argv[1]);"
        "console.log(JSON.stringify(texts.map((text) => [text.length, crc32(text)])));"
    )
    done = subprocess.run(
        [node or "", "--input-type=module", "-e", script, json.dumps(texts)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert json.loads(done.stdout) == [[units(text), checksum(text)] for text in texts]
