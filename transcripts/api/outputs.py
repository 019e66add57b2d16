"""REST of what tools left, to read."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.rest import Api, ErrorShape
from transcripts.access import output_for, outputs_for
from transcripts.models import ToolOutput

PAGE = 50  # rows; each may hold a whole tool result


class FileRefOut(serializers.Serializer[Any]):
    """FileRef."""

    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()


class CallOut(serializers.Serializer[Any]):
    """CallRow."""

    id = serializers.CharField()
    call_id = serializers.CharField()
    message = serializers.CharField()
    run = serializers.CharField()
    tool = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=ToolOutput.Status.values)
    arguments = serializers.CharField(allow_blank=True)
    result = serializers.CharField(allow_blank=True)
    length = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    files = FileRefOut(many=True)
    started = serializers.DateTimeField()
    ended = serializers.DateTimeField(allow_null=True)


class CallsOut(serializers.Serializer[Any]):
    """A page of them, newest first. ``next`` is what to ask for as ``before``."""

    outputs = CallOut(many=True)
    next = serializers.CharField(allow_null=True)


class ToolOutputs(Api):
    @extend_schema(
        operation_id="tool_outputs_list",
        parameters=[
            OpenApiParameter("thread", str, description="Of this thread alone."),
            OpenApiParameter("tool", str, description="Of this tool alone."),
            OpenApiParameter("status", str, description="`running`, `done`, `failed`…"),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: CallsOut, 400: ErrorShape, 401: ErrorShape, 404: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        outputs = outputs_for(self.me, thread=paging.text(request, "thread") or None)
        for name in ("tool", "status"):
            if given := paging.text(request, name):
                outputs = outputs.filter(**{name: given})
        outputs = paging.within(outputs, request, "started")
        found, after = paging.page(outputs, request, by=("-started", "-id"), limit=PAGE)
        return Response({"outputs": [output.row() for output in found], "next": after})


class OneToolOutput(Api):
    @extend_schema(
        operation_id="tool_outputs_get",
        responses={200: CallOut, 401: ErrorShape, 404: ErrorShape},
    )
    def get(self, request: Request, output: str) -> Response:
        return Response(output_for(self.me, output).row(whole=True))


urlpatterns = [
    path("tool-outputs", ToolOutputs.as_view()),
    path("tool-outputs/<str:output>", OneToolOutput.as_view()),
]
