"""What a model call at a provider that keeps state has besides: its objects there, the call whose
tool calls it answers, and what became of it when the process that asked is gone. docs/remote.md.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial

from agents.providers.base import Attached, Endpoint, ProviderEvent, TurnRequest
from agents.providers.stateful import Lost
from agents.remote.holding import Ledger
from agents.remote.records import Scope
from giint.core.db import in_db, read_db
from giint.engine import records
from giint.engine import statements as sql
from giint.engine.lasting import lasting
from giint.engine.prompt import fingerprint
from giint.engine.work import Call, Work
from giint.models import Message, Run, Step
from transcripts.files import content_of

READS_FILES = ("code_interpreter",)
FILES = 20  # as many as an assistant may have
Events = AsyncGenerator[ProviderEvent | Lost]


async def equip(work: Work, request: TurnRequest) -> TurnRequest:
    """The request, with the objects it may use, the call it goes on from, and the files of the
    thread where a tool that the provider runs reads them.
    """
    reads = any(tool.type in READS_FILES for tool in request.builtins)
    files = await read_db(_files, work) if reads else []
    return replace(request, remotes=_ledger(work), continues=work.continues, files=files)


def _files(work: Work) -> list[Attached]:
    """The newest, oldest of them first. Sync."""
    thread = work.run.thread
    rows = thread.files.filter(owner=thread.owner_id).order_by("-created", "-id")[:FILES]
    return [Attached(row.name, row.sha256, partial(content_of, row)) for row in reversed(rows)]


def apart(work: Work, request: TurnRequest, purpose: str) -> TurnRequest:
    """The request of a call beside the conversation: it has objects of its own."""
    return replace(request, remotes=_ledger(work, purpose), continues="")


def _ledger(work: Work, purpose: str = "") -> Ledger:
    run = work.run
    scope = Scope.of(
        work.endpoint,
        user=run.thread.owner_id,
        agent=run.agent_id,
        thread=run.thread_id,
        run=run.id,
        alone=run.parent_id is not None,
    )
    work.keeps = True
    return Ledger(scope, work.endpoint.key, purpose)


async def name(work: Work, call: Call, remote_id: str) -> None:
    """The call has a name there: whoever takes the run over can ask what became of it."""
    if remote_id and remote_id != work.named:
        await lasting(in_db, records.name_call, work.claim, call.opened, remote_id)
        work.named = remote_id


def gone_on(work: Work) -> None:
    """The call asked for tools: the next one answers it."""
    work.continues, work.named = work.named, ""


# --- a run that is taken over. Sync ---------------------------------------------------------------


def answered(run: Run, endpoint: Endpoint) -> str:
    """The remote id of the run's last finished model call, if this account knows it."""
    last = sql.LAST_DONE.first(run=run.id)
    return _known(last, endpoint)


def left_behind(message: Message, endpoint: Endpoint) -> str:
    """The remote id of the last call for ``message`` that got one, if this account knows it."""
    return _known(sql.LAST_NAMED.first(message=message.id), endpoint)


def _known(step: Step | None, endpoint: Endpoint) -> str:
    if step is None or step.input.get("endpoint") != fingerprint(endpoint):
        return ""
    return step.remote_id
