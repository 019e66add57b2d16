"""kill -9 in each window of wake and sleep, creates whose answer is lost, deletes that fail: after
one sweep nothing of ours is left at the provider but what the manager holds.

A trial is a conversation of two rounds of tools at a provider that keeps objects, in a worker that
dies, is succeeded, and dies again before its sleeps are done. Another installation holds objects in
the same account, and so does somebody else; both are untouched. A thread of the Assistants API
cannot be listed: one whose answer was lost stays, empty, and its row says so.
"""

import asyncio
import json
import random
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

from tests.faults.kept_account import SECRET
from tests.faults.stage import Stage, server, variables, worker
from tests.faults.talks import is_under_way, talks, through, until
from tests.faults.tally import Tally
from tests.harness.client import Client
from tests.harness.installation import ROOT, Installation
from tests.modelserver.kept import CUT
from tests.modelserver.server import ModelServer

AT_ONCE = 50
TEXT = "Please calculate 6 * 7 and tell the time"
MANAGED, FOREIGN = 2, 3
# Dialect → what is managed there, and what a conversation has besides.
DIALECTS = {"agents": ("agent", "session"), "assistants": ("assistant", "thread")}
AFTER = 0.3  # seconds of sleeps before the second one dies
SLEEP = 5.0  # seconds after the last run's end in which the first worker may yet die
# Where a worker dies, and what is there then.
WINDOWS = {
    "take_or_intend after": "an intent, and nothing asked",
    "made before": "an object, and no id",
    "made within": "the same, its id all but written",
    "made after": "an object with its id",
    "name_call after": "a call with its name",
    "close_run before": "an answer, and a run that goes on",
    "fall_asleep before": "a run that is over, and what it held",
    "fall_asleep after": "objects that nobody wants",
    "deleted before": "a row without its object",
    "deleted after": "one of two deleted",
}
ROWS = "SELECT id, kind, purpose, remote_id, made, deleted, code FROM agents_remoteassistant"
RUNS = "SELECT id, status, code FROM giint_run"


async def trials(stage: Stage, count: int, chance: random.Random, tally: Tally) -> None:
    shares = _shares(count, chance)
    for dialect, share in shares.items():
        await _play(stage, dialect, share, chance, tally, list(WINDOWS))


async def control(stage: Stage, chance: random.Random, tally: Tally) -> None:
    """Objects are made without tags, and no row learns their ids."""
    window = "close_run before"
    await _play(stage, "agents", 4, chance, tally, [window], FAULTS_OFF="ledger")


