"""One model call: from the prompt to a step. docs/invariants/run.md.

The call upstream and the transaction that opens its rows run at the same time (waiting for the one
before the other cost 13 ms to the first token): readers see no delta before ``message.created`` is
committed, because they take their place in the text only then.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from agents.parameters import wire
from agents.providers import ready
from agents.providers.base import (
    CallPiece,
    Citation,
    Done,
    Item,
    Provider,
    ProviderEvent,
    Reasoning,
    Started,
    Subagent,
    Text,
    ToolCall,
    ToolProgress,
    TurnRequest,
    Usage,
)
from agents.providers.base import Failed as ProviderFailed
from agents.providers.stateful import Keeper, Lost
from agents.tools.offered import offered
from giint.core.db import in_db, read_db
from giint.core.errors import FAILURES
from giint.core.ids import message_id, step_id
from giint.core.text import clean
from giint.engine import delivery, prompt, remote
from giint.engine.hub import LiveMessage
from giint.engine.lasting import lasting
from giint.engine.outputs import LABELS, open_builtin
from giint.engine.parts import Parts
from giint.engine.records import Opened
from giint.engine.steps import Again, Answer, Failed, Final, Step
from giint.engine.transcripts import mirror
from giint.engine.work import Call, Work

log = logging.getLogger(__name__)
PAUSES = (0.5, 2.0)  # seconds before the second and the third try, while nothing was shown
SHOWN = (Text, Reasoning, ToolCall)
LONGEST_PAUSE = 30.0  # a server that asks for more patience gets none of a person's


@dataclass(frozen=True, slots=True)
class Repeat:
    """The call failed before it showed anything, and asking again may help."""

    failed: Failed
    after: float | None


async def ask(work: Work) -> Step:
    """Call the model once (repeated, in bounds, while nothing was shown) and say what came of
    it.
    """
    plan = await _prompt(work)
    call = work.call = _begin(work, plan.given)
    provider = await ready(work.endpoint.dialect)
    request = _request(work, plan.items)
    if provider.stateful:
        step = await _with_state(work, call, provider, request)
    else:
        step = await _with_repeats(work, call, provider, request)
    await call.opening
    return step


async def _with_state(work: Work, call: Call, provider: Provider, request: TurnRequest) -> Step:
    """The same at a provider that keeps objects of ours, and knows the call by a name."""
    await call.opening  # the intent must be on record before the call
    request = await remote.equip(work, request)
    work.named = ""
    left, work.left = work.left, ""
    if left and isinstance(provider, Keeper):
        ended = await _once(work, call, provider.recover(request, left))
        if not isinstance(ended, Repeat):
            await remote.name(work, call, work.named or left)
            return _named(work, ended)
        request = replace(request, continues="")  # what it went on from is over, too
    return _named(work, await _with_repeats(work, call, provider, request))


def _named(work: Work, step: Step) -> Step:
    if isinstance(step, Again):
        remote.gone_on(work)
    return step


def _begin(work: Work, given: dict[str, Any]) -> Call:
    left, work.streaming = work.streaming, None
    work.model_calls += 1
    opened = Opened(
        step=step_id(),
        message=left.message if left else message_id(),
        attempt=left.attempt if left else 1,
        model=work.endpoint.model,
        is_first=work.claim.generation == 1 and work.model_calls == 1,
    )
    live = LiveMessage(
        id=opened.message,
        stream=work.claim.stream,
        run=work.claim.run,
        attempt=opened.attempt,
        generation=work.claim.generation,
    )
    work.hub.open(live)
    opening = _beside(_open(work, opened, given))
    return Call(opened, live, Parts(work.hub, live), opening)


def _beside(work: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
    """Run it while the model is called; if it fails, the call must not go on."""
    caller = asyncio.current_task()
    beside = asyncio.ensure_future(work)

    def done(ended: asyncio.Future[None]) -> None:
        if not ended.cancelled() and ended.exception() is not None and caller is not None:
            caller.cancel()

    beside.add_done_callback(done)
    return beside


async def _open(work: Work, opened: Opened, given: dict[str, Any]) -> None:
    agent, model = work.agent, work.endpoint.model
    facts = given | {"model": model, "parameters": agent.parameters if agent else {}}
    await lasting(in_db, work.rows.open_call, work.claim, opened, given=facts)


def _request(work: Work, items: list[Item]) -> TurnRequest:
    agent = work.agent
    return TurnRequest(
        endpoint=work.endpoint,
        model=work.endpoint.model,
        instructions=work.instructions,
        items=items,
        tools=work.offer.specs,
        builtins=list(work.offer.builtins),
        parameters=wire(agent.parameters, work.endpoint.dialect) if agent else {},
    )


async def _with_repeats(work: Work, call: Call, provider: Provider, request: TurnRequest) -> Step:
    for pause in PAUSES:
        ended = await _once(work, call, provider.turn(request))
        if not isinstance(ended, Repeat):
            return ended
        wait = pause if ended.after is None else ended.after
        if wait > min(LONGEST_PAUSE, work.clock.remaining()):
            return ended.failed
        await _wait(work, ended.failed.code, wait)
    ended = await _once(work, call, provider.turn(request))
    return ended.failed if isinstance(ended, Repeat) else ended


async def _wait(work: Work, code: str, seconds: float) -> None:
    """Wait before asking again, and say so to whoever follows the thread."""
    claim = work.claim
    frame = {
        "run": claim.run,
        "thread": claim.thread,
        "code": code,
        "message": FAILURES[code].happened,
    }
    work.hub.wait(claim.stream, seconds, frame)
    try:
        await asyncio.sleep(seconds)
    finally:
        work.hub.go_on(claim.stream)
    work.clock.waited(seconds)


async def _once(work: Work, call: Call, said: remote.Events) -> Step | Repeat:
    work.clock.begin()
    try:
        async with aclosing(said) as events:
            async for event in events:
                work.clock.seen()
                if work.first_token is None and isinstance(event, SHOWN):
                    work.shown()
                if isinstance(event, ToolProgress):
                    await _builtin(work, call, event)
                if isinstance(event, Subagent):
                    await _subagent(work, call, event)
                if work.keeps and isinstance(event, Started):
                    await remote.name(work, call, event.remote_id)
                ended = _take(event, call.parts, work.limits.bytes)
                if ended is not None:
                    return ended
    finally:
        work.clock.end()
    return Failed("upstream_cut", call.parts.answer([]))


async def _builtin(work: Work, call: Call, event: ToolProgress) -> None:
    """A tool that the provider runs has moved on: a step that people see, from its first sign."""
    if event.name not in LABELS or work.child is not None:  # a child's are kept when it ends
        return
    output = call.builtins.get(event.call_id)
    if output is None:
        await call.opening
        call.parts.ran()
        output = call.builtins[event.call_id] = await lasting(
            in_db,
            open_builtin,
            work.claim,
            step=call.opened.step,
            message=call.opened.message,
            item=event.call_id,
            name=event.name,
        )
    work.hub.progress(
        work.claim.stream, output, {"text": clean(event.status)[:60].replace("_", " ")}
    )


async def _subagent(work: Work, call: Call, event: Subagent) -> None:
    """What an agent of the provider's own says is kept beside the answer, in its step."""
    output = call.builtins.get(event.call_id)
    if output is not None:
        await lasting(in_db, mirror, work.claim, output, event)


