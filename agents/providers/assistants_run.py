"""One model call as a stretch of a run: which thread, what it is told, how it ends, and what is
known of the thread afterwards.

A thread takes one run at a time and knows what it was told. So whatever does not end well leaves
its thread behind: the run is cancelled, and the next call holds another thread.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator

import openai

from agents.providers import assistants_objects as objects
from agents.providers import assistants_request as sent
from agents.providers import failures
from agents.providers.assistants_events import ENDED, AssistantsTranslation
from agents.providers.assistants_request import BETA
from agents.providers.base import Attached, Done, Failed, Item, ProviderEvent, TurnRequest
from agents.providers.chat_messages import text_of
from agents.providers.kept_http import Account, whole
from agents.providers.network import NETWORK
from agents.providers.sse import TooLong
from agents.providers.stateful import Held, Remotes, Tags
from agents.providers.streaming import Answer, over, said, taken
from agents.providers.translation import Data, Malformed, string
from giint.core.errors import GiintError

CANCEL = 2.0  # seconds for telling the server that nobody waits any more
TRIES = 3  # objects that somebody deleted there are made anew
POLL = 0.5  # seconds between two looks at a run that is not streamed
THREAD = sent.digest({"object": "thread"})  # made empty: what it is told, it is told by runs
_NAMED = re.compile(r"\b(?:file|vector.?store)s?\b", re.IGNORECASE)
# A server that does not take it so: the object is gone, it waits for nothing, it has another run.
REFUSED = (openai.NotFoundError, openai.BadRequestError, openai.ConflictError)
TROUBLE = (openai.APIError, GiintError, Malformed, TooLong, TimeoutError, *NETWORK)


class Stretch:
    """One call. ``turn`` may be used once."""

    def __init__(self, request: TurnRequest, remotes: Remotes) -> None:
        self._request = request
        self._remotes = remotes
        self._translation = AssistantsTranslation(request.endpoint.key, taken(request))
        self._held: Held | None = None
        self._sent = False  # the thread may know more than we know that it does
        self._account: Account

    async def turn(self) -> AsyncGenerator[ProviderEvent]:
        error: Exception | None = None
        try:
            async with (
                self._opened() as response,
                contextlib.aclosing(self._followed(response)) as events,
            ):
                async for event in events:
                    if isinstance(event, Done):
                        await self._is_whole(event)
                    yield event
        except (openai.APIError, GiintError) as refused:
            yield failures.of_exception(refused, self._request.endpoint.key)
            return
        except (Malformed, TooLong, *NETWORK) as broken:
            error = broken
        for event in over(self._translation, error):
            yield event

    def _followed(self, response: Answer) -> AsyncGenerator[ProviderEvent]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            return self._polled(response)
        return said(response, self._translation)

    async def _polled(self, response: Answer) -> AsyncGenerator[ProviderEvent]:
        """The run of a server that does not stream: looked at until it stands."""
        row = await whole(response)
        thread, run = string(row.get("thread_id")), string(row.get("id"))
        while row.get("status") not in (*ENDED, "requires_action"):
            await asyncio.sleep(POLL)
            row = await self._account.read("GET", f"/threads/{thread}/runs/{run}")
        for event in await caught_up(self._account, self._translation, self._request.items, row):
            yield event

    # --- the way in -------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Answer]:
        """The open stream of the run. What does not end well is cleared away."""
        self._account = await Account.of(self._request.endpoint, BETA)
        async with contextlib.AsyncExitStack() as stack:
            try:
                yield await self._continued(stack) or await self._begun(stack)
            finally:
                if self._sent:
                    await self._leave()

    async def _continued(self, stack: contextlib.AsyncExitStack) -> Answer | None:
        """The run that waits for our outputs, given them. None where it does not wait any more, or
        something else is to be said: then another one begins.
        """
        thread, _, run = self._request.continues.partition("/")
        if not run:
            return None
        outputs = sent.results(self._request.items)
        held = self._held = await self._thread()
        if held.remote_id == thread and outputs:
            self._translation.thread, self._translation.run = thread, run
            for calls in (self._known_calls(held, outputs), None):
                wanted = calls or await self._waits_for(thread, run)
                if len(wanted) != len(outputs):
                    break
                with contextlib.suppress(*REFUSED):
                    return await self._submit(stack, dict(zip(wanted, outputs, strict=True)))
        await self._leave(thread, run)
        return None

    def _known_calls(self, held: Held, outputs: list[Item]) -> list[str]:
        renamed = held.memory.get("calls") or {}
        ours = [str(output["call_id"]) for output in outputs]
        return [str(renamed.get(call, call)) for call in ours]

    async def _waits_for(self, thread: str, run: str) -> list[str]:
        """The ids of the calls whose outputs a run wants, as its server has them."""
        try:
            row = await self._account.read("GET", f"/threads/{thread}/runs/{run}")
        except openai.NotFoundError:
            return []
        return wanted_calls(row)

    async def _submit(self, stack: contextlib.AsyncExitStack, outputs: dict[str, Item]) -> Answer:
        rows = [
            {"tool_call_id": call, "output": text_of(item.get("output"))}
            for call, item in outputs.items()
        ]
        place = f"/threads/{self._translation.thread}/runs/{self._translation.run}"
        body = {"tool_outputs": rows, "stream": True}
        call = self._account.call("POST", f"{place}/submit_tool_outputs", body)
        response = await stack.enter_async_context(call)
        self._sent = True
        return response

    async def _begun(self, stack: contextlib.AsyncExitStack) -> Answer:
        """A new run. Objects that somebody deleted there, or that are stuck, are made anew."""
        for left in range(TRIES - 1, -1, -1):
            assistant = await self._assistant()
            held, rest = await self._thread_for(self._request.items)
            try:
                return await self._start(stack, assistant, held, rest)
            except REFUSED as error:
                old = [one for one in (assistant, held) if not one.fresh]
                if not old or not left or not _is_about_objects(error):
                    raise
                for one in old:
                    await self._remotes.discard(one)
        raise AssertionError("the last try raises")

    async def _start(
        self, stack: contextlib.AsyncExitStack, assistant: Held, held: Held, rest: list[Item]
    ) -> Answer:
        self._held = held
        if not held.fresh:  # from here on, until its end is seen, it is not known what it knows
            await self._remotes.remember(held, {})
        body = sent.run(self._request, assistant.remote_id, rest)
        self._translation.thread, self._translation.run = held.remote_id, ""
        self._sent = True
        try:
            call = self._account.call("POST", f"/threads/{held.remote_id}/runs", body)
            return await stack.enter_async_context(call)
        except openai.APIStatusError as error:
            if error.status_code < 500:  # it was not told anything
                self._sent = False
                known = held.memory or {"through": sent.START}
                await self._remotes.remember(held, known)
            raise

    # --- objects ----------------------------------------------------------------------------------

    async def _assistant(self) -> Held:
        body = sent.assistant(self._request, [await self._file(one) for one in self._request.files])

        async def create(tags: Tags) -> str:
            return await self._made("/assistants", body | {"metadata": tags})

        return await self._remotes.hold("assistant", sent.digest(body), create)

    async def _file(self, attached: Attached) -> str:
        """The id there of a file of the thread's, which is uploaded once in a wake."""

        async def create(tags: Tags) -> str:
            content = await asyncio.to_thread(attached.read)
            row = await self._account.upload(objects.tagged(attached.name, tags), content)
            return string(row.get("id"))

        made_from = {"name": attached.name, "sha256": attached.sha256}
        return (await self._remotes.hold("file", sent.digest(made_from), create)).remote_id

    async def _thread(self) -> Held:
        async def create(tags: Tags) -> str:
            return await self._made("/threads", {"metadata": tags})

        return await self._remotes.hold("thread", THREAD, create)

    async def _thread_for(self, items: list[Item]) -> tuple[Held, list[Item]]:
        """A thread that knows the beginning of the path and nothing else, and the rest of it."""
        held = await self._thread()
        while not held.fresh:
            rest = sent.rest(items, held.memory.get("through"))
            if rest is not None:
                return held, rest
            await self._remotes.discard(held)
            held = await self._thread()
        return held, items

    async def _made(self, path: str, body: Data) -> str:
        """Raises GiintError ``assistants_gone`` where the server has no such interface."""
        try:
            row = await self._account.read("POST", path, body)
        except openai.NotFoundError as error:
            raise gone(error, self._account) from error
        return string(row.get("id"))

    # --- the way out ------------------------------------------------------------------------------

    async def _is_whole(self, done: Done) -> None:
        """The thread knows what was said: a next run may go on from there."""
        self._sent = False
        if self._held is None:
            return
        memory: Data = {"through": sent.through([*self._request.items, *done.items])}
        if self._translation.renamed:
            memory["calls"] = self._translation.renamed
        await self._remotes.remember(self._held, memory)

    async def _leave(self, thread: str = "", run: str = "") -> None:
        """Nobody reads on: the thread is left, and what still runs there is cancelled."""
        self._sent = False
        if self._held is not None:
            await self._remotes.discard(self._held)
        if not self._translation.over:
            place = (thread or self._translation.thread, run or self._translation.run)
            with contextlib.suppress(*TROUBLE):
                async with asyncio.timeout(CANCEL):
                    await cancel(self._account, *place)


