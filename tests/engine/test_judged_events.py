"""The law of the journal: a snapshot and the events after it are a fresh snapshot.

It is judged for every event type by the client's own reducer: the cases are collected here, and one
Node process (``tests/client/judge.mjs``) judges them all.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.test import override_settings

from accounts.access import account_for
from accounts.models import User
from accounts.services import add_key, change_key, record_check, remove_key, set_state
from agents.models import Tool
from agents.providers.scripted import Hold, calls, fails, says, scripted
from agents.services import change_agent, create_agent
from giint import engine, services
from giint.core.db import in_db, read_db
from giint.core.events import EVENTS, thread_stream, user_stream
from giint.core.secrets import Secret
from giint.engine import claims, journal, records
from giint.engine.records import Opened
from giint.engine.supervisor import Supervisor
from giint.feedback import judge, unjudge
from giint.models import Approval, Message, Run, Runner
from tests.conftest import person
from tests.engine import tools
from tests.engine.conftest import ended, send, until
from tests.engine.judged import Judged, a_thread
from tests.engine.judged_console import posting
from tests.patience import PATIENCE
from tests.services import ROOT, missing
from transcripts.models import Transcript, TranscriptEntry
from transcripts.news import looked
from transcripts.services import hold as hold_it
from transcripts.services import interject

pytestmark = pytest.mark.django_db(transaction=True)
Frame = dict[str, Any]
Deed = Callable[[], Awaitable[Any]]


# --- the deeds ------------------------------------------------------------------------------------


async def opening(judged: Judged) -> None:
    await judged.deed("a thread is opened and answered", lambda: a_thread(judged))


async def answering(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread

    async def again() -> None:
        await judged.answered("More", says("Emoji 😀", "\ud83d", "\ude00"), thread=thread)

    await judged.deed("a message is answered", again, thread)


async def failing(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread

    async def fail() -> None:
        await judged.answered("More", fails("upstream_cut", "Half"), thread=thread)

    await judged.deed("an answer breaks off", fail, thread)


async def using_tools(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    wanted = calls(("calculate", {"expression": "6*7"}), ("no_such_tool", {}))

    async def use() -> None:
        await judged.answered("Count", wanted, says("42."), thread=thread)

    await judged.deed("tools are used", use, thread)


async def looking(judged: Judged) -> None:
    await judged.answered("Count", calls(("calculate", {"expression": "6*7"})), says("42."))

    async def look() -> None:
        await in_db(looked, user=judged.user, kinds=["tool_outputs", "console"])

    await judged.deed("the person looks at what is new", look)


async def asking(judged: Judged) -> None:
    agent, _ = await in_db(create_agent, user=judged.user, name="Asks", tools=["calculate"])
    await in_db(Tool.objects.create, name="calculate", approval="always")
    wanted = calls(("calculate", {"expression": "6*7"}), ("calculate", {"expression": "1+1"}))
    thread = (await a_thread(judged)).thread

    async def ask() -> None:
        sent = await send(judged.user, "Count", thread=thread, agent=agent.id)
        await until(lambda: Run.objects.filter(id=sent.run, status="waiting").first())

    async def decide() -> None:
        first, second = await read_db(lambda: list(Approval.objects.order_by("created", "id")))
        edited = engine.Verdict(approves=True, arguments='{"expression": "6*9"}')
        denied = engine.Verdict(approves=False, reason="Not now.")
        await in_db(engine.decide, user=judged.user, approval=first.id, verdict=edited)
        await in_db(engine.decide, user=judged.user, approval=second.id, verdict=denied)
        await ended(first.run_id)

    with scripted(wanted, says("54.")):
        await judged.deed("tools ask first", ask, thread)
        await judged.deed("one call is changed and allowed, one is denied", decide, thread)

    async def withdraw() -> None:
        with scripted(wanted):
            sent = await send(judged.user, "Count", thread=thread, agent=agent.id)
            await until(lambda: Run.objects.filter(id=sent.run, status="waiting").first())
            await in_db(engine.stop, user=judged.user, thread=thread)
            await ended(sent.run)

    await judged.deed("what was asked is withdrawn with its turn", withdraw, thread)
    await in_db(Tool.objects.all().delete)


async def publishing(judged: Judged) -> None:
    """A tool writes a transcript; its reader pauses it meanwhile."""
    thread = (await a_thread(judged)).thread
    names = [*settings.GIINT_TOOLS, "publishes"]
    published = {"publishes": ("Publishes", "tests.engine.tools.publishes")}
    with override_settings(GIINT_TOOLS=settings.GIINT_TOOLS | published):
        agent = (await in_db(create_agent, user=judged.user, name="P", tools=names))[0].id

        async def publish() -> None:
            wanted = calls(("publishes", {}))
            await judged.answered("Go", wanted, says("Done."), thread=thread, agent=agent)

        await judged.deed("a transcript is written", publish, thread)
        hold = Hold()
        tools.held.append(hold)
        with scripted(calls(("publishes", {"hold": True})), says("Done.")):
            run = (await send(judged.user, "Go", thread=thread, agent=agent)).run
            await hold.reached()
            row = await until(
                TranscriptEntry.objects.filter(text__contains="two", ended=None).first
            )
            where: dict[str, Any] = {"user": judged.user, "transcript": row.transcript_id}

            async def speak() -> None:
                await in_db(interject, **where, text="And page three?")
                await in_db(hold_it, **where, hold=Transcript.Hold.PAUSED)

            await judged.deed("its reader speaks and pauses it", speak, thread)

            async def finish() -> None:
                hold.release()
                await ended(run)

            await judged.deed("a transcript is whole", finish, thread)
        tools.held.pop()


async def waiting(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    hold = Hold()
    slow = [says("Slow")[0], hold, *says("Slow")[1:]]
    with scripted(slow, says("Second.")):
        await send(judged.user, "First", thread=thread)
        await hold.reached()

        async def queue() -> engine.Started:
            taken_back = await send(judged.user, "Not that", thread=thread)
            stays = await send(judged.user, "But this", thread=thread)
            await in_db(engine.dequeue, user=judged.user, message=taken_back.message)
            return stays

        stays = await judged.deed("messages wait, one is taken back", queue, thread)

        async def go_on() -> None:
            hold.release()
            await ended(stays.run)

        await judged.deed("the message that waited has its turn", go_on, thread)


async def stopping(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    for name, halt in (("stopped", engine.stop), ("interrupted", engine.interrupt)):
        hold = Hold()

        async def halted(hold: Hold = hold, halt: Callable[..., bool] = halt) -> None:
            with scripted([*says("Said")[:2], hold]):
                run = (await send(judged.user, "Go", thread=thread)).run
                await hold.reached()
                await in_db(halt, user=judged.user, thread=thread)
                await ended(run)

        await judged.deed(f"an answer is {name}", halted, thread)


async def stopping_in_line(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    await engine.supervisor.drain(0)  # nobody takes them up
    await send(judged.user, "First", thread=thread)
    await send(judged.user, "Second", thread=thread)

    async def stop() -> None:
        for _ in range(2):
            await in_db(engine.stop, user=judged.user, thread=thread)

    await judged.deed("messages are stopped before their turn", stop, thread)
    engine.supervisor.start()


async def branching(judged: Judged) -> None:
    first = await a_thread(judged)

    async def anew() -> None:
        await judged.answered("", says("Otherwise."), thread=first.thread, again=first.message)

    async def branch() -> None:
        await judged.answered("Root", says("Yes."), thread=first.thread, branches=True, after=None)

    await judged.deed("a message is answered anew", anew, first.thread)
    await judged.deed("a branch begins at the root", branch, first.thread)


def _dies_writing(user: User, thread: str) -> str:
    """A process takes the thread's next run up, says half of something, and is gone."""
    engine.start(user=user, asked=engine.Asked(client_id="dies", text="Go", thread=thread))
    dead = Runner.objects.create(kind="web", host="elsewhere", pid=1, seen=Now())
    (claim,) = claims.claim(dead.id, 1)
    records.open_call(claim, Opened("step_1", "msg_1", 1, "another model"), given={})
    Message.objects.filter(id="msg_1").update(text="Half")
    return claim.run


