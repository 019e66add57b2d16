"""REST of console messages: docs/console.md. To post one to somebody else takes the admin."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.rest import Api, CleanField, ErrorShape, checked
from giint import engine
from giint.core.events import ConsoleRow
from giint.interfaces.rest.shapes import shape
from transcripts.access import console_for, console_messages_for
from transcripts.models import ConsoleMessage

REFUSALS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 404: ErrorShape, 409: ErrorShape}
PAGE = 50


class ConsoleIn(serializers.Serializer[Any]):
    """``thread``: null, or none, is where you were last. ``hold``: not before you are there.
    ``expires``: minutes after which it is not delivered any more. ``id``: the client's own; the
    same one is the same message.
    """

    text = CleanField(trim_whitespace=False)
    thread = serializers.CharField(allow_null=True, required=False)
    policy = serializers.ChoiceField(choices=ConsoleMessage.Policy.values, required=False)
    hold = serializers.BooleanField(required=False)
    expires = serializers.FloatField(allow_null=True, required=False)
    id = serializers.CharField(max_length=64, required=False)


class ConsolesOut(serializers.Serializer[Any]):
    """A page of them, newest first. ``next`` is what to ask for as ``before``."""

    console = serializers.ListField(child=serializers.DictField())
    next = serializers.CharField(allow_null=True)


class Consoles(Api):
    @extend_schema(
        operation_id="console_list",
        parameters=[
            OpenApiParameter("thread", str, description="Of this thread alone."),
            OpenApiParameter("status", str, description="`held`, `pending`, `delivered`…"),
            OpenApiParameter("source", str, description="`rest`, `shell`, `agent`…"),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: ConsolesOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        found = console_messages_for(self.me, thread=paging.text(request, "thread") or None)
        for name in ("status", "source"):
            if given := paging.text(request, name):
                found = found.filter(**{name: given})
        found = paging.within(found, request, "created")
        rows, after = paging.page(found, request, by=("-created", "-id"), limit=PAGE)
        return Response({"console": [one.row() for one in rows], "next": after})

    @extend_schema(
        operation_id="console_post",
        request=ConsoleIn,
        responses={200: shape(ConsoleRow), 201: shape(ConsoleRow), 429: ErrorShape, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        fields = checked(ConsoleIn, request)
        posting = engine.Posting(
            text=fields["text"],
            source=ConsoleMessage.Source.REST,
            name=self.me.get_full_name() or self.me.get_username(),
            author=self.me,
            thread=fields.get("thread"),
            policy=fields.get("policy", ConsoleMessage.Policy.INTERRUPT),
            hold=fields.get("hold", False),
            minutes=fields.get("expires"),
            client_id=fields.get("id"),
        )
        posted = engine.post(user=self.me, posting=posting)
        return Response(posted.message.row(), status=201 if posted.created else 200)


class OneConsole(Api):
    @extend_schema(operation_id="console_get", responses={200: shape(ConsoleRow), **REFUSALS})
    def get(self, request: Request, console: str) -> Response:
        return Response(console_for(self.me, console).row())

    @extend_schema(
        operation_id="console_cancel",
        description="Take it back while no agent has it: 409 `not_pending` after that.",
        responses={204: None, **REFUSALS},
    )
    def delete(self, request: Request, console: str) -> Response:
        engine.cancel(user=self.me, console=console)
        return Response(status=204)


class Release(Api):
    @extend_schema(
        operation_id="console_release",
        description="Let one that is held go on.",
        request=None,
        responses={200: shape(ConsoleRow), 429: ErrorShape, **REFUSALS},
    )
    def post(self, request: Request, console: str) -> Response:
        return Response(engine.release(user=self.me, console=console).row())


urlpatterns = [
    path("console", Consoles.as_view()),
    path("console/<str:console>", OneConsole.as_view()),
    path("console/<str:console>/release", Release.as_view()),
]
