"""The one that makes tasks: claims runs, carries them out, watches over them, drains.
docs/invariants/run.md.

``start`` is idempotent and belongs to the running loop; ``wake`` and ``nudge`` may be called from
any thread. A process without a started supervisor (a command) may write runs; another process takes
them up within half a second.
"""

import asyncio
import contextlib
import contextvars
import logging
import time
from dataclasses import dataclass, field

from django.conf import settings

from agents.providers import life
from giint.core.db import in_db, read_db
from giint.engine import bell, claims
from giint.engine.context import CallContext
from giint.engine.fence import Claim, Fenced
from giint.engine.hub import Hub, hub
from giint.engine.jobs import Jobs
from giint.engine.lasting import AWAY
from giint.engine.persister import Persister
from giint.engine.run import Halt, Taken, Works, carry_out, take
from giint.engine.sleeps import Sleeps
from giint.engine.tick import Beat, Doors, beat, look

log = logging.getLogger(__name__)
TICK = 0.5  # seconds: what stop, revocation and lost hints take at most, and text takes to its row
HEARD = 1.0  # seconds without news of a text of another process, until its row is looked at
RENEW = 2.0  # seconds between two signs of life of this process; ten without one and it is dead


@dataclass(slots=True)
class Held:
    """A run this process works on."""

    claim: Claim
    halt: Halt = field(default_factory=Halt)
    task: asyncio.Task[None] | None = None

    def stop(self, halt: Halt) -> None:
        """Cancel the task for this reason; the first reason counts."""
        if self.task is not None and not self.halt.code:
            self.halt.code, self.halt.status = halt.code, halt.status
            self.task.cancel()

    def let_go(self) -> None:
        """Cancel the task without an ending: the run is somebody else's now, or the process
        ends.
        """
        if self.task is not None and not self.halt.code:
            self.task.cancel()


