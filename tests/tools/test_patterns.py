"""No pattern that is admitted can hang: proved on a corpus of those that do elsewhere."""

import re
import time

import pytest

from agents.tools import patterns

# What hangs in Python's re (CVE reports, OWASP's ReDoS list, and what follows from them).
HANGS = [
    r"(a+)+$",
    r"([a-zA-Z]+)*$",
    r"(a|aa)+$",
    r"(a|a?)+$",
    r"(.*a){20}$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(x+x+)+y",
    r"(\w+\s?)*$",
    r"^(\d+)*$",
    r"([^@]+)*@",
    r"(?:a*)*b",
    r"(?:(?:a|b)*)*c",
    r"(a{1,30}){1,30}b",
    r"(?:a?){40}a{40}",
    "a?" * 30 + "a" * 30,
    "a*" * 20 + "b",
    r".*.*.*.*.*.*.*.*=",
    r"(?:(?:(?:^){1000}){1000}){1000}",
    r"(?:a{0,50}){0,50}$",
    r"^(a?){60}$",
]
# What is not known to be safe, or not a pattern.
UNKNOWN = [
    r"(.)\1",
    r"(?=a)b",
    r"(?<!a)b",
    r"(?i:a)",
    r"(?>a+)b",
    r"a++b",
    r"(?P<x>a)(?P=x)",
    "(",
    "[[a]",
    "a{99999999999}",
    "a" * 501,
]
ADMITTED = {
    r"^[a-z]+$": 10_000,
    r"^[A-Z]{2}-[0-9]{6}$": 10_000,
    r"^\d{4}-\d{2}-\d{2}$": 10_000,
    r"^(\d{1,3}\.){3}\d{1,3}$": 10_000,
    r"^(red|green|blue)$": 10_000,
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": 254,  # an address for mail is that long at most
    r"^#?[0-9a-fA-F]{3,8}$": 10_000,
    r"a*b": 1_000,
    r"^[a-z0-9]+(-[a-z0-9]+)?$": 1_000,
    r"^https://[a-z.]+/.*$": 1_000,
    "": 10_000,
}


@pytest.mark.parametrize("pattern", [*HANGS, *UNKNOWN])
def test_refused_with_a_reason(pattern: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ValueError, match=r"\w"):
        patterns.judged(pattern)
    assert time.monotonic() - begun < 1  # judging is quick itself


@pytest.mark.parametrize("pattern", ADMITTED)
def test_ordinary_patterns_are_admitted(pattern: str) -> None:
    assert patterns.judged(pattern).longest >= ADMITTED[pattern]


WORST = [*ADMITTED, r"(a|b)*c", r"a*a*b", r"^a*a*a*b$", r".*.*=", r"(?:a{0,9}){2}b", r"(ab?|c){3}d"]


@pytest.mark.parametrize("pattern", WORST)
def test_the_longest_admitted_text_is_matched_in_time(pattern: str) -> None:
    longest = patterns.judged(pattern).longest
    begun = time.monotonic()
    for piece in ["a", "1", "ab", "a-", "1.", "x@", "=", "A", "ab?c", "a."]:
        re.search(pattern, (piece * longest)[: longest - 1] + "!")
    assert time.monotonic() - begun < 10  # ten texts, 0.4 s each at most on an idle machine


def test_the_control_one_of_the_refused_does_hang() -> None:
    begun = time.monotonic()
    re.search(r"(a|a?)+$", "a" * 21 + "!")
    assert time.monotonic() - begun > 0.05  # it doubles with each further letter
