"""REST of imports: where from, what is there, one beside what it becomes, confirm, how it went."""

import io
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.api import REFUSALS
from accounts.parsers import ImportUpload, Json
from accounts.rest import Api, ErrorShape, checked
from agents.ingest.using import use
from agents.models import Import, ImportItem
from agents.shapes import AgentOut
from giint.core.errors import BadField, GiintError
from giint.ingest import opening, reviewing
from giint.ingest.access import import_for, imports_for, item_for
from giint.interfaces.rest.importshapes import (
    ConfirmIn,
    ImportOut,
    ImportsOut,
    ItemsOut,
    OpenIn,
    ReviewOut,
    SourcesOut,
    UploadIn,
    UseIn,
    WantIn,
)

CONFLICT: dict[int, Any] = {**REFUSALS, 409: ErrorShape}
TOO_LARGE: dict[int, Any] = {**CONFLICT, 413: ErrorShape}


class Sources(Api):
    @extend_schema(operation_id="imports_sources", responses={200: SourcesOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        keys = opening.sources(self.me)
        names = ("label", "dialect", "base_url")
        return Response(
            {
                "accounts": [{"key": key.id} | {n: getattr(key, n) for n in names} for key in keys],
                "largest": opening.largest(),
                "hosted": opening.HOSTED,
            }
        )


class Imports(Api):
    parser_classes = [Json, ImportUpload]

    @extend_schema(
        operation_id="imports_list",
        parameters=[paging.BEFORE, paging.LIMIT],
        responses={200: ImportsOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        found, after = paging.page(imports_for(self.me), request, by=("-created", "-id"))
        return Response({"imports": [import_row(one) for one in found], "next": after})

    @extend_schema(
        operation_id="imports_open",
        description="A file and a pasted text are read at once; an account is read meanwhile: its"
        " state is `reading` until then.",
        request={"application/json": OpenIn, "multipart/form-data": UploadIn},
        responses={201: ImportOut, **TOO_LARGE},
    )
    def post(self, request: Request) -> Response:
        given = request.FILES.get("file")
        if isinstance(given, UploadedFile):
            content: Any = given  # it reads like a file
            parent = opening.open_dump(user=self.me, name=given.name or "", source=content)
        else:
            parent = self._of_body(checked(OpenIn, request))
        return Response(import_row(parent), status=201)

    def _of_body(self, fields: dict[str, Any]) -> Import:
        name = fields.get("name", "")
        if "key" in fields:
            ids = fields.get("ids", [])
            return opening.open_server(user=self.me, key=fields["key"], ids=ids)
        if "text" in fields:
            source = io.BytesIO(fields["text"].encode())
        elif "dump" in fields:
            source = io.BytesIO(orjson.dumps(fields["dump"]))
        else:
            raise BadField(key="Give the id of a key, a dump, a text, or a file as a form.")
        return opening.open_dump(user=self.me, name=name, source=source)


class OneImport(Api):
    @extend_schema(operation_id="imports_get", responses={200: ImportOut, **REFUSALS})
    def get(self, request: Request, import_id: str) -> Response:
        return Response(import_row(import_for(self.me, import_id)))

    @extend_schema(
        operation_id="imports_forget",
        description="What was taken in stays.",
        responses={204: None, **CONFLICT},
    )
    def delete(self, request: Request, import_id: str) -> Response:
        reviewing.forget(parent=import_for(self.me, import_id))
        return Response(status=204)


class Items(Api):
    @extend_schema(
        operation_id="imports_items",
        parameters=[
            OpenApiParameter("q", str, description="Words of its name or id."),
            OpenApiParameter("kind", str, description="Of this kind alone."),
            OpenApiParameter("state", str, description="In this state alone."),
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: ItemsOut, **REFUSALS},
    )
    def get(self, request: Request, import_id: str) -> Response:
        parent = import_for(self.me, import_id)
        found = reviewing.searched(parent, paging.words(request))
        for name in ("kind", "state"):
            if wanted := paging.text(request, name):
                found = found.filter(**{name: wanted})
        page, after = paging.page(found, request, by=("number",))
        return Response({"items": reviewing.rows(self.me, parent, page), "next": after})


NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


class OneItem(Api):
    @extend_schema(
        operation_id="imports_review", parameters=[NUMBER], responses={200: ReviewOut, **REFUSALS}
    )
    def get(self, request: Request, import_id: str, number: int) -> Response:
        return Response(reviewing.reviewed(self.me, self._item(import_id, number)))

    @extend_schema(
        operation_id="imports_want",
        parameters=[NUMBER],
        request=WantIn,
        responses={200: ReviewOut, **CONFLICT},
    )
    def patch(self, request: Request, import_id: str, number: int) -> Response:
        item = self._item(import_id, number)
        fields = checked(WantIn, request)
        item = reviewing.want(
            user=self.me, item=item, changes=fields.get("changes"), again=fields.get("again")
        )
        return Response(reviewing.reviewed(self.me, item))

    def _item(self, import_id: str, number: int) -> ImportItem:
        return item_for(self.me, import_id, number)


class Confirm(Api):
    @extend_schema(
        operation_id="imports_confirm",
        description="They are taken in meanwhile, each by itself: the import is `done` when the "
        "last one was tried, and its items say how it went.",
        request=ConfirmIn,
        responses={202: ImportOut, **CONFLICT},
    )
    def post(self, request: Request, import_id: str) -> Response:
        parent = import_for(self.me, import_id)
        numbers = checked(ConfirmIn, request)["items"]
        reviewing.confirm(user=self.me, parent=parent, numbers=numbers)
        return Response(import_row(import_for(self.me, import_id)), status=202)


class Use(Api):
    """As long as the person's servers take, 30 seconds each."""

    @extend_schema(
        operation_id="imports_use",
        description="The agent of an assistant or agent at one of the person's accounts, taken in "
        "now if it was not.",
        request=UseIn,
        responses={200: AgentOut, **CONFLICT, 502: ErrorShape},
    )
    def post(self, request: Request) -> Response:
        agent = use(user=self.me, remote_id=checked(UseIn, request)["id"])
        return Response(agent.row())


def import_row(parent: Import) -> dict[str, Any]:
    """As its owner sees it."""
    sentence = GiintError(parent.code, parent.detail).sentence if parent.code else ""
    row = parent.row(opening.counts_of(parent))
    return row | {"message": sentence, "missing": parent.told.get("missing", {})}


urlpatterns = [
    path("imports", Imports.as_view()),
    path("imports/sources", Sources.as_view()),
    path("imports/use", Use.as_view()),
    path("imports/<str:import_id>", OneImport.as_view()),
    path("imports/<str:import_id>/items", Items.as_view()),
    path("imports/<str:import_id>/items/<int:number>", OneItem.as_view()),
    path("imports/<str:import_id>/confirm", Confirm.as_view()),
]