async def taking_over(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    await engine.supervisor.drain(0)  # nobody else is to take the run up
    run = await in_db(_dies_writing, judged.user, thread)
    hold = Hold()

    async def restart() -> None:
        await in_db(Runner.objects.filter(pid=1).update, seen=Now() - timedelta(seconds=11))
        engine.supervisor.start()
        await hold.reached()

    async def finish() -> None:
        hold.release()
        await ended(run)

    with scripted([hold, *says("Whole.")]):
        await judged.deed("a message is begun again", restart, thread)
        await judged.deed("its second attempt is whole", finish, thread)


async def arranging(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    other, _ = await in_db(create_agent, user=judged.user, name="Other", tools=["calculate"])
    names: dict[str, Any] = {"user": judged.user, "thread_id": thread}

    async def rename() -> None:
        await in_db(services.rename, **names, title="Named")

    async def choose() -> None:
        await in_db(services.set_agents, **names, agents=[other.id])

    async def put_away() -> None:
        await in_db(services.archive, **names, archived=True)

    async def bring_back() -> None:
        await in_db(services.archive, **names, archived=False)

    async def remove() -> None:
        await in_db(services.remove, **names)

    await judged.deed("a thread is renamed", rename, thread)
    await judged.deed("a thread has another agent", choose, thread)
    await judged.deed("a thread is put away", put_away, thread)
    # The list of a page has no row of a thread that comes back: it asks for a snapshot then.
    await judged.deed("a thread is brought back", bring_back, thread, own=False)
    await judged.deed("a thread is removed", remove)


async def judging(judged: Judged) -> None:
    thread = (await a_thread(judged)).thread
    answer = await read_db(lambda: Message.objects.get(thread=thread, role="assistant").id)

    async def like() -> None:
        await in_db(judge, user=judged.user, message=answer, thumb=-1, note="Too short.")
        await in_db(judge, user=judged.user, message=answer, thumb=1, note="Well said.")

    async def forget() -> None:
        await in_db(unjudge, user=judged.user, message=answer)

    await judged.deed("an answer is judged", like, thread, own=False)
    await judged.deed("a judgement is taken back", forget, thread, own=False)


async def agents(judged: Judged) -> None:
    async def create() -> str:
        return (await in_db(create_agent, user=judged.user, name="A", instructions="Be."))[0].id

    id = await judged.deed("an agent is made", create)

    async def change() -> None:
        await in_db(change_agent, user=judged.user, agent=id, name="B", tools=["current_time"])

    async def archive() -> None:
        await in_db(change_agent, user=judged.user, agent=id, archived=True)

    await judged.deed("an agent is changed", change)
    await judged.deed("an agent is put away", archive)


async def page_state(judged: Judged) -> None:
    async def choose() -> None:
        await in_db(set_state, user=judged.user, version=0, patch={"theme": "dark"})
        await in_db(set_state, user=judged.user, version=1, patch={"shortcuts": False})

    async def forget() -> None:
        await in_db(set_state, user=judged.user, version=2, patch={"theme": None})

    await judged.deed("page state is set", choose)
    await judged.deed("page state is removed", forget)


async def keys(judged: Judged) -> None:
    where: dict[str, Any] = {
        "base_url": "https://api.openai.com/v1",
        "secret": Secret("sk-0123456789abcdef"),
    }

    async def add() -> Any:
        await in_db(add_key, user=judged.user, label="One", **where)
        return await in_db(add_key, user=judged.user, label="Two", default=True, **where)

    key = await judged.deed("keys are added", add)

    async def change() -> None:
        await in_db(change_key, user=judged.user, key=key.id, label="Other", model="m")
        await in_db(record_check, key=await read_db(_key, judged.user, key.id), code="")

    async def remove() -> None:
        await in_db(remove_key, user=judged.user, key=key.id)

    await judged.deed("a key is changed and tried", change)
    await judged.deed("a key is removed", remove)


def _key(user: User, id: str) -> Any:
    return user.provider_keys.select_related("user__account").get(id=id)


async def reading_live(judged: Judged) -> None:
    """The frames of a follower, with the text in flight, instead of a replay."""
    thread = (await a_thread(judged)).thread
    stream = thread_stream(thread)
    hold = Hold()
    follower = engine.follow(judged.user)
    await follower.subscribe(stream, None, None)
    frames: list[Frame] = []

    async def read() -> None:
        async for frame in follower.frames():
            frames.append(json.loads(frame))  # noqa: PERF401 (others look at it meanwhile)

    reading = asyncio.ensure_future(read())
    text = ["Text 😀 ", "\ud83d", "\ude00 in flight"]
    with scripted([*says(*text)[:-2], hold, *says(*text)[-2:]]):
        run = (await send(judged.user, "Go", thread=thread)).run
        await hold.reached()
        written = Message.objects.filter(status="streaming", text="Text 😀 😀 in flight")
        await until(written.exists)
        after = await read_db(journal.snapshot, judged.user, stream)
        judged.cases.append(
            {"name": "text in flight", "before": None, "frames": list(frames), "after": after}
        )
        hold.release()
        await ended(run)
    after = await read_db(journal.snapshot, judged.user, stream)
    async with asyncio.timeout(PATIENCE):
        while not any(frame.get("seq") == after["seq"] for frame in frames):
            await asyncio.sleep(0.01)
    judged.cases.append(
        {"name": "a whole reading", "before": None, "frames": frames, "after": after}
    )
    reading.cancel()
    await asyncio.wait([reading])
    follower.leave()


DEEDS = (
    opening, answering, failing, using_tools, looking, asking, publishing, waiting, stopping,
    stopping_in_line,
    branching, taking_over, arranging, posting, judging, agents, page_state, keys, reading_live,
)  # fmt: skip


# --- the judge ------------------------------------------------------------------------------------


def sentences(cases: list[Frame]) -> list[str]:
    """What the client's reducer makes of the cases: one line for each that is wrong."""
    node = shutil.which("node")
    if node is None:
        missing("node")
    done = subprocess.run(
        [node or "", "tests/client/judge.mjs"],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(cases)
    return [f"{one['name']}: {one['difference']}" for one in verdicts if not one["ok"]]


def make_person(number: int) -> tuple[User, str]:
    user = person(f"person{number}")
    return user, user_stream(account_for(user).id)


async def test_a_snapshot_and_its_events_are_a_fresh_snapshot(running: Supervisor) -> None:
    cases: list[Frame] = []
    for number, deed in enumerate(DEEDS):
        judged = Judged(*await in_db(make_person, number))
        await deed(judged)
        cases += judged.cases
    assert sentences(cases) == []
    covered = {frame["type"] for case in cases for frame in case["frames"] if "type" in frame}
    assert covered == {event.type for event in EVENTS}


async def test_the_judge_sees_an_event_that_is_missing(running: Supervisor) -> None:
    judged = Judged(*await in_db(make_person, 0))
    await answering(judged)
    case = judged.cases[0]
    del case["frames"][-1]
    assert len(sentences([case])) == 1
