"""The tool ``weather``: OpenWeather's current weather, with the operator's key.

Source: OpenWeather's "Current weather data", version 2.5.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from django.conf import settings

from agents.tools.base import ToolContext, ToolFailed, ToolRetry, tool
from agents.tools.fetch import Answer, fetch

_REFUSALS = {
    401: "The weather service refuses this server's key. Tell the user.",
    429: "The weather service is asked too often just now. Tell the user.",
}


@tool(retry="safe", timeout=15, reaches=True, needs=("OPENWEATHER_API_KEY",))
async def weather(
    context: ToolContext,
    place: Annotated[str, "City, with its country's code where it helps, such as Bern,CH"],
) -> dict[str, Any]:
    """The current weather in a place: temperature in °C, wind in m/s, humidity, a description."""
    wanted = place.strip()
    if not wanted:
        raise ToolRetry("Say which place.")
    query = {"q": wanted, "units": "metric", "appid": settings.OPENWEATHER_API_KEY}
    url = f"{settings.OPENWEATHER_BASE}/data/2.5/weather?{urlencode(query)}"
    return _report(await fetch(url, within=context.deadline), wanted)


def _report(answer: Answer, wanted: str) -> dict[str, Any]:
    if answer.status in (400, 404):
        raise ToolRetry(f"The weather service knows no place named {wanted[:80]!r}.")
    if answer.status != 200:
        sentence = f"The weather service answered {answer.status}."
        raise ToolFailed(_REFUSALS.get(answer.status, sentence))
    try:
        said = json.loads(answer.text)
        return {
            "place": f"{said['name']}, {said.get('sys', {}).get('country', '?')}",
            "observed": datetime.fromtimestamp(said["dt"], UTC).isoformat(),
            "weather": ", ".join(one["description"] for one in said["weather"]),
            "temperature": said["main"]["temp"],
            "feels_like": said["main"].get("feels_like"),
            "humidity_percent": said["main"].get("humidity"),
            "wind": said.get("wind", {}).get("speed"),
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        raise ToolFailed("The weather service said something that is not its protocol.") from None
