"""A turn whose only step is a tool call that a person asked for: ``/poll``, ``/duo``, their routes.
docs/invariants/run.md.
"""

from django.db import transaction
from django.utils import timezone

from agents.tools import offered
from agents.tools.offered import Offer
from giint.core import journal
from giint.core.db import in_db, read_db
from giint.core.errors import GiintError
from giint.core.events import MessageCreated
from giint.core.prepared import insert
from giint.engine import statements as sql
from giint.engine.fence import Claim, fence
from giint.engine.lasting import lasting
from giint.engine.outputs import tool_started
from giint.engine.records import Pair, finish
from giint.engine.work import Work
from giint.models import Message, Run, Step
from transcripts.models import ToolOutput

CALL = "call_1"


async def begin(work: Work) -> list[ToolOutput]:
    """The call, to be made; none where an earlier holder of the run made it."""
    work.offer = await lasting(read_db, _offer, work.run)
    output = await lasting(in_db, open_call, work.claim)
    return [output] if output.status == ToolOutput.Status.RUNNING else []


def _offer(run: Run) -> Offer:
    """The tool, if its person may use it: whether the agent has it does not count here."""
    name = (run.plan or {})["tool"]
    standing = offered.standings(run.thread.owner, [name]).get(name)
    if standing is None or standing.withheld or standing.tool is None:
        raise GiintError("tool_failed", standing.withheld if standing else offered.UNKNOWN)
    return Offer({name: standing.tool})


@transaction.atomic
def open_call(claim: Claim) -> ToolOutput:
    """The call's row, made now or by an earlier holder of the run. Raises Fenced."""
    run = fence(claim)
    there = run.tool_outputs.filter(call_id=CALL).first()
    if there is not None:
        return there
    plan = run.plan or {}
    name = plan["tool"]
    standing = offered.standings(run.thread.owner, [name]).get(name)
    given = {"calls": [CALL]}
    insert(Step(run=run, number=1, kind=Step.Kind.TOOLS, message_id=run.message_id, input=given))
    output = ToolOutput.objects.create(
        user_id=run.thread.owner_id,
        thread_id=run.thread_id,
        agent_id=run.agent_id,
        run=run,
        message_id=run.message_id,
        tool=name,
        label=standing.label if standing else name,
        call_id=CALL,
        arguments=plan["arguments"],
        started=timezone.now(),
    )
    journal.append(claim.stream, tool_started(output))
    return output


@transaction.atomic
def close(claim: Claim) -> None:
    """The run's last transaction: the result is a message. Raises Fenced."""
    run = fence(claim)
    output = run.tool_outputs.get(call_id=CALL)
    if output.status != ToolOutput.Status.DONE:
        failed, why = Run.Status.FAILED, output.error
        events = finish(run, claim.own, status=failed, code="tool_failed", detail=why)
        journal.append_all(*events)
        return
    sql.TOOLS_DONE.run(run=run.id, now=timezone.now())
    told = _message(claim, run, output.result)
    journal.append_all(told, *finish(run, claim.own, status=Run.Status.COMPLETED, code=""))


def _message(claim: Claim, run: Run, text: str) -> Pair:
    (thread,) = sql.NEXT_NUMBER.rows(thread=run.thread_id)
    message = Message(
        thread_id=run.thread_id,
        number=thread.last_number,
        parent_id=thread.head_id,
        role=Message.Role.ASSISTANT,
        status=Message.Status.COMPLETE,
        agent_id=run.agent_id,
        run=run,
        text=text,
    )
    insert(message)
    sql.MOVE_HEAD.run(thread=thread.id, head=message.id)
    row = message.row()
    row["text"] = ""
    return claim.stream, MessageCreated(message=row, head=True, text=text)
