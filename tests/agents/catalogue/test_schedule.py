"""Lists read by plan, by one process; and many people who press at once."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils.module_loading import import_string
from pytest_django import Settings

from accounts.models import User
from agents.catalogue.accounts import SHARED
from agents.catalogue.sync import sync, sync_due
from agents.models import CatalogueEntry, CatalogueSync, LanguageModel
from giint.core.db import read_db
from giint.engine.hub import Hub
from giint.engine.jobs import Jobs
from giint.engine.supervisor import Supervisor
from tests.agents.catalogue.conftest import account_at, lists, read, share
from tests.modelserver.script import error
from tests.modelserver.server import ModelServer
from tests.patience import PATIENCE

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
_ended: list[str] = []


def go_on() -> bool:
    return False


def due() -> int:
    """How many servers a look at the plan asks now."""
    before = _times()
    sync_due(go_on)
    return sum(before.get(pk) != when for pk, when in _times().items())


def _times() -> dict[int, Any]:
    return dict(CatalogueSync.objects.exclude(ended=None).values_list("pk", "ended"))


def test_each_account_is_read_by_plan(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_SYNC_EVERY = 2
    share(settings, model_server)
    account_at(model_server, alice)
    with time_machine.travel(START, tick=False) as clock:
        assert due() == 2
        assert {row.next for row in CatalogueSync.objects.all()} == {START + timedelta(hours=2)}
        clock.shift(timedelta(hours=1.9))
        assert due() == 0
        clock.shift(timedelta(hours=0.2))
        assert due() == 2
        assert due() == 0


def test_a_shorter_plan_counts_from_the_last_reading(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_SYNC_EVERY = 24
    account_at(model_server, alice)
    with time_machine.travel(START, tick=False) as clock:
        assert due() == 1
        clock.shift(timedelta(hours=1.5))
        settings.GIINT_SYNC_EVERY = 1
        assert due() == 1


@pytest.mark.parametrize(
    ("status", "after", "expected"),
    [(401, "", 24.0), (500, "", 1.0), (429, "7200", 2.0), (429, "", 1 / 60)],
)
def test_what_may_pass_is_tried_sooner_than_the_plan_says(
    model_server: ModelServer, settings: Settings, alice: User,
    status: int, after: str, expected: float,
) -> None:  # fmt: skip
    settings.GIINT_SYNC_EVERY = 24
    model_server.models_reply = error(status, {}, **({"retry_after": after} if after else {}))
    account_at(model_server, alice)
    with time_machine.travel(START, tick=False):
        assert due() == 1
        assert CatalogueSync.objects.get().next == START + timedelta(hours=expected)


def test_by_hand_only_there_is_a_row_and_no_call(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    share(settings, model_server)
    account_at(model_server, alice)
    assert due() == 0
    assert CatalogueSync.objects.filter(ended=None, next=None).count() == 2
    assert model_server.asked == []


def test_an_operators_account_of_before_is_left_alone(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_SYNC_EVERY = 1
    share(settings, model_server)
    due()
    settings.OPENAI_API_BASE = model_server.url.replace("127.0.0.1", "localhost")
    settings.GIINT_PRIVATE_HOSTS = ["localhost"]
    CatalogueSync.objects.update(next=None)
    assert due() == 1
    assert len(model_server.asked) == 2


def test_a_process_that_ends_begins_no_other_group(
    model_server: ModelServer, settings: Settings, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.catalogue.sync.SIDE_BY_SIDE", 1)
    settings.GIINT_SYNC_EVERY = 1
    for _ in range(3):
        account_at(model_server, alice)
    sync_due(lambda: len(model_server.asked) == 2)
    assert len(model_server.asked) == 2


# --- many at once --------------------------------------------------------------------------------


def at_once(count: int, deed: Callable[[], Any]) -> list[Any]:
    """Do something in so many threads at once; they leave no connection behind."""
    gate = threading.Barrier(count)

    def one() -> Any:
        gate.wait()
        try:
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(count)]]


@pytest.mark.django_db(transaction=True)
def test_50_people_who_press_at_once_cause_one_call(
    model_server: ModelServer, settings: Settings
) -> None:
    settings.GIINT_CATALOGUE_TTL = 300
    share(settings, model_server)
    model_server.models_reply = error(200, model_server.models).but(before_headers=0.3)
    outcomes = at_once(50, lambda: next(sync([SHARED])))
    assert len(model_server.asked) == 1
    assert sum(one.asked for one in outcomes) == 1
    assert {one.code for one in outcomes} == {""}
    assert CatalogueSync.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_processes_that_look_at_once_read_each_account_once(
    model_server: ModelServer, settings: Settings, alice: User
) -> None:
    settings.GIINT_SYNC_EVERY = 1
    for _ in range(5):
        account_at(model_server, alice)
    at_once(6, lambda: sync_due(go_on))
    assert len(model_server.asked) == 5


@pytest.mark.django_db(transaction=True)
def test_accounts_of_one_server_are_written_at_once_without_standing_in_the_way(
    model_server: ModelServer, alice: User
) -> None:
    accounts = iter([account_at(model_server, alice) for _ in range(4)] * 3)
    for names in (range(1_200), range(600, 1_200), range(1_200)):
        lists(model_server, [f"m-{n}" for n in names])
        outcomes = at_once(4, lambda: read(next(accounts)))
        assert {(one.code, one.changes.listed) for one in outcomes} == {("", len(names))}
        gone = LanguageModel.objects.filter(gone__isnull=False).count()
        assert gone == 1_200 - len(names)
    assert CatalogueEntry.objects.filter(gone=None).count() == 4 * 1_200


# --- beside the runs -----------------------------------------------------------------------------


def note(ending: Callable[[], bool]) -> None:
    """A job that goes on until the process ends."""
    while not ending():
        threading.Event().wait(0.01)
    _ended.append("ended")


def breaks(ending: Callable[[], bool]) -> None:
    _ended.append("broke")
    raise RuntimeError("a bug of the job's")


@pytest.mark.django_db(transaction=True)
async def test_the_supervisor_reads_what_is_due(
    model_server: ModelServer, settings: Settings, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GIINT_SYNC_EVERY = 1
    await read_db(account_at, model_server, alice)
    monkeypatch.setattr("giint.engine.jobs.random.uniform", lambda low, high: 0.0)
    supervisor = Supervisor(Hub())
    supervisor.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while not model_server.asked:
                await asyncio.sleep(0.02)
    finally:
        await supervisor.drain(0)
    assert await read_db(CatalogueSync.objects.filter(code="", claimed=None).count) == 1


async def test_a_job_is_never_there_twice_and_ends_with_the_process(settings: Settings) -> None:
    _ended.clear()
    settings.GIINT_JOBS = {"note": (f"{__name__}.note", 0.0)}
    jobs = Jobs()
    for _ in range(5):
        jobs.look()
        await asyncio.sleep(0.02)
    assert _ended == []
    await jobs.end()
    assert _ended == ["ended"]
    jobs.look()
    await jobs.end()
    assert _ended == ["ended"]


async def test_a_job_that_breaks_comes_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _ended.clear()
    monkeypatch.setattr("giint.engine.jobs.random.uniform", lambda low, high: 0.0)
    settings.GIINT_JOBS = {"breaks": (f"{__name__}.breaks", 0.0)}
    jobs = Jobs()
    async with asyncio.timeout(PATIENCE):
        while len(_ended) < 2:
            jobs.look()
            await asyncio.sleep(0.01)
    await jobs.end()
    assert "the job breaks failed" in caplog.text


def test_the_jobs_of_the_table_are_there(settings: Settings) -> None:
    for path, every in settings.GIINT_JOBS.values():
        assert callable(import_string(path))
        assert every >= 1
