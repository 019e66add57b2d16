"""``weather`` against a server that speaks OpenWeather's protocol."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from agents.tools.base import ToolFailed, ToolRetry
from agents.tools.weather import weather
from tests.tools.context import CONTEXT
from tests.tools.webserver import Said, WebServer

BERN = {
    "name": "Bern",
    "dt": 1_760_000_000,
    "sys": {"country": "CH"},
    "weather": [{"description": "light rain"}, {"description": "mist"}],
    "main": {"temp": 9.4, "feels_like": 7.1, "humidity": 87},
    "wind": {"speed": 3.1},
}


@pytest.fixture
def _served(web: WebServer, settings: Settings) -> None:
    settings.OPENWEATHER_API_KEY = "owm-canary-key-77"
    settings.OPENWEATHER_BASE = web.url


async def ask(place: str) -> dict[str, Any]:
    return await weather(CONTEXT, place)


@pytest.mark.usefixtures("_served")
async def test_it_answers_with_the_operator_s_key(web: WebServer) -> None:
    web.says(BERN)
    assert await ask(" Bern,CH ") == {
        "place": "Bern, CH",
        "observed": "2025-10-09T08:53:20+00:00",
        "weather": "light rain, mist",
        "temperature": 9.4,
        "feels_like": 7.1,
        "humidity_percent": 87,
        "wind": 3.1,
    }
    asked = urlsplit(web.asked[0].path)
    assert asked.path == "/data/2.5/weather"
    query = parse_qs(asked.query)
    assert query == {"q": ["Bern,CH"], "units": ["metric"], "appid": ["owm-canary-key-77"]}


@pytest.mark.usefixtures("_served")
@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (Said(b'{"message": "city not found"}', 404), ToolRetry, "knows no place named 'Atlantis'"),
        (Said(b'{"message": "Invalid API key"}', 401), ToolFailed, "refuses this server's key"),
        (Said(b"{}", 429), ToolFailed, "too often"),
        (Said(b"{}", 500), ToolFailed, "answered 500"),
        (Said(b"[]"), ToolFailed, "not its protocol"),
        (Said(b"{}"), ToolFailed, "not its protocol"),
        (Said(json.dumps(BERN | {"dt": 1e30}).encode()), ToolFailed, "not its protocol"),
        (Said(status=302, headers={"Location": "http://example.org/"}), ToolFailed, "redirects"),
    ],
)
async def test_what_goes_wrong_is_said_without_the_key(
    web: WebServer, said: Said, kind: type[Exception], hint: str
) -> None:
    web.answer = lambda asked: said
    with pytest.raises(kind, match=hint) as error:
        await ask("Atlantis")
    assert "canary" not in str(error.value)


@pytest.mark.usefixtures("_served")
async def test_no_place_asks_nobody(web: WebServer) -> None:
    with pytest.raises(ToolRetry, match="which place"):
        await ask("  ")
    assert web.asked == []
