"""The way from async code to the database.

Sync functions own the database; a coroutine calls one with ``await in_db(fn, …)``, one hop per
transaction. Writers and readers have thread pools of their own: with Django's one shared thread a
read waited 2.6 s behind a slow write, with these 10 ms. SQLite has one writer because it has one
write lock; waiting for it in one queue is cheaper than in several threads.
"""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.db import connection, connections, transaction

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
OTHERS = 16
_pools: dict[str, ThreadPoolExecutor] = {}


async def in_db(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``fn`` in a writer thread and return what it returns."""
    return await _hop("writer", fn, *args, **kwargs)


async def read_db(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``fn``, which only reads, in a reader thread."""
    return await _hop("reader", fn, *args, **kwargs)


async def in_thread(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run other people's sync code (a tool) in a thread of its own pool: it may block, and read
    rows.
    """
    return await _hop("other", fn, *args, **kwargs)


async def _hop(kind: str, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """A caller that is cancelled still waits for the hop: no transaction is left behind
    unobserved.
    """
    loop = asyncio.get_running_loop()
    hop = loop.run_in_executor(_pool(kind), functools.partial(_call, fn, *args, **kwargs))
    try:
        return await asyncio.shield(hop)
    except asyncio.CancelledError:
        while not hop.done():
            with contextlib.suppress(asyncio.CancelledError):  # once more: we are on our way
                await asyncio.wait([hop])
        if not hop.cancelled():
            hop.exception()  # looked at, so that asyncio does not complain that nobody did
        raise


def _call(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    for conn in connections.all(initialized_only=True):
        if not conn.in_atomic_block:
            conn.close_if_unusable_or_obsolete()
    return fn(*args, **kwargs)


def _pool(kind: str) -> ThreadPoolExecutor:
    pool = _pools.get(kind)
    if pool is None:
        writers = 1 if connection.vendor == "sqlite" else 4
        size = {"reader": READERS, "writer": writers, "other": OTHERS}[kind]
        pool = _pools[kind] = ThreadPoolExecutor(size, thread_name_prefix=f"db-{kind}")
    return pool


def shutdown() -> None:
    """End the pools and close their connections. The next call makes new ones."""
    for kind in list(_pools):
        pool = _pools.pop(kind)
        all_here = threading.Barrier(len(pool._threads))  # each thread holds its own connections
        for _ in range(all_here.parties):
            pool.submit(_leave, all_here)
        pool.shutdown(wait=True)


def _leave(all_here: threading.Barrier) -> None:
    connections.close_all()
    all_here.wait()


@contextlib.contextmanager
def one_view() -> Iterator[None]:
    """A read transaction in which every query sees the database at one instant.

    PostgreSQL reads each statement anew unless told otherwise; SQLite's IMMEDIATE, right for
    writers, would make a reader wait for the write lock.
    """
    if connection.in_atomic_block:  # inside somebody's transaction: theirs decides
        yield
        return
    if connection.vendor == "sqlite":
        connection.ensure_connection()  # the mode is there once it is connected
        before, connection.transaction_mode = connection.transaction_mode, "DEFERRED"  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = before  # type: ignore[attr-defined]
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
