"""An engine that runs in the test's own loop, and the shortest way to talk to it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from accounts.access import account_for
from accounts.models import User
from giint import engine
from giint.core.db import in_db, read_db
from giint.core.events import thread_stream, user_stream
from giint.engine.prompt import memory
from giint.engine.supervisor import Supervisor
from giint.models import OPEN, GiintThread, Message, Run
from tests.patience import PATIENCE

_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    """Tests give their messages the same ids again and again."""
    memory.clear()


@pytest.fixture
async def running(transactional_db: None, settings: Any) -> AsyncIterator[Supervisor]:
    """A started supervisor; whatever it still holds is let go of at the end."""
    settings.GIINT_OFFLINE = True
    supervisor = engine.supervisor
    supervisor.start()
    yield supervisor
    await supervisor.drain(0)


async def send(user: User, text: str, **more: Any) -> engine.Started:
    """Send a message as an interface would."""
    asked = engine.Asked(client_id=more.pop("client_id", f"c{next(_ids)}"), text=text, **more)
    return await in_db(engine.start, user=user, asked=asked)


async def until(condition: Callable[[], Any], within: float = PATIENCE) -> Any:
    """Wait until ``condition`` (sync, may read rows) gives something true, and return it."""
    async with asyncio.timeout(within):
        while not (found := await read_db(condition)):
            await asyncio.sleep(0.01)
        return found


async def ended(run: str) -> Run:
    """Wait for the run's terminal status."""

    def look() -> Run | None:
        return Run.objects.exclude(status__in=OPEN).filter(id=run).first()

    found: Run = await until(look)
    return found


def texts(thread: str) -> list[tuple[str, str, str]]:
    """(role, status, text) along the path from the thread's head."""
    head = GiintThread.objects.get(id=thread).head_id
    return [(m.role, m.status, m.text) for m in Message.objects.path(head, 100)]


def streams(user: User, thread: str) -> tuple[str, str]:
    return user_stream(account_for(user).id), thread_stream(thread)
