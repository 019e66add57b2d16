"""REST of files: stored, listed, given out (never to be shown in the page), deleted."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import path
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.parsers import Upload
from accounts.rest import Api, ErrorShape
from giint.core.errors import BadField, NotFound
from transcripts import files
from transcripts.access import file_for
from transcripts.models import File
from transcripts.sniffing import served_as

REFUSALS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 404: ErrorShape}


class FileIn(serializers.Serializer[Any]):
    """A file, and the thread it belongs to, if to one."""

    file = serializers.FileField()
    thread = serializers.CharField(required=False)


class FileOut(serializers.Serializer[Any]):
    """A file as its owner sees it. ``type`` is what its bytes are; ``size`` is in bytes."""

    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    thread = serializers.CharField(allow_null=True)
    created = serializers.DateTimeField()


class FilesOut(serializers.Serializer[Any]):
    """A page of them, newest first."""

    files = FileOut(many=True)
    next = serializers.CharField(allow_null=True)


class Files(Api):
    media_code = "bad_upload"
    parser_classes = [Upload]

    @extend_schema(
        operation_id="files_list",
        parameters=[
            OpenApiParameter("thread", str, description="Of this thread alone."),
            OpenApiParameter("type", str, description="Of this media type alone."),
            OpenApiParameter("q", str, description="Words of its name."),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: FilesOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        found = File.objects.filter(owner=self.me)
        if thread := paging.text(request, "thread"):
            if not self.me.threads.filter(id=thread).exists():
                raise NotFound
            found = found.filter(thread=thread)
        if kind := paging.text(request, "type"):
            found = found.filter(type=kind)
        for word in paging.words(request):
            found = found.filter(name__icontains=word)
        found = paging.within(found, request, "created")
        rows, after = paging.page(found, request, by=("-created", "id"))
        return Response({"files": [file.row() for file in rows], "next": after})

    @extend_schema(
        operation_id="files_store",
        request={"multipart/form-data": FileIn},
        responses={201: FileOut, 413: ErrorShape, 415: ErrorShape, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        given = request.FILES.get("file")
        if not isinstance(given, UploadedFile):
            raise BadField(file="This is needed: one file.")
        thread = request.data.get("thread") or None
        content: Any = given  # it reads like a file
        stored = files.store(owner=self.me, name=given.name or "", content=content, thread=thread)
        return Response(stored.row(), status=201)


class OneFile(Api):
    @extend_schema(operation_id="files_get", responses={200: FileOut, **REFUSALS})
    def get(self, request: Request, file: str) -> Response:
        return Response(file_for(self.me, file).row())

    @extend_schema(operation_id="files_delete", responses={204: None, **REFUSALS})
    def delete(self, request: Request, file: str) -> Response:
        files.delete(user=self.me, file=file)
        return Response(status=204)


class Content(Api):
    @extend_schema(
        operation_id="files_content",
        description="Always as an attachment; what a browser would run comes as plain bytes.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **REFUSALS},
    )
    def get(self, request: Request, file: str) -> HttpResponse:
        found = file_for(self.me, file)
        return HttpResponse(
            files.content_of(found),
            content_type=served_as(found.type),
            headers={
                "Content-Disposition": content_disposition_header(True, found.name) or "attachment",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, no-cache",
            },
        )


urlpatterns = [
    path("files", Files.as_view()),
    path("files/<str:file>", OneFile.as_view()),
    path("files/<str:file>/content", Content.as_view()),
]
