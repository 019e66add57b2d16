"""What every turn asks the database, prepared (``giint.core.prepared``): from the message that is
sent to the end of its run. What is asked rarely stands where it is asked.
"""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now

from agents.models import Agent
from giint.core.models import Stream
from giint.core.prepared import Among, Given, Rows, Update, Values
from giint.models import (
    ACTIVE,
    MOVING,
    OPEN,
    Approval,
    Feedback,
    GiintThread,
    Message,
    Run,
    Runner,
    Step,
    Summary,
)
from transcripts.console import OPEN as NOT_OVER
from transcripts.console import WAITING as NOT_DELIVERED
from transcripts.models import ConsoleMessage, ToolOutput, Transcript, TranscriptEntry

# ``OPEN`` and ``MOVING`` are the words that the indexes of what is under way are limited to: SQLite
# uses one only where the query says them too and asks for no other order, or it would look through
# all that ever was.
DEAD = timedelta(seconds=10)
UNFINISHED = (ToolOutput.Status.WAITING, ToolOutput.Status.READY, ToolOutput.Status.RUNNING)
LANE = 2**30  # more runs than any thread has
AT_ONCE = 50  # runs claimed in one go

# --- a message is sent ----------------------------------------------------------------------------

_thread = lambda: GiintThread.objects.filter(id=Given("thread"))  # noqa: E731
# Locks the thread's row: two sends into one thread follow each other, in every process.
NEXT_NUMBER = Update(_thread, last_number=F("last_number") + 1)
MOVE_HEAD = Update(_thread, head=Given("head"))
SENT_BEFORE = Rows(
    lambda: (
        Run.objects.select_related("message")
        .filter(thread=Given("thread"), client_id=Given("client_id"))
        .order_by()
    )
)
OPEN_RUNS = Values(
    lambda: Run.objects.filter(
        thread=Given("thread"), status__in=OPEN, parent=None
    ).order_by().values_list("id")
)  # fmt: skip
ACTIVITY = Update(_thread, activity=Given("activity"), last_message_at=Given("now"))
# Not their instructions: a person may have hundreds of agents with long ones.
USABLE_AGENT = Rows(
    lambda: Agent.objects.filter(owner=Given("owner"), archived=False, id=Given("agent")).only(
        "id", "name"
    )
)
THREADS_AGENTS = Rows(
    lambda: (
        Agent.objects.filter(
            owner=Given("owner"), archived=False, participations__thread=Given("thread")
        )
        .order_by("participations__position", "participations__id")
        .only("id", "name")[:1]
    )
)

# --- its run is claimed ---------------------------------------------------------------------------

# A queued run's agent may be moved to another revision before its turn comes.
_REVISION = Agent.objects.filter(id=OuterRef("agent_id")).values("revision")[:1]


def _startable() -> QuerySet[Run]:
    """Queued runs, of each thread in which none is active the oldest of its first lane."""
    siblings = Run.objects.filter(thread=OuterRef("thread"), parent=None, status__in=OPEN)
    # By a sum, which no index has: SQLite would rather walk through all runs of the thread.
    place = F("number") + F("lane") * LANE
    here = OuterRef("number") + OuterRef("lane") * LANE
    earlier = siblings.alias(place=place).filter(place__lt=here)
    return (
        Run.objects.filter(
            ~Exists(siblings.filter(status__in=ACTIVE)),
            ~Exists(earlier.filter(status=Run.Status.QUEUED)),
            status__in=OPEN,
        )
        .filter(
            status=Run.Status.QUEUED,
            parent=None,
        )
        .order_by("created")
    )


def _silent() -> Q:
    """Who asks is alive, however long the database was away."""
    return Q(runner=None) | Q(~Q(runner=Given("mine")), runner__seen__lt=Now() - DEAD)


_held = Run.objects.filter(status__in=OPEN).filter(status=Run.Status.RUNNING, parent=None)
STARTABLE = Rows(lambda: _startable()[:AT_ONCE])
CAN_START = Values(lambda: _startable().order_by().values_list("id")[:1])
RELEASED = Rows(lambda: _held.filter(_silent()).order_by("created"))
HELD_HERE = Rows(  # by other processes of this host
    lambda: (
        _held.exclude(_silent())
        .filter(runner__host=Given("host"))
        .exclude(runner__pid=Given("pid"))
        .select_related("runner")
        .order_by()
    )
)
TAKE_UP = Update(
    lambda: Run.objects.filter(id=Given("run"), status=Run.Status.QUEUED),
    status=Run.Status.RUNNING,
    runner=Given("runner"),
    generation=F("generation") + 1,
    started=Now(),
    revision=Subquery(_REVISION),
)
WHERE_IT_GOES = Values(
    lambda: Run.objects.filter(id=Given("run")).values_list("message__status", "thread__head")
)
PLACE = Update(
    lambda: Message.objects.filter(id=Given("message")),
    status=Message.Status.COMPLETE,
    parent=Given("parent"),
)
OWNER = Rows(
    lambda: GiintThread.objects.select_related("owner__account").filter(id=Given("thread"))
)

