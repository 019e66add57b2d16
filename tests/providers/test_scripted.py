"""The scripted provider: plays, records, and is strict about the number of steps."""

import asyncio
import contextlib

import pytest
from pytest_django import Settings

from agents.providers import provider_for
from agents.providers.base import Done, Failed, Started, Text, ToolCall
from agents.providers.offline import Offline
from agents.providers.scripted import Hold, Pause, Script, ScriptError, calls, fails, says, scripted
from giint.core.errors import GiintError
from tests.providers.asking import ask, failure, request, text


async def test_plays_its_turns_in_order_and_records_what_it_was_asked() -> None:
    with scripted(calls(("calculate", {"expression": "1"})), says("a", "b")) as script:
        first = await ask(provider_for("offline"), request("one"))
        second = await ask(provider_for("offline"), request("two"))
    assert isinstance(first[1], ToolCall)
    assert text(second) == "ab"
    assert isinstance(second[-1], Done)
    assert [asked.items[0]["content"][0]["text"] for asked in script.requests] == ["one", "two"]
    assert isinstance(provider_for("offline"), Offline)


async def test_a_step_too_many_fails_loudly() -> None:
    script = Script(says("a"))
    await ask(script, request("one"))
    with pytest.raises(ScriptError, match="asked 2 times, written for 1"):
        await ask(script, request("two"))
    with pytest.raises(ScriptError):
        script.verify()


def test_a_step_too_few_fails_loudly_and_the_real_one_comes_back() -> None:
    with pytest.raises(ScriptError, match="asked 0 times"), scripted(says("a")):
        pass
    assert isinstance(provider_for("offline"), Offline)


async def test_waits_where_it_is_told_to_and_notes_who_closed_it() -> None:
    hold = Hold()
    script = Script([Started(), Text("a"), hold, Text("b")], [Started(), Pause(60), Text("c")])
    asking = asyncio.ensure_future(ask(script, request("one")))
    await hold.reached()
    assert not asking.done()
    hold.release()
    assert text(await asking) == "ab"
    async with contextlib.aclosing(script.turn(request("two"))) as events:
        assert await anext(events) == Started()
    assert script.closed == 1


async def test_failures_keep_what_was_said_before_them() -> None:
    events = await ask(Script(fails("upstream_cut", "half", again=True)), request("one"))
    assert text(events) == "half"
    assert failure(events) == Failed("upstream_cut", again=True)


def made() -> Script:
    return Script(says("from settings"))


async def test_the_table_in_settings_decides_and_may_name_a_factory(settings: Settings) -> None:
    settings.GIINT_PROVIDERS = {"mine": ("Mine", f"{__name__}.made")}
    provider = provider_for("mine")
    assert provider is provider_for("mine")
    assert text(await ask(provider, request("one"))) == "from settings"
    with pytest.raises(GiintError) as error:
        provider_for("offline")
    assert error.value.code == "unknown_dialect"
