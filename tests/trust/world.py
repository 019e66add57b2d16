"""One of everything of alice's, each with a mark in it that must not be seen elsewhere."""

import io
from dataclasses import dataclass
from datetime import timedelta

from django.core import serializers
from django.db.models import Model
from django.utils import timezone

from accounts import audit, tokens
from accounts.access import account_for
from accounts.models import Account, ApiToken, AuditEntry, ProviderKey, UiState, User
from accounts.services import set_state
from agents.models import (
    Agent,
    AssistantManager,
    CatalogueSync,
    Import,
    ImportItem,
    LanguageModel,
    RemoteAssistant,
    Template,
    Tool,
)
from agents.services import create_agent
from giint import engine
from giint.core.events import thread_stream
from giint.core.models import Stream
from giint.models import (
    Approval,
    Feedback,
    GiintThread,
    Message,
    Participant,
    Run,
    Runner,
    Step,
)
from tests.accounts.conftest import entered
from transcripts import files
from transcripts.models import (
    ConsoleMessage,
    File,
    ToolOutput,
    Transcript,
    TranscriptEntry,
    Unseen,
)

MARK = "of-alice-alone-7Qx4"
# What must be as it was after anybody else's request.
HERS: list[type[Model]] = [
    *(Account, ApiToken, AuditEntry, ProviderKey, UiState),
    *(Agent, Import, ImportItem, RemoteAssistant, AssistantManager),
    *(GiintThread, Participant, Message, Run, Step, Feedback, Approval),
    *(ConsoleMessage, File, ToolOutput, Transcript, Unseen),
]


@dataclass
class World:
    """``ids``: the name of a parameter, or ``app.model`` → what of hers is put there."""

    alice: User
    ids: dict[str, str]

    def rows(self) -> str:
        """All of hers as text, to compare."""
        hers = {"owner", "user"}
        found: list[Model] = []
        for model in HERS:
            names = {field.name for field in model._meta.get_fields()} & hers
            rows = model._default_manager.all()
            if names:
                rows = rows.filter(**{names.pop(): self.alice})
            found += rows.order_by("pk")
        return str(serializers.serialize("json", found))

    def leaks(self, content: bytes) -> list[str]:
        """What of hers is in ``content``."""
        secret = [MARK, *(id for id in self.ids.values() if "_" in id)]
        return [one for one in secret if one.encode() in content]


def made(alice: User, boss: User) -> World:
    """The world. ``boss`` owns what is the operator's: templates, tools, models, processes."""
    account = account_for(alice)
    key = entered(alice, label=MARK)
    agent, _ = create_agent(user=alice, name=MARK, instructions=MARK)
    asked = engine.Asked(client_id="c1", text=f"{MARK} says", agent=agent.id)
    run = Run.objects.get(id=engine.start(user=alice, asked=asked).run)
    thread, message = run.thread, run.message
    answer = Message.objects.create(
        thread=thread, number=2, parent=message, role="assistant", text=MARK, run=run, agent=agent
    )
    GiintThread.objects.filter(id=thread.id).update(head=answer)
    step = Step.objects.create(run=run, number=1, kind="model", partial=MARK)
    output = ToolOutput.objects.create(
        user=alice,
        thread=thread,
        agent=agent,
        run=run,
        message=answer,
        tool="calculate",
        call_id="c1",
        arguments=MARK,
        result=MARK,
        status="done",
        started=timezone.now(),
    )
    transcript = Transcript.objects.create(
        user=alice, thread=thread, run=run, message=answer, output=output, tool="x", title=MARK
    )
    TranscriptEntry.objects.create(
        transcript=transcript, number=1, key="1", name=MARK, text=MARK, run=run, agent=agent
    )
    Unseen.objects.create(user=alice, transcripts=1, tool_outputs=1)
    file = files.store(owner=alice, name=f"{MARK}.txt", content=io.BytesIO(MARK.encode()))
    token, _ = tokens.make(user=alice, name=MARK, scopes=["read"])
    entry = audit.record(
        actor=alice, owner=alice, action="made", noun="x", object_id=key.id, details={"x": MARK}
    )
    approval = Approval.objects.create(
        user=alice,
        thread=thread,
        run=run,
        output=output,
        message=answer,
        tool="calculate",
        about=MARK,
        arguments=MARK,
        expires=timezone.now() + timedelta(hours=1),
    )
    console = ConsoleMessage.objects.create(
        user=alice, thread=thread, source="shell", name=MARK, text=MARK, status="held"
    )
    feedback = Feedback.objects.create(user=alice, message=answer, thumb=1, note=MARK)
    set_state(user=alice, version=0, patch={"agent": agent.id})
    sync = CatalogueSync.objects.create(key=key, server=key.base_url)
    remote = RemoteAssistant.objects.create(
        user=alice, key=key, agent=agent, dialect="assistants", remote_id=MARK
    )
    manager = AssistantManager.objects.create(
        user=alice, key=key, dialect="assistants", server=MARK, current=remote, detail=MARK
    )
    version = manager.versions.create(
        number=1, remote=remote, assistant=MARK, config={"name": MARK}, source="created"
    )
    opened = Import.objects.create(user=alice, source="file", name=MARK, state="ready")
    item = {"kind": "assistant", "remote_id": f"asst_{MARK}", "name": MARK, "digest": "0" * 64}
    ImportItem.objects.create(parent=opened, number=1, raw={"instructions": MARK}, **item)
    template = Template.objects.create(name="Shared")
    tool = Tool.objects.create(name="calculate")
    model = LanguageModel.objects.create(server="https://models.example.org/v1", model_id="m-1")
    runner = Runner.objects.create(kind="web", host="here", pid=1, seen=timezone.now())
    stream = Stream.objects.get(name=thread_stream(thread.id))
    ids = {
        "user": account.id,
        "thread": thread.id,
        "message": answer.id,
        "run": run.id,
        "agent": agent.id,
        "key": key.id,
        "remote": remote.id,
        "token": token.id,
        "output": output.id,
        "approval": approval.id,
        "console": console.id,
        "file": file.id,
        "import_id": opened.id,
        "number": "1",
        "agents.import": opened.id,
        "transcript": transcript.id,
        "template": template.id,
        "accounts.user": str(alice.pk),
        "accounts.auditentry": str(entry.pk),
        "accounts.apitoken": token.id,
        "accounts.providerkey": key.id,
        "auth.group": "1",
        "agents.agent": agent.id,
        "agents.template": template.id,
        "agents.tool": str(tool.pk),
        "agents.languagemodel": model.id,
        "agents.cataloguesync": str(sync.pk),
        "agents.remoteassistant": remote.id,
        "agents.assistantmanager": manager.id,
        "agents.assistantversion": version.id,
        "assistant": MARK,
        "version": version.id,
        "giint.giintthread": thread.id,
        "giint.run": run.id,
        "giint.step": step.id,
        "giint.runner": runner.id,
        "giint.approval": approval.id,
        "giint.feedback": str(feedback.pk),
        "journal.stream": str(stream.pk),
        "transcripts.consolemessage": console.id,
        "transcripts.file": file.id,
        "transcripts.transcript": transcript.id,
        "transcripts.tooloutput": output.id,
        "axes.accessattempt": "1",
        "axes.accesslog": "1",
        "axes.accessfailurelog": "1",
    }
    return World(alice, ids)
