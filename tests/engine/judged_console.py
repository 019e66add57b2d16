"""Console messages, for the judge of events (``test_judged_events.py``)."""

from typing import Any

from agents.providers.scripted import Hold, fails, says, scripted
from giint import engine
from giint.core.db import in_db
from giint.models import Run
from tests.engine.conftest import send, until
from tests.engine.judged import Judged, a_thread
from transcripts.models import ConsoleMessage


async def posting(judged: Judged) -> None:
    """Console messages in every way they may go."""
    thread = (await a_thread(judged)).thread

    async def post(text: str, **more: Any) -> ConsoleMessage:
        told = engine.Posting(text=text, source=ConsoleMessage.Source.SHELL, name="cron", **more)
        return (await in_db(engine.post, user=judged.user, posting=told)).message

    await engine.supervisor.drain(0)  # nobody takes it up
    await send(judged.user, "Not yet", thread=thread)

    async def before() -> None:
        await post("First", thread=thread)

    await judged.deed("a console message goes before what waits", before, thread)

    async def both() -> None:
        with scripted(says("Heard."), says("Answered.")):
            engine.supervisor.start()
            await until(lambda: not Run.objects.filter(thread=thread, ended=None).exists())

    await judged.deed("both are answered", both, thread)

    async def idle() -> None:
        with scripted(says("Heard.")):
            one = await post("Idle", thread=thread)
            await until(ConsoleMessage.objects.filter(id=one.id, status="answered").exists)

    await judged.deed("a console message is answered", idle, thread)
    hold = Hold()
    with scripted([*says("Said")[:2], hold], says("First."), says("Then.")):
        await send(judged.user, "Go", thread=thread)
        await hold.reached()

        async def wait() -> ConsoleMessage:
            for policy in ("steer", "wait"):
                one = await post(policy, thread=thread, policy=policy)
            await post("held", hold=True)
            taken_back = await post("not that", thread=thread, policy="wait")
            await in_db(engine.cancel, user=judged.user, console=taken_back.id)
            return one

        one = await judged.deed("console messages wait", wait, thread)

        async def interrupt() -> None:
            await post("Now", thread=thread)
            await until(ConsoleMessage.objects.filter(id=one.id, status="answered").exists)

        await judged.deed("one interrupts, and the others have their turn", interrupt, thread)

    async def fail() -> None:
        with scripted(fails("upstream_cut", "Half"), says("Answered.")):
            one = await post("Fails", thread=thread)
            await until(ConsoleMessage.objects.filter(id=one.id, status="failed").exists)
            await in_db(engine.let_in, judged.user)
            await until(lambda: not ConsoleMessage.objects.filter(status="held").exists())
            await until(lambda: not judged.user.console_messages.filter(status="pending").exists())
            await until(lambda: not Run.objects.filter(thread=thread, ended=None).exists())

    await judged.deed("one fails, one was held", fail, thread)
