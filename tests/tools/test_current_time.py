"""``current_time`` in a zone, and what it says about zones that are none."""

import pytest
import time_machine

from agents.tools.base import ToolRetry
from agents.tools.current_time import current_time
from tests.tools.context import CONTEXT


@time_machine.travel("2026-07-01T23:30:00+00:00", tick=False)
def test_tells_the_time_of_a_zone_with_its_weekday() -> None:
    assert current_time(CONTEXT, "Europe/Zurich") == {
        "zone": "Europe/Zurich",
        "time": "2026-07-02T01:30:00+02:00",
        "weekday": "Thursday",
    }


@time_machine.travel("2026-01-01T00:00:00+00:00", tick=False)
def test_is_utc_unless_told_otherwise() -> None:
    assert current_time(CONTEXT)["time"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Zürich", "Europe/Zurich"),
        ("Switzerland/Zurich", "Europe/Zurich"),
        ("new york", "America/New_York"),
        ("Europe/Zurrich", "Europe/Zurich"),
        ("Tokio", "Asia/Tokyo"),
        ("Europe", "such as Europe/Zurich"),
        ("../../etc/passwd", "such as Europe/Zurich"),
        ("/etc/localtime", "such as Europe/Zurich"),
        ("", "such as Europe/Zurich"),
        ("\x00", "such as Europe/Zurich"),
        ("x" * 5000, "such as Europe/Zurich"),
    ],
)
def test_helps_the_model_to_a_zone_that_exists(zone: str, hint: str) -> None:
    with pytest.raises(ToolRetry) as error:
        current_time(CONTEXT, zone)
    assert hint in str(error.value)
    assert len(str(error.value)) < 300