# --- it is taken up, and the model is asked -------------------------------------------------------

LOADED = Rows(
    lambda: Run.objects.select_related("thread__owner__account", "agent__revision").filter(
        id=Given("run")
    )
)
WAITING = Rows(
    lambda: (
        Message.objects.filter(thread=Given("thread"), status__in=MOVING)
        .filter(status=Message.Status.QUEUED)
        .order_by()
    )
)
UNDER_WAY = Values(
    lambda: (
        Message.objects.filter(thread=Given("thread"), status__in=MOVING)
        .filter(status=Message.Status.STREAMING)
        .order_by()
        .values_list("id", "attempt")
    )
)
RUNS_UNDER_WAY = Rows(
    lambda: Run.objects.filter(
        thread=Given("thread"), status__in=OPEN, parent=None
    ).order_by()
)  # fmt: skip
RUNS = Among(lambda ids: Run.objects.filter(id__in=ids).order_by())
# Not those of child runs, which have the same message for their cause. By a text, which no index
# has: nearly every run has no parent, and SQLite would rather walk through all of those.
ANSWERS = Among(
    lambda ids: (
        Run.objects.alias(above=Coalesce("parent_id", Value("")))
        .filter(message__id__in=ids, above="")
        .order_by()
    )
)
FEEDBACK = Among(lambda ids: Feedback.objects.filter(message__id__in=ids))
STREAM = Rows(lambda: Stream.objects.filter(name=Given("name")))
STREAMING = Rows(
    lambda: Message.objects.filter(run=Given("run"), status=Message.Status.STREAMING).order_by()[:1]
)
CALL_STATES = Values(
    lambda: ToolOutput.objects.filter(run=Given("run")).order_by().values_list("status")
)
UNFINISHED_CALLS = Rows(
    lambda: ToolOutput.objects.filter(run=Given("run"), status__in=UNFINISHED).order_by("position")
)
OPEN_CHILDREN = Rows(lambda: Run.objects.filter(parent=Given("run"), status__in=OPEN).order_by())
OPEN_BESIDE = Values(
    lambda: Transcript.objects.filter(
        output__run=Given("run"), status=Transcript.Status.OPEN
    ).order_by().values_list("id")
)  # fmt: skip
_FOR_NEXT_CALL = ConsoleMessage.objects.filter(
    thread=OuterRef("pk"), status__in=NOT_DELIVERED, message=None, run__status="running"
).filter(status=ConsoleMessage.Status.PENDING)
# Where the path ends, and whether console messages wait to be put there for the next model call.
HEAD = Values(
    lambda: GiintThread.objects.filter(id=Given("thread")).values_list(
        "head", Exists(_FOR_NEXT_CALL)
    )
)
SUMMARY = Rows(lambda: Summary.objects.filter(through=Given("message")))
STEPS = Among(
    lambda ids: (
        Step.objects.filter(message__id__in=ids, kind=Step.Kind.MODEL, state=Step.State.DONE)
        .order_by("number")
        .values_list("message", "input", "output")
    ),
    Values,
)
CONSOLE = Among(lambda ids: ConsoleMessage.objects.filter(message__id__in=ids).order_by("created"))
CONSOLE_HERE = Rows(
    lambda: ConsoleMessage.objects.filter(
        thread=Given("thread"), status__in=NOT_DELIVERED
    ).order_by()
)
CONSOLE_OPEN = Rows(
    lambda: ConsoleMessage.objects.filter(user=Given("user"), status__in=NOT_OVER).order_by()
)
CONSOLE_HELD = Values(
    lambda: (
        ConsoleMessage.objects.filter(user=Given("user"), status__in=NOT_OVER)
        .filter(status=ConsoleMessage.Status.HELD)
        .order_by()  # or the index of what is open would not be taken
        .values_list("created", "id", "code")
    )
)
CONSOLE_DUE = Values(
    lambda: (
        ConsoleMessage.objects.filter(
            status__in=NOT_DELIVERED, expires__isnull=False, expires__lte=Now()
        )
        .order_by()
        .values_list("id")[:500]
    )
)
APPROVALS = Among(lambda ids: Approval.objects.filter(message__id__in=ids).order_by())
OUTPUTS = Among(  # as with ANSWERS
    lambda ids: (
        ToolOutput.objects.alias(above=Coalesce("run__parent_id", Value("")))
        .filter(message__id__in=ids, above="")
        .order_by()
    )
)
SAID = Among(
    lambda ids: (
        Message.objects.filter(id__in=ids)
        .order_by()
        .values_list("id", "thread", "parent", "role", "status", "text")
    ),
    Values,
)

