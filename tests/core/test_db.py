"""The way from async code to the database, and what databases do for many threads at once."""

import asyncio
import threading

import pytest
from django.db import connection

from giint.core import db
from giint.core.db import in_db, in_thread, one_view, read_db
from giint.core.models import Stream
from tests.core.contests import contest
from tests.harness.installation import Installation
from tests.patience import PATIENCE


class Slow:
    """A function that stays until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()
        self.left = False

    def __call__(self) -> str:
        self.entered.set()
        self.let_go.wait(10)
        self.left = True
        return "done"

    async def is_under_way(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.entered.is_set():
                await asyncio.sleep(0.005)


@pytest.mark.parametrize("cancels", [1, 3])
async def test_who_is_cancelled_waits_for_the_end_of_the_transaction(cancels: int) -> None:
    slow = Slow()
    hop = asyncio.ensure_future(in_db(slow))
    await slow.is_under_way()
    for _ in range(cancels):
        hop.cancel()
        await asyncio.sleep(0.02)
        assert not hop.done()
    slow.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await hop
    assert slow.left


async def test_who_is_cancelled_need_not_look_at_the_error() -> None:
    slow = Slow()

    def fails() -> None:
        slow()
        raise ZeroDivisionError

    hop = asyncio.ensure_future(in_db(fails))
    await slow.is_under_way()
    hop.cancel()
    await asyncio.sleep(0.01)
    slow.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await hop


async def test_readers_and_tools_do_not_wait_for_a_slow_writer() -> None:
    slow = Slow()
    hop = asyncio.ensure_future(in_db(slow))
    await slow.is_under_way()
    async with asyncio.timeout(PATIENCE):
        assert await read_db(lambda: "read") == "read"
        assert await in_thread(lambda: "used") == "used"
    assert not slow.left
    slow.let_go.set()
    assert await hop == "done"


async def test_errors_come_back_to_who_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        await read_db(lambda: 1 // 0)


@pytest.mark.django_db(transaction=True)
async def test_writers_of_sqlite_share_one_thread_and_readers_do_not() -> None:
    assert connection.vendor == "sqlite"

    def name() -> str:
        return threading.current_thread().name

    writers = await asyncio.gather(*(in_db(name) for _ in range(20)))
    assert len(set(writers)) == 1
    together = threading.Barrier(db.READERS)
    meetings = [read_db(together.wait, 5) for _ in range(db.READERS)]
    assert len(set(await asyncio.gather(*meetings))) == db.READERS


async def test_the_pools_begin_anew_after_their_end() -> None:
    assert await in_db(lambda: 1) == 1
    db.shutdown()
    assert await in_db(lambda: 2) == 2


@pytest.mark.django_db(transaction=True)
def test_a_view_inside_a_transaction_is_that_transaction() -> None:
    from django.db import transaction

    with transaction.atomic():
        Stream.objects.create(name="thread:one")
        with one_view():
            assert Stream.objects.count() == 1
        Stream.objects.create(name="thread:two")
    assert Stream.objects.count() == 2


@pytest.mark.slow
def test_a_reader_sees_one_moment_while_somebody_commits(either: Installation) -> None:
    result = contest(either, "view")
    assert result["failed"] == []
    assert result["before"] == result["inside"] == [0, 0]
    assert result["after"] == [2, 2]


@pytest.mark.slow
def test_of_1600_transactions_of_eight_writers_none_fails(installation: Installation) -> None:
    assert contest(installation, "writers") == {"failed": [], "last": 1600}
