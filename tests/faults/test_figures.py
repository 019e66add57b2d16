"""The parts of the harness that can be wrong without a server: bounds, counts, the page."""

import pytest

from tests.faults.figures import bound
from tests.faults.page import PAGE, latest, make
from tests.faults.results import read
from tests.faults.table import LINES
from tests.faults.tally import Tally

ID = "0123456789ab"


def test_no_damage_is_bounded_by_about_three_over_trials() -> None:
    assert bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert bound(0, 100) == pytest.approx(3 / 100, rel=0.02)


def test_damage_raises_the_bound() -> None:
    # Clopper and Pearson, one-sided 95%: a table gives 4.66% for 1 of 100, 7.57% for 3 of 100.
    assert bound(1, 100) == pytest.approx(0.0466, abs=0.0001)
    assert bound(3, 100) == pytest.approx(0.0757, abs=0.0001)
    assert bound(5, 5) == 1.0


@pytest.mark.parametrize(("damaged", "trials"), [(0, 0), (2, 1), (-1, 5)])
def test_counts_that_cannot_be_have_no_bound(damaged: int, trials: int) -> None:
    with pytest.raises(ValueError, match="of"):
        bound(damaged, trials)


def test_what_the_checker_says_is_counted_by_what_it_means() -> None:
    tally = Tally()
    found = {
        f"repeat: thread:thread_{ID} 6 after 8": "repeated",
        f"run run_{ID} ended 2 times in the journal": "repeated",
        f"call_{ID}_0 took effect 2 times": "repeated",
        f"{ID}: 2 messages, 2 runs": "repeated",
        f"run run_{ID} is running": "unended",
        f"out_{ID} is left open": "unended",
        f"waited too long: places {ID}": "unended",
        f"gap: thread:thread_{ID} 6 after 2": "lost",
        f"{ID}: 0 messages, 0 runs": "lost",
        f"message msg_{ID}: a reader has other text than the row": "lost",
        f"something nobody thought of {ID}": "lost",
    }
    tally.add(20, found)
    tally.add(5, found)  # known by now
    counts = {"repeated": tally.repeated, "unended": tally.unended, "lost": tally.lost}
    assert counts == {kind: list(found.values()).count(kind) for kind in counts}
    assert (tally.trials, tally.damaged) == (25, len(found))


def test_the_same_damage_to_two_readers_is_damage_to_two() -> None:
    tally = Tally()
    tally.add(5, ["at 0 the text differs where it overlaps"] * 2)
    tally.add(5, ["at 0 the text differs where it overlaps"])
    assert (tally.trials, tally.damaged, tally.lost) == (10, 3, 3)


def test_the_page_is_made_from_the_results() -> None:
    assert PAGE.read_text() == make(read())


def test_every_line_was_played_long_enough_and_its_control_shows_damage() -> None:
    """At its latest commit, that is what the page says."""
    found = dict(latest(read()))
    for number, line in LINES.items():
        rows = found[number]
        # A PostgreSQL that restarts takes its time, and hits all that is under way.
        enough = 20 if line.module == "postgres_restarted" else 100
        assert sum(row["trials"] for row in rows) >= enough, number
        assert sum(row["damaged"] for row in rows) == 0, number
        shown, of = (sum(row["control"][name] for row in rows) for name in ("damaged", "trials"))
        assert 2 * shown > of, number