def gone(error: openai.NotFoundError, account: Account) -> GiintError:
    """What 404 means of a create: no such model or file, or no such interface."""
    failed: Failed = failures.of_exception(error, account.endpoint.key)
    if failed.code == "upstream_no_model" or _NAMED.search(failed.detail):
        return GiintError(failed.code, failed.detail)
    return GiintError("assistants_gone")


def _is_about_objects(error: openai.APIStatusError) -> bool:
    """Whether a refused run may be taken with other objects: one is gone, or has another run."""
    return error.status_code in (404, 409) or "active run" in str(error.body).lower()


def wanted_calls(run: Data) -> list[str]:
    action = run.get("required_action") or {}
    calls = (action.get("submit_tool_outputs") or {}).get("tool_calls") or []
    return [str(call.get("id")) for call in calls]


async def cancel(account: Account, thread: str, run: str = "") -> None:
    """Cancel a run of the thread; without its id, whichever is under way."""
    runs = [run]
    if not run:
        page = await account.read("GET", f"/threads/{thread}/runs", query={"limit": "10"})
        rows = page.get("data") or []
        runs = [string(row["id"]) for row in rows if row.get("status") not in ENDED]
    for one in runs:
        with contextlib.suppress(*REFUSED):  # it has ended
            await account.read("POST", f"/threads/{thread}/runs/{one}/cancel", {})


async def caught_up(
    account: Account, translation: AssistantsTranslation, items: list[Item], row: Data
) -> list[ProviderEvent]:
    """What a run that stands has said since it was given the last outputs in ``items``."""
    place = f"/threads/{row.get('thread_id')}"
    steps = await account.rows(f"{place}/runs/{row.get('id')}/steps")
    messages = await account.rows(f"{place}/messages", run_id=string(row.get("id")))
    given = sent.answered(items)
    start = 0
    for at, step in enumerate(steps, 1):
        calls = (step.get("step_details") or {}).get("tool_calls") or []
        if any(sent.is_call(ours, str(call.get("id"))) for ours in given for call in calls):
            start = at
    return translation.caught_up(row, steps[start:], messages)
