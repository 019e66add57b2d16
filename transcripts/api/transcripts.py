"""REST of transcripts: listed, searched, read, exported; and what a person says into one."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import path
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.rest import Api, CleanField, ErrorShape, checked
from giint.core.errors import BadField
from transcripts import services
from transcripts.access import transcript_for, transcripts_for
from transcripts.export import as_json, as_markdown
from transcripts.models import Transcript

REFUSALS: dict[int, Any] = {401: ErrorShape, 404: ErrorShape}
PAGE = 50
MADE = {"md": ("text/markdown; charset=utf-8", as_markdown), "json": ("application/json", as_json)}


class TranscriptOut(serializers.Serializer[Any]):
    """TranscriptRow."""

    id = serializers.CharField()
    thread = serializers.CharField()
    run = serializers.CharField()
    message = serializers.CharField()
    call = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    tool = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=["open", "done", "failed", "cancelled"])
    hold = serializers.ChoiceField(choices=["", "paused", "stopped"], allow_blank=True)
    result = serializers.DictField()
    opened = serializers.DateTimeField()
    closed = serializers.DateTimeField(allow_null=True)


class EntryOut(serializers.Serializer[Any]):
    """EntryRow."""

    id = serializers.CharField()
    transcript = serializers.CharField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=["agent", "person", "note"])
    name = serializers.CharField()
    agent = serializers.CharField(allow_null=True)
    run = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=["streaming", "complete", "partial"])
    attempt = serializers.IntegerField()
    choice = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    reasoning = serializers.CharField(allow_blank=True)
    started = serializers.DateTimeField()
    ended = serializers.DateTimeField(allow_null=True)


class TranscriptsOut(serializers.Serializer[Any]):
    """A page of them, newest first. ``next`` is what to ask for as ``before``."""

    transcripts = TranscriptOut(many=True)
    next = serializers.CharField(allow_null=True)


class WholeOut(serializers.Serializer[Any]):
    """A transcript with its entries in order."""

    transcript = TranscriptOut()
    entries = EntryOut(many=True)


class SayIn(serializers.Serializer[Any]):
    """What is said into it."""

    text = CleanField(max_length=services.LONGEST)


class HoldIn(serializers.Serializer[Any]):
    """``""`` lets it go on; ``stopped`` is not taken back."""

    hold = serializers.ChoiceField(choices=["", "paused", "stopped"], allow_blank=True)


class Transcripts(Api):
    @extend_schema(
        operation_id="transcripts_list",
        parameters=[
            OpenApiParameter("thread", str, description="Of this thread alone."),
            OpenApiParameter("tool", str, description="Of this tool alone."),
            OpenApiParameter("status", str, description="`open`, `done`, `failed`, `cancelled`."),
            OpenApiParameter("q", str, description="Words of a title or of an entry."),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: TranscriptsOut, 400: ErrorShape, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        found = transcripts_for(self.me, thread=paging.text(request, "thread") or None)
        for name in ("tool", "status"):
            if given := paging.text(request, name):
                found = found.filter(**{name: given})
        found = paging.within(_matching(found, paging.words(request)), request, "opened")
        rows, after = paging.page(found, request, by=("-opened", "-id"), limit=PAGE)
        return Response({"transcripts": [one.row() for one in rows], "next": after})


class OneTranscript(Api):
    @extend_schema(operation_id="transcripts_get", responses={200: WholeOut, **REFUSALS})
    def get(self, request: Request, transcript: str) -> Response:
        found = transcript_for(self.me, transcript)
        return Response(
            {"transcript": found.row(), "entries": [one.row() for one in found.entries.all()]}
        )


class Export(Api):
    @extend_schema(
        operation_id="transcripts_export",
        parameters=[OpenApiParameter("as", str, enum=list(MADE), description="`md` without it.")],
        responses={(200, "text/markdown"): OpenApiTypes.BINARY, 400: ErrorShape, **REFUSALS},
    )
    def get(self, request: Request, transcript: str) -> HttpResponse:
        found = transcript_for(self.me, transcript)
        kind = paging.text(request, "as") or "md"
        if kind not in MADE:
            raise BadField(**{"as": f"This is one of {', '.join(MADE)}."})
        media, make = MADE[kind]
        name = content_disposition_header(True, f"{found.id}.{kind}")
        return HttpResponse(
            make(found, list(found.entries.all())),
            content_type=media,
            headers={"Content-Disposition": name or "attachment", "Cache-Control": "no-store"},
        )


class Say(Api):
    @extend_schema(
        operation_id="transcripts_say",
        request=SayIn,
        responses={201: EntryOut, 400: ErrorShape, 409: ErrorShape, **REFUSALS},
    )
    def post(self, request: Request, transcript: str) -> Response:
        text = checked(SayIn, request)["text"]
        entry = services.interject(user=self.me, transcript=transcript, text=text)
        return Response(entry.row(), status=201)


class HoldView(Api):
    @extend_schema(
        operation_id="transcripts_hold",
        request=HoldIn,
        responses={200: TranscriptOut, 400: ErrorShape, 409: ErrorShape, **REFUSALS},
    )
    def put(self, request: Request, transcript: str) -> Response:
        hold = Transcript.Hold(checked(HoldIn, request)["hold"])
        return Response(services.hold(user=self.me, transcript=transcript, hold=hold).row())


def _matching(found: QuerySet[Transcript], words: list[str]) -> QuerySet[Transcript]:
    for word in words:
        found = found.filter(Q(title__icontains=word) | Q(entries__text__icontains=word))
    return found.distinct() if words else found


urlpatterns = [
    path("transcripts", Transcripts.as_view()),
    path("transcripts/<str:transcript>", OneTranscript.as_view()),
    path("transcripts/<str:transcript>/export", Export.as_view()),
    path("transcripts/<str:transcript>/entries", Say.as_view()),
    path("transcripts/<str:transcript>/hold", HoldView.as_view()),
]
