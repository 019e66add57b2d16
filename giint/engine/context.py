"""What a tool is given: who set it off, where, and the ways in which it can speak."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from accounts.models import User
from agents.models import Agent
from agents.tools.base import Reply, Role, SideTranscript, ToolFailed
from giint.core.db import in_db
from giint.core.errors import GiintError
from giint.core.events import ConsoleRow
from giint.core.text import clean
from giint.engine import outputs
from giint.engine import transcripts as rows
from giint.engine.allowance import Allowance
from giint.engine.child import Question, ask, refuse_depth
from giint.engine.fence import Claim, Fenced
from giint.engine.hub import LiveMessage
from giint.engine.lasting import AWAY, lasting
from giint.engine.persister import Persister
from giint.engine.side import Side
from giint.engine.work import Work
from giint.models import GiintThread, Run
from transcripts.models import ConsoleMessage, ToolOutput

P = ParamSpec("P")
T = TypeVar("T")


class CallContext:
    """A ``ToolContext`` (agents/tools/base.py) of one call. ``progress`` and ``wait`` may be called
    from any thread, the others from the loop.
    """

    def __init__(
        self,
        work: Work,
        persister: Persister,
        output: ToolOutput,
        deadline: float,
    ) -> None:
        self.thread: GiintThread = work.run.thread
        self.user: User = work.run.thread.owner
        self.agent: Agent | None = work.child.asked if work.child else work.run.agent
        self.run: Run = work.turn.run
        self.call_id = output.call_id
        self.deadline = deadline
        self.approved = output.approved
        self.work = work
        self.output = output
        self.persister = persister
        self.lives: set[LiveMessage] = set()  # entries that are being written
        self.time: Allowance | None = None  # once it runs
        self._sides: dict[str, Side] = {}
        self._posted = 0  # console messages
        self.fatal: BaseException | None = None  # the run is not ours any more, or not writable
        self._loop = asyncio.get_running_loop()

    @property
    def claim(self) -> Claim:
        return self.work.claim

    def progress(self, text: str, *, done: float | None = None, total: float | None = None) -> None:
        """Show how far the call is: live, never stored."""
        payload: dict[str, Any] = {"text": clean(text)[:200]}
        if done is not None and total:
            payload |= {"done": done, "total": total}
        self._loop.call_soon_threadsafe(
            self.work.hub.progress, self.claim.stream, self.output.id, payload
        )

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The value of one of the coroutines below, for a tool that runs in a thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def transcript(self, title: str, *, key: str = "") -> Side:
        """Open a transcript beside the chat, or go on with the one of that key."""
        if key not in self._sides:
            found = await self.write(rows.open_transcript, self.output.id, key=key, title=title)
            self._sides.setdefault(key, Side(self, found.id))
        return self._sides[key]

    def left(self) -> float:
        """Seconds that the call still has."""
        return self.time.left if self.time else self.deadline

    def may_ask(self) -> None:
        """Raises ToolFailed where ``ask`` would whatever is asked: too deep within others."""
        refuse_depth(self.work)

    async def ask(
        self,
        agent: Agent | Role,
        prompt: str | Sequence[tuple[str, str]],
        *,
        key: str,
        transcript: SideTranscript | None = None,
        name: str = "",
        model: str = "",
        instructions: str = "",
        within: float | None = None,
    ) -> Reply:
        """Ask another agent: a child run, whose text streams into an entry of ``transcript``. Asked
        again under the same ``key``, a finished answer is given back.
        """
        title = self.output.label or self.output.tool
        side = self._sides_by_id(transcript) or await self.transcript(title)
        said = [("user", prompt)] if isinstance(prompt, str) else prompt
        question = Question(agent, said, key, name, model, instructions, within)
        return await ask(self, side, question)

    @asynccontextmanager
    async def timed(self, limit: asyncio.Timeout, seconds: float) -> AsyncIterator[None]:
        """The call runs: ``limit`` ends it when its time is over."""
        self.time = Allowance(seconds, lambda: limit.reschedule(self._loop.time()))
        try:
            yield
        finally:
            self.time.end()

    @asynccontextmanager
    async def standing_still(self) -> AsyncIterator[None]:
        """A person is waited for: the call's time does not pass, nor that of what it is within."""
        times = self._times()
        for one in times:
            one.stand_still()
        try:
            yield
        finally:
            for one in times:
                one.go_on()

    def _times(self) -> list[Allowance]:
        """The times that pass now: of this call, and of what it is within."""
        child = self.work.child
        mine = [self.time, child.time if child else None]
        around = child.outer._times() if child else []
        return [one for one in mine if one is not None] + around

    def _sides_by_id(self, transcript: SideTranscript | None) -> Side | None:
        id_ = transcript.id if transcript is not None else ""
        return next((side for side in self._sides.values() if side.id == id_), None)

    async def console(
        self,
        text: str,
        *,
        thread: str | None = "",
        policy: Literal["interrupt", "steer", "wait"] = "steer",
        hold: bool = False,
        minutes: float | None = None,
        key: str = "",
        by: Literal["tool", "agent"] = "tool",
    ) -> ConsoleRow:
        """Post a console message to the person (agents/tools/base.py). Its cause is the turn."""
        from giint.engine.inbox import Posting, post  # which wakes what makes these contexts

        self._posted += 1
        who = self.agent.name if by == "agent" and self.agent else self.output.label
        posting = Posting(
            text=text,
            source=ConsoleMessage.Source(by),
            name=who or self.output.tool,
            author=self.user,
            thread=self.thread.id if thread == "" else thread,
            policy=policy,
            hold=hold,
            minutes=minutes,
            client_id=f"{self.output.id}.{key or self._posted}",
            cause=self.run,
        )
        try:
            posted = await lasting(in_db, post, user=self.user, posting=posting)
        except GiintError as error:
            raise ToolFailed(error.sentence) from error
        except AWAY as error:
            self.fatal = error
            raise
        return posted.message.row()

    async def file(self, name: str, content: bytes | str) -> dict[str, Any]:
        """Offer a file for download, with the call: its row, as its owner sees it. The same name
        again is the same file.
        """
        data = content.encode() if isinstance(content, str) else content
        try:
            return await self.write(outputs.offer_file, self.output.id, name, io.BytesIO(data))
        except GiintError as error:
            raise ToolFailed(error.sentence) from error

    async def write(
        self, fn: Callable[Concatenate[Claim, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """One transaction of this run's: outlasts a database that is away."""
        try:
            return await lasting(in_db, fn, self.claim, *args, **kwargs)
        except (Fenced, *AWAY) as error:
            self.fatal = error
            raise

    async def wind_up(self) -> None:
        """The call is over: what was written of entries that it left open reaches their rows."""
        if self.lives:
            await self.persister.flush()

    def let_go(self) -> None:
        """What it left open is final in the database, or no longer ours."""
        for live in self.lives:
            self.work.hub.close(live)
        self.lives.clear()
