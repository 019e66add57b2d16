"""Time that stands still while somebody is waited for."""

import asyncio

from giint.engine.allowance import Allowance


async def test_it_stands_still_while_anybody_holds_it() -> None:
    over = asyncio.Event()
    time = Allowance(0.05, over.set)
    time.stand_still()
    time.stand_still()
    time.go_on()
    left = time.left
    await asyncio.sleep(0.1)
    assert (time.left, over.is_set()) == (left, False)
    time.go_on()
    async with asyncio.timeout(20):
        await over.wait()


async def test_what_is_over_never_expires() -> None:
    over = asyncio.Event()
    time = Allowance(0.01, over.set)
    time.end()
    await asyncio.sleep(0.05)
    assert not over.is_set()
