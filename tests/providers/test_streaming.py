"""What a piece of the network holds, on its way to the engine: one event or hundreds at once."""

import itertools
from collections.abc import AsyncGenerator

import orjson
import pytest

from agents.providers.base import ProviderEvent, Reasoning, Text
from agents.providers.responses_events import ResponsesTranslation
from agents.providers.streaming import FEW, streamed
from agents.providers.translation import Malformed
from giint.core.secrets import Secret


def event(kind: str, **more: object) -> bytes:
    return b"data: " + orjson.dumps({"type": f"response.{kind}", **more}) + b"\n\n"


def texts(count: int) -> list[bytes]:
    return [event("output_text.delta", delta=f"w{n} ") for n in range(count)]


async def arrived(*chunks: bytes) -> list[ProviderEvent]:
    """What was given before the end, or before what is not the protocol."""

    async def network() -> AsyncGenerator[bytes]:
        for chunk in chunks:
            yield chunk

    given = []
    try:
        async for one in streamed(network(), ResponsesTranslation(Secret(""))):
            given.append(one)  # noqa: PERF401 (what came before an error is kept)
    except Malformed:
        pass
    return given


def said(events: list[ProviderEvent]) -> str:
    return "".join(one.delta for one in events if isinstance(one, Text))


async def test_a_few_deltas_at_once_stay_as_they_were_sent() -> None:
    given = await arrived(b"".join(texts(FEW)))
    assert len([one for one in given if isinstance(one, Text)]) == FEW


async def test_hundreds_at_once_are_one_text_and_keep_their_place_among_others() -> None:
    thought = event("reasoning_summary_text.delta", delta="Hm. ")
    given = await arrived(b"".join([*texts(100), thought, *texts(50)]), *texts(2))
    kinds = [kind for kind, _ in itertools.groupby(map(type, given)) if kind in (Text, Reasoning)]
    assert kinds == [Text, Reasoning, Text]
    pieces = [one.delta for one in given if isinstance(one, Text)]
    whole = "".join(f"w{n} " for n in range(100))
    assert pieces == [whole, "".join(f"w{n} " for n in range(50)), "w0 ", "w1 "]


@pytest.mark.parametrize("count", [FEW - 1, 10 * FEW])
async def test_what_came_before_something_malformed_is_said(count: int) -> None:
    given = await arrived(b"".join(texts(count)) + b"data: {nonsense\n\n")
    assert said(given) == "".join(f"w{n} " for n in range(count))