def _take(event: ProviderEvent | Lost, parts: Parts, longest: int) -> Step | Repeat | None:
    """Add one event to what was said; what the call came to, if this was its end."""
    if isinstance(event, Lost):
        return _failed(parts, ProviderFailed("upstream_cut", again=True))
    if _gather(event, parts) > longest:
        return Failed("guard_bytes", parts.answer([]))
    match event:
        case Done(items):
            answer = parts.answer(items)
            return Again(answer) if answer.calls else Final(answer)
        case ProviderFailed():
            return _failed(parts, event)
    return None


def _gather(event: ProviderEvent, parts: Parts) -> int:
    """Returns how long the answer is now, where the event has made it longer."""
    match event:
        case Text(delta):
            return parts.text(delta)
        case Reasoning(delta):
            return parts.reasoning(delta)
        case CallPiece(length):
            return parts.writing(length)
        case ToolCall():
            return parts.call(event)
        case Usage(usage):
            parts.usage(usage)
        case Citation():
            parts.citation(event)
    return 0


def _failed(parts: Parts, event: ProviderFailed) -> Step | Repeat:
    may_repeat = event.again and not parts.has_said
    # A call that may be repeated keeps its assembler open; what it gathered is nothing anyway.
    answer = Answer() if may_repeat else parts.answer(event.items)
    failed = Failed(event.code, answer, event.detail)
    return Repeat(failed, event.after) if may_repeat else failed


# --- the prompt ---------------------------------------------------------------------------------


async def _prompt(work: Work) -> prompt.Prompt:
    """The prompt, after what no longer fits was summarised and kept."""
    given = (work.claim.thread, work.endpoint, work.limits, work.instructions)
    plan, work.planned = work.planned, None
    if plan is None:
        plan = await lasting(read_db, read_prompt, work)
    # A call that is made again has its place above them: they wait for the one after it.
    if plan.more and work.streaming is None:
        await lasting(in_db, delivery.take, work.claim)
        plan = await lasting(read_db, read_prompt, work)
    if not plan.cut:
        return plan
    log.info("thread %s: summarising its first %d messages", work.claim.thread, len(plan.cut))
    before = await read_db(prompt.earlier_summary, plan)
    text = await _summarise(work, prompt.summary_prompt(plan, before))
    await in_db(prompt.keep_summary, plan, text)
    return await read_db(prompt.plan, *given)


def read_prompt(work: Work) -> prompt.Prompt:
    """The prompt, and what the agent may use from here on: rights can change between two calls."""
    work.offer = offered(
        user=work.run.thread.owner, agent=work.agent, dialect=work.endpoint.dialect
    )
    if work.child is not None:
        work.offer = work.offer.without_asking()
        return prompt.of_child(work.run.id, work.child.items, work.endpoint, work.instructions)
    return prompt.plan(work.claim.thread, work.endpoint, work.limits, work.instructions)


async def _summarise(work: Work, items: list[Item]) -> str:
    """One call for a summary. A failure gives an empty one: the thread goes on without its oldest
    part.
    """
    text: list[str] = []
    bare = replace(_request(work, items), tools=[], builtins=[], parameters={})
    request = replace(bare, instructions=prompt.SUMMARISE)
    provider = await ready(work.endpoint.dialect)
    if provider.stateful:
        request = remote.apart(work, request, "summary")
    work.clock.begin()
    try:
        async with aclosing(provider.turn(request)) as events:
            async for event in events:
                work.clock.seen()
                match event:
                    case Text(delta):
                        text.append(delta)
                    case Usage(usage):
                        work.guards.used(usage.get("output", 0) + usage.get("input", 0))
                    case ProviderFailed(code):
                        log.warning("no summary for thread %s: %s", work.claim.thread, code)
                        return ""
    finally:
        work.clock.end()
    return clean("".join(text))