class Supervisor:
    """See the module. One per process."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.doors: set[Doors] = set()  # open sockets, for their rights and their streams
        self.persister = Persister(hub)
        self.held: dict[str, Held] = {}
        self.works: Works = {}
        self._jobs = Jobs()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._ahead: asyncio.Task[None] | None = None  # loads providers ahead of their first use
        self._woken = asyncio.Event()
        self._wanted = False  # a claim is wanted
        self._everything = False  # also of runs that nobody has any more
        self._full = False  # the last one left runs for want of slots
        self._due = 0.0  # when the next tick is due (monotonic)
        self._renewed = 0.0
        self._runner: str | None = None
        self._unreleased: list[Claim] = []
        self._asleep = Sleeps()
        self._kind, self._only = "web", ""
        self.draining = False

    # --- life -------------------------------------------------------------------------------------

    def start(self, kind: str = "web", *, only: str = "") -> None:
        """Begin on the running loop; calling it again there changes nothing. ``only``: take the
        runs of this thread, and do nothing else that comes again and again.
        """
        loop = asyncio.get_running_loop()
        if self._loop is loop and self._main is not None and not self._main.done():
            return
        self._loop = loop
        self.held, self.works, self.doors, self._unreleased = {}, {}, set(), []
        self.persister, self._jobs = Persister(self.hub), Jobs()
        self.hub.bind(loop)
        self._woken, self._wanted, self._due = asyncio.Event(), True, 0.0
        self._runner, self.draining, self._kind, self._only = None, False, kind, only
        self.hub.relay = None
        if settings.REDIS_URL:
            from giint.engine.relay import Relay  # with Redis' client, 4 MiB: where there is one

            self.hub.relay = Relay(settings.REDIS_URL, self.hub, self._called)
            self.hub.relay.start()
        # A task that inherited a request's context would keep its thread and connection for its
        # whole life.
        self._main = loop.create_task(self._work(), context=contextvars.Context())
        self._ahead = loop.create_task(life.start(), context=contextvars.Context())

    def wake(self) -> None:
        """There may be a run to claim. From any thread; without a supervisor here, another process
        finds it.
        """
        self._signal(claim=True)

    def resume(self) -> None:
        """The same, and it may be one that had a runner before."""
        self._everything = True
        self._signal(claim=True)

    def nudge(self) -> None:
        """Somebody halted a run or lost a right: tick now."""
        self._signal(claim=False)

    def _signal(self, *, claim: bool) -> None:
        loop = self._loop
        if loop is None or loop.is_closed() or self._main is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop closed in between
            loop.call_soon_threadsafe(self._ring, claim)

    def _ring(self, claim: bool) -> None:
        if claim:
            self._wanted = True
        else:
            self._due = 0.0
        if self.hub.relay is not None and (not claim or self._slots <= 0):
            self.hub.relay.ask()
        self._woken.set()

    def _called(self) -> None:
        """Another process asks everybody to look."""
        self._wanted, self._due = True, 0.0
        self._woken.set()

    @property
    def _slots(self) -> int:
        """How many more runs this process may take."""
        runs_turns = self._kind == "worker" or self._only or settings.GIINT_EMBEDDED
        return settings.GIINT_RUN_SLOTS - len(self.held) if runs_turns else 0

    @property
    def is_degraded(self) -> bool:
        """There should be a Redis, and there is none now."""
        return self.hub.relay is not None and not self.hub.relay.connected

    async def drain(self, seconds: float | None = None) -> None:
        """Claim nothing more, let runs go on for a while, then let go of them: the next process
        goes on at once.
        """
        if self._main is None or self._loop is not asyncio.get_running_loop():
            return
        self.draining = True
        self._jobs.close()
        patience = settings.GIINT_DRAIN if seconds is None else seconds
        tasks = [held.task for held in self.held.values() if held.task]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        for held in self.held.values():
            held.let_go()
        if tasks:
            await asyncio.wait(tasks)
        self._main.cancel()
        await asyncio.wait([self._main])
        self._main = None
        await self._jobs.end()
        await self._asleep.end()
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.wait([self._ahead])
        await life.close()
        if self.hub.relay is not None:
            await self.hub.relay.stop()
            self.hub.relay = None
        if self._runner is not None:
            try:
                await in_db(claims.unregister, self._runner)
            except AWAY:  # ten seconds from now it is dead all the same
                log.warning("the database is away: this process leaves without a word")
            self._runner = None

    # --- the loop ---------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            try:
                await self._round()
            except Exception:  # the database may be away: text stays in memory, and we try again
                log.exception("the supervisor's round failed; trying again in %s s", TICK)
                self._due = time.monotonic() + TICK
                await asyncio.sleep(TICK)

    async def _round(self) -> None:
        if self._runner is None:
            self._runner = await in_db(claims.register, self._kind)
            self._renewed = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._due - time.monotonic())):
                await self._woken.wait()
        self._woken.clear()
        if self._wanted:
            self._wanted = False
            await self._claim()
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + TICK
            await self._tick()
            if not self._only:
                self._jobs.look()

    async def _tick(self) -> None:
        await self.persister.flush()
        await self._renew()
        for run_id, work in list(self.works.items()):
            if not (code := work.clock.expired()):
                continue
            if work.child is not None:
                work.child.halt(code)
            else:
                self.held[run_id].stop(Halt(code))
        while self._unreleased:
            await in_db(claims.release, self._unreleased[-1])
            self._unreleased.pop()
        doors = {door: door.connection for door in self.doors}
        connections = [one for one in doors.values() if one]
        patience = HEARD if self.hub.relay is not None and self.hub.relay.connected else 0.0
        awaited = self.hub.unheard(patience)
        streams = list(self.hub.followers)
        seen = await read_db(look, streams, connections, awaited, self._runner)
        for message, grown in seen.grown.items():
            self.hub.grew(message, awaited[message], grown)
        self.hub.behind(seen.last_seqs)
        for door, connection in doors.items():
            if connection in seen.lost:
                door.lose()
        if seen.has_work:
            self._everything = True
            await self._claim()

    async def _renew(self) -> None:
        """Our sign of life, and what became of our runs elsewhere: halted, or no longer ours."""
        now = time.monotonic()
        if self._runner is None or (not self.held and now - self._renewed < RENEW):
            return
        held = {run_id: one.claim.generation for run_id, one in self.held.items()}
        seen: Beat = await in_db(beat, self._runner, held)
        self._renewed = now
        if not seen.known:  # our row was swept: we were taken for dead
            self._runner = None
        for run_id, halt in seen.halted.items():
            if one := self.held.get(run_id):
                self._halt(one, halt)
        for run_id in seen.gone:
            if one := self.held.get(run_id):
                one.let_go()

    def _halt(self, held: Held, halt: Halt) -> None:
        """End its task, at once or, for a message that interrupts, once its tools have ended."""
        work = self.works.get(held.claim.run)
        if halt.status == "interrupted" and work is not None and work.give_way():
            return
        held.stop(halt)

    # --- runs -------------------------------------------------------------------------------------

    async def _claim(self) -> None:
        if self.draining or self._runner is None:
            return
        slots = self._slots
        claimed = []
        if slots > 0:
            everything, self._everything = self._everything, False
            claimed = await in_db(
                take, self._runner, slots, self._only, self.hub, everything=everything
            )
        self._full = len(claimed) >= slots
        for taken in claimed:
            self._begin(taken)
        if len(claimed) >= claims.AT_ONCE and not self._full:
            self._wanted = True
            self._woken.set()

    def _begin(self, taken: Taken) -> None:
        claim = taken.claim
        if claim.run in self.held:  # taken over from ourselves: the earlier generation is fenced
            self.held[claim.run].let_go()
        held = self.held[claim.run] = Held(claim)
        held.task = asyncio.get_running_loop().create_task(
            self._carry_out(held, taken), context=contextvars.Context(), name=claim.run
        )

    async def _carry_out(self, held: Held, taken: Taken) -> None:
        claim = held.claim
        try:
            await carry_out(taken, self.hub, self.persister, held.halt, self.works, CallContext)
        except Fenced:
            log.warning("run %s is no longer ours", claim.run)
        except asyncio.CancelledError:
            await self._release(claim)
        except Exception:  # not even its end could be written: hand it to whoever can
            log.exception("run %s could not be ended", claim.run)
            self._unreleased.append(claim)
        finally:
            if self.held.get(claim.run) is held:
                del self.held[claim.run]
            for run in [claim.run] * held.halt.keeps + held.halt.kept:
                self._asleep.begin(run)
            if self._full:
                self.wake()

    async def _release(self, claim: Claim) -> None:
        try:
            await self.persister.flush()
            await in_db(claims.release, claim)
        except Exception:
            log.exception("run %s could not be released", claim.run)
            self._unreleased.append(claim)


supervisor = Supervisor(hub)
bell.listeners.append(supervisor.wake)
