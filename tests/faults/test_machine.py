"""People and faults in any order: send, send again, drop, read, stop, take back, kill, flush.

Hypothesis chooses; at the end of each example the same checker judges as everywhere.
"""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.faults.stage import Stage, server, worker
from tests.faults.tally import settle
from tests.harness.checker import check
from tests.harness.client import GONE, Client
from tests.harness.installation import Installation
from tests.harness.server import Server
from tests.harness.worker import Worker
from tests.services import in_ci, need_postgres_binaries, need_redis_server

TEXTS = ["babble 60 words every 8 ms", "use slow", "use mark, slow", "babble 150 words every 6 ms"]
# Which of those that there are: what is drawn may not depend on what servers have done by then.
WHICH = st.integers(0, 99)
EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "3"))
_ids = itertools.count(1)


class World:
    """One installation with a server that only talks, a worker, and a Redis between them."""

    def __init__(self, stage: Stage, stack: ExitStack) -> None:
        self.redis = stage.redis
        self.at: Installation = stage.postgres()
        between = {"REDIS_URL": self.redis.url}
        self.web: Server = stack.enter_context(server(self.at, GIINT_EMBEDDED="false", **between))
        self.hands: Worker = stack.enter_context(worker(self.at, "machine", **between))
        self.sent: dict[str, dict[str, Any]] = {}  # over all examples: what must be there, once


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    need_postgres_binaries()
    need_redis_server()
    with ExitStack() as stack:
        yield World(stage, stack)


class Machine(RuleBasedStateMachine):
    """One person with one tab; ``world`` is set by the test."""

    world: World
    done: Counter[str]  # how often each thing happened, over all examples

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.tab = Client(self.world.web, self.world.at.alice)
        self.mine: list[str] = []
        self.taken_back: set[str] = set()

    # --- what a person does -----------------------------------------------------------------------

    @rule(text=st.sampled_from(TEXTS), in_thread=st.booleans())
    def send(self, text: str, in_thread: bool) -> None:
        self.done["send"] += 1
        threads = [answer["thread"] for answer in self._answers() if "thread" in answer]
        id = f"machine-{next(_ids)}"
        self.mine.append(id)
        thread = threads[-1] if in_thread and threads else None
        self.runner.run(self.tab.send(id, text, thread))
        self.world.sent[id] = self.tab.outbox[id]

    @rule(which=WHICH)
    def send_again(self, which: int) -> None:
        """The same under the same id: it is found to be there."""
        if not (ids := self._repeatable()):
            return
        id = ids[which % len(ids)]
        before = self.tab.answers.pop(id)
        self.tab.outbox[id] = self.world.sent[id]
        self._live(lambda: id in self.tab.answers, send=id)
        assert self.tab.answers[id] == before | {"created": False}

    @rule(seconds=st.sampled_from([0.1, 0.4, 1.0]))
    def read(self, seconds: float) -> None:
        loop = self.runner.get_loop()
        until = loop.time() + seconds
        self._live(lambda: loop.time() > until)

    @rule()
    def drop(self) -> None:
        self.tab.drop()

    @rule(which=WHICH)
    def stop(self, which: int) -> None:
        if not (answers := self._answers()):
            return
        thread = answers[which % len(answers)]["thread"]
        self._tell({"op": "stop", "thread": thread, "id": f"stop-{next(_ids)}"})

    @rule(which=WHICH)
    def take_back(self, which: int) -> None:
        if not (queued := self._queued()):
            return
        message, id = queued[which % len(queued)]
        self.taken_back.add(id)
        self._tell({"op": "dequeue", "message": message, "id": f"back-{next(_ids)}"})

    # --- what goes wrong --------------------------------------------------------------------------

    @rule(victim=st.sampled_from(["web", "hands"]))
    def kill(self, victim: str) -> None:
        self._kill(victim)

    @rule()
    def flush(self) -> None:
        self.world.redis.flush()

    def teardown(self) -> None:
        """A last kill; then everything comes to its end, and all that ever was is judged."""
        self._kill("hands")
        self.runner.run(self._end())
        self.runner.close()

    # --- helpers ----------------------------------------------------------------------------------

    def _kill(self, victim: str) -> None:
        self.done["kill"] += 1
        process: Server | Worker = getattr(self.world, victim)
        process.kill()
        process.start()

    async def _end(self) -> None:
        await self.tab.live(lambda: not self.tab.outbox)
        rows = self.world.at.rows("SELECT client_id FROM giint_message")
        there = {row["client_id"] for row in rows}
        for id in self.taken_back - there:
            answer = self.tab.answers.pop(id)
            self.tab.reader.runs.pop(answer["run"], None)
            self.tab.streams = [s for s in self.tab.streams if s in self._streams()]
            del self.world.sent[id]
        assert await settle([self.tab], 60) == []
        self.tab.strange = [frame for frame in self.tab.strange if not _may_be_late(frame)]
        assert check(self.world.at, [self.tab], self.world.sent) == []

    def _streams(self) -> set[str]:
        rows = self.world.at.rows("SELECT name FROM journal_stream")
        return {row["name"] for row in rows}

    def _live(self, until: Any, send: str = "") -> None:
        async def live() -> None:
            if send:
                await self.tab.tell(self.tab.outbox[send])
            await self.tab.live(until)

        try:
            self.runner.run(live())
        except GONE:  # the repeat is still in the outbox: whoever lives on sends it
            self.tab.drop()
            self.runner.run(self.tab.live(until))

    def _tell(self, frame: dict[str, Any]) -> None:
        try:
            self.runner.run(self.tab.tell(frame))
        except GONE:
            self.tab.drop()

    def _answers(self) -> list[dict[str, Any]]:
        return [self.tab.answers[id] for id in self.mine if id in self.tab.answers]

    def _repeatable(self) -> list[str]:
        return [id for id in self.mine if id in self.tab.answers and id not in self.taken_back]

    def _queued(self) -> list[tuple[str, str]]:
        told = self.tab.reader.messages.items()
        return [(id, one.client_id) for id, one in told if one.status == "queued" and one.client_id]


def _may_be_late(frame: dict[str, Any]) -> bool:
    """A stop or a taking back whose turn had come already."""
    return frame["code"] in {"not_running", "not_queued", "not_found"} and bool(frame["id"])


@pytest.mark.slow
@pytest.mark.service
@pytest.mark.timeout(100 + 60 * EXAMPLES)
def test_any_order_of_people_and_faults(world: World) -> None:
    class Here(Machine):
        pass

    Here.world = world
    Here.done = Counter()
    few = settings(
        max_examples=EXAMPLES,
        stateful_step_count=14,
        deadline=None,
        database=None,
        derandomize=in_ci(),
        # Smaller examples would be looked for against servers: minutes for each.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=few)
    assert Here.done["send"] >= 1
    assert Here.done["kill"] >= EXAMPLES