# --- its rows are opened and closed ---------------------------------------------------------------

TOOLS_DONE = Update(
    lambda: Step.objects.filter(
        run=Given("run"), kind=Step.Kind.TOOLS, state=Step.State.OPEN
    ),
    state=Step.State.DONE,
    ended=Given("now"),
)  # fmt: skip
STEP_STATE = Values(lambda: Step.objects.filter(id=Given("step")).values_list("state"))
LAST_STEP = Values(
    lambda: Step.objects.filter(run=Given("run")).order_by("-number").values_list("number")[:1]
)
CLOSE_MESSAGE = Update(
    lambda: Message.objects.filter(id=Given("message")),
    status=Given("status"),
    text=Given("text"),
    reasoning=Given("reasoning"),
    parts=Given("parts"),
    model=Given("model"),
)
CLOSE_STEP = Update(
    lambda: Step.objects.filter(id=Given("step")),
    state=Given("state"),
    output=Given("output"),
    usage=Given("usage"),
    partial=Given("partial"),
    code=Given("code"),
    ended=Given("now"),
)
NAME_STEP = Update(lambda: Step.objects.filter(id=Given("step")), remote_id=Given("remote"))
LAST_DONE = Rows(
    lambda: Step.objects.filter(
        run=Given("run"), kind=Step.Kind.MODEL, state=Step.State.DONE
    ).order_by("-number")[:1]
)  # fmt: skip
LAST_NAMED = Rows(
    lambda: (
        Step.objects.filter(message=Given("message"), state=Step.State.ABANDONED)
        .exclude(remote_id="")
        .order_by("-number")[:1]
    )
)
ABANDON_STEPS = Update(
    lambda: Step.objects.filter(run=Given("run"), state=Step.State.OPEN),
    state=Step.State.ABANDONED,
    code=Given("code"),
    ended=Given("now"),
)
ADD_USAGE = Update(lambda: Run.objects.filter(id=Given("run")), usage=Given("usage"))
END_RUN = Update(
    lambda: Run.objects.filter(id=Given("run")),
    status=Given("status"),
    code=Given("code"),
    detail=Given("detail"),
    ended=Given("now"),
    usage=Given("usage"),
    offered=Given("offered"),
    runner=None,
    halt=Run.Halt.NONE,
)
# --- what tools do beside the chat ----------------------------------------------------------------

TRANSCRIPTS = Among(lambda ids: Transcript.objects.filter(message__id__in=ids).order_by())
ENTRIES = Among(lambda ids: TranscriptEntry.objects.filter(transcript__id__in=ids).order_by())
ENTRIES_UNDER_WAY = Values(
    lambda: TranscriptEntry.objects.filter(
        transcript__thread=Given("thread"),
        transcript__status=Transcript.Status.OPEN,
        status=TranscriptEntry.Status.STREAMING,
    ).order_by().values_list("id", "attempt")
)  # fmt: skip
WRITE_ENTRY = Update(
    lambda: TranscriptEntry.objects.filter(
        id=Given("message"),
        attempt=Given("attempt"),
        status=TranscriptEntry.Status.STREAMING,
        transcript__run__generation=Given("generation"),
    ),
    text=Given("text"),
    reasoning=Given("reasoning"),
)
WRITE_TEXT = Update(
    lambda: Message.objects.filter(
        id=Given("message"),
        attempt=Given("attempt"),
        status=Message.Status.STREAMING,
        run__generation=Given("generation"),
    ),
    text=Given("text"),
    reasoning=Given("reasoning"),
)

# --- twice a second -------------------------------------------------------------------------------

SIGN_OF_LIFE = Update(lambda: Runner.objects.filter(id=Given("runner")), seen=Now())
RUNS_OF = Values(
    lambda: (
        Run.objects.filter(runner=Given("runner"), status=Run.Status.RUNNING)
        .order_by()
        .values_list("id")
    )
)
HELD_RUNS = Among(
    lambda ids: (
        Run.objects.filter(id__in=ids)
        .order_by()
        .values_list("id", "generation", "status", "halt", "runner", "thread__owner__is_active")
    ),
    Values,
)
LAST_SEQS = Among(
    lambda names: Stream.objects.filter(name__in=names).order_by().values_list("name", "last_seq"),
    Values,
)
