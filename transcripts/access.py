"""The only way an interface gets what tools left: wrong owner is *not found*."""

from django.db.models import QuerySet

from accounts.models import User
from giint.core.errors import NotFound
from transcripts.models import ConsoleMessage, File, ToolOutput, Transcript


def output_for(user: User, output: str) -> ToolOutput:
    """The tool output with that id. Raises NotFound."""
    found = ToolOutput.objects.filter(
        user=user,
        id=output,
    ).first()
    if found is None:
        raise NotFound
    return found


def outputs_for(user: User, *, thread: str | None = None) -> QuerySet[ToolOutput]:
    """The person's tool outputs, newest first; of one thread of theirs, or NotFound."""
    outputs = user.tool_outputs.order_by("-started", "-id")
    if thread is None:
        return outputs
    if not user.threads.filter(id=thread).exists():
        raise NotFound
    return outputs.filter(thread=thread)


def file_for(user: User, file: str) -> File:
    """The file with that id. Raises NotFound."""
    found = File.objects.filter(
        owner=user,
        id=file.replace("\x00", ""),
    ).first()
    if found is None:
        raise NotFound
    return found


def transcript_for(user: User, transcript: str) -> Transcript:
    """The transcript with that id. Raises NotFound."""
    found = Transcript.objects.filter(
        user=user,
        id=transcript.replace("\x00", ""),
    ).first()
    if found is None:
        raise NotFound
    return found


def transcripts_for(user: User, *, thread: str | None = None) -> QuerySet[Transcript]:
    """The person's transcripts, newest first; of one thread of theirs, or NotFound."""
    found = user.transcripts.order_by("-opened", "-id")
    if thread is None:
        return found
    if not user.threads.filter(id=thread).exists():
        raise NotFound
    return found.filter(thread=thread)


def console_for(user: User, console: str) -> ConsoleMessage:
    """The console message with that id. Raises NotFound."""
    found = ConsoleMessage.objects.filter(
        user=user,
        id=console.replace("\x00", ""),
    ).first()
    if found is None:
        raise NotFound
    return found


def console_messages_for(user: User, *, thread: str | None = None) -> QuerySet[ConsoleMessage]:
    """What was posted to the person, newest first; of one thread of theirs, or NotFound."""
    found = user.console_messages.order_by("-created", "-id")
    if thread is None:
        return found
    if not user.threads.filter(id=thread).exists():
        raise NotFound
    return found.filter(thread=thread)