def _shares(count: int, chance: random.Random) -> dict[str, int]:
    """Trials of each dialect; a few are all of one."""
    if count < 2 * AT_ONCE:
        return {chance.choice(list(DIALECTS)): count}
    share = -(-count // len(DIALECTS))
    return dict.fromkeys(DIALECTS, share)


async def _play(
    stage: Stage,
    dialect: str,
    count: int,
    chance: random.Random,
    tally: Tally,
    windows: list[str],
    **more: str,
) -> None:
    chance.shuffle(windows)
    with ModelServer() as model:
        account = Account(stage, model, dialect, more)
        others = count >= AT_ONCE  # in the suite, tests/agents/remote has them
        await asyncio.to_thread(account.open, others)
        sent: list[str] = []
        with server(account.at, GIINT_EMBEDDED="false", **account.given) as web:
            place, until_then = 0, tally.trials + count
            while tally.trials < until_then:
                window, place = windows[place % len(windows)], place + 1
                number = min(AT_ONCE, until_then - tally.trials)
                account.spoil(chance, number)
                begun = await talks(web, account.at.alice, [TEXT] * number)
                sent += begun
                clients = list(begun.values())
                refused = chance.choice([set(), set(), {SECRET}])
                die = f"{window} {chance.randint(1, number)}"
                fault = account.kill(die, clients, refused)
                died, late = await through(clients, fault, 120.0)
                tally.count(f"died with {WINDOWS[window]}", died)
                wrong = [*late, *await asyncio.to_thread(account.swept)]
                if others and tally.trials + number == until_then:
                    wrong += await asyncio.to_thread(account.others_swept)
                tally.judge(account.at, clients, sent, trials=number, faults=2, more=wrong)
        tally.count("objects made", sum(model.created.values()))
        tally.count("empty threads that nobody can find", len(model.store.ids("thread")))


class Account:
    """Ours at the model server, and whoever else is there."""

    def __init__(
        self, stage: Stage, model: ModelServer, dialect: str, more: dict[str, str]
    ) -> None:
        self._dialect = dialect
        self._kind, self._beside = DIALECTS[dialect]
        self.at, self.other = stage.sqlite(), stage.sqlite()
        self.given = {"GIINT_PRIVATE_HOSTS": model.host, "FAULTS_JOBS": "none", **more}
        self._model = model
        self._before: set[str] = set()
        self._told = ""

    def open(self, others: bool) -> None:
        """Ours, with what its manager holds, and somebody who knows no tags. ``others``: and
        another installation.
        """
        for one in (self.at, self.other) if others else (self.at,):
            words = (self._dialect, self._model.url, str(MANAGED))
            self._run(one, "-m", "tests.faults.kept_account", *words)
        for number in range(FOREIGN):
            self._theirs(number)
        self._before = set(self._there(self._kind))

    def _theirs(self, number: int) -> None:
        body = {"model": "test-model", "name": f"Theirs {number}", "metadata": {"whose": "theirs"}}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
        headers["OpenAI-Beta"] = {"assistants": "assistants=v2", "agents": "agents=v1"}[
            self._dialect
        ]
        url = f"{self._model.url}/{self._dialect}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        urllib.request.urlopen(request).close()

    def _there(self, kind: str) -> dict[str, dict[str, str]]:
        """What is at the provider: id → its metadata."""
        if kind == "session":
            return {one.id: one.metadata for one in self._model.agents_api.sessions.values()}
        kept = self._model.agents_api.agents if kind == "agent" else self._model.store.rows[kind]
        return {id_: row["metadata"] or {} for id_, row in list(kept.items())}

    def spoil(self, chance: random.Random, number: int) -> None:
        """Answers to creates that are lost, and deletes that fail, in what comes next."""
        self._model.lose_creates = chance.choice([0, 0, 1, 2])
        answers = [chance.choice([200, 404, 500, CUT]) for _ in range(number)]
        self._model.delete_answers = answers

    async def kill(self, die: str, clients: list[Client], refused: set[str]) -> int:
        """A worker that dies where it is told (or at last), then one that carries on; it dies when
        all is said, and the keys ``refused`` are worth nothing by then. Whether the first one died
        by itself.
        """
        doomed = worker(self.at, "doomed", FAULTS_DIES=die, **self.given)
        await asyncio.to_thread(doomed.start)
        await until(lambda: not doomed.is_alive or not any(map(is_under_way, clients)), 30.0)
        died = await until(lambda: not doomed.is_alive, SLEEP if doomed.is_alive else 0.1)
        await asyncio.to_thread(doomed.kill)
        with worker(self.at, "heir", **self.given):
            await until(lambda: not any(map(is_under_way, clients)), 90.0)
            self._model.refused_keys = refused
            await asyncio.sleep(AFTER)
        return int(died)

    def swept(self) -> list[str]:
        """Sweep once. What is wrong then."""
        self._model.lose_creates, self._model.delete_answers = 0, []
        self._model.refused_keys = set()
        self._told = self._run(self.at, "manage.py", "purge", "assistants", "--yes", **self.given)
        return [*self._left(), *self._unequal()]

    def others_swept(self) -> list[str]:
        """The other installation sweeps the same account. What is wrong then."""
        self._told = self._run(self.other, "manage.py", "purge", "assistants", "--yes")
        return [*self._left(), *self._unequal()]

    def _left(self) -> Iterator[str]:
        rows = {row["id"]: row for row in self.at.rows(ROWS)}
        now = set(self._there(self._kind))
        for one in now - self._before:
            self._before.add(one)
            yield f"{one} is left at the provider"
        for one in self._before - now:
            yield f"{one} was not ours to delete"
        for id_, metadata in self._there(self._beside).items():
            row = rows.get(metadata.get("giint_row", ""))
            if row is None or row["code"] != "remote_unfindable":
                yield f"{id_} is left at the provider, and its row is {row}"
            if self._beside == "session" or self._model.store.messages(id_):
                yield f"{id_} is left at the provider with what a person said"
        for row in rows.values():
            if row["purpose"] == "wake" and row["made"] and not row["deleted"]:
                yield f"the row {row['id']} is not closed: {row}"
        for run in self.at.rows(RUNS):
            if run["status"] != "completed":
                yield f"run {run['id']} ended {run['status']}: {run['code']}"

    def _unequal(self) -> Iterator[str]:
        """created − deleted = managed, and whatever cannot be found."""
        made, gone = self._model.created, self._model.deleted
        if made[self._kind] - gone[self._kind] != len(self._before):
            yield f"{made} made and {gone} deleted, {self._told}"
        if self._model.updated:
            yield f"changed at the provider: {self._model.updated}"

    def _run(self, at: Installation, *words: str, **more: str) -> str:
        given = {"GIINT_PRIVATE_HOSTS": self._model.host, **more}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=at.environment(**variables(**given)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{words} failed:\n{done.stdout}\n{done.stderr[-3000:]}")
        return done.stdout
