"""REST of the assistant manager, below ``/api/openai-assistant/``: docs/manager.md.

Its own prefix and camelCase names are those that programs already speak.
"""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import REFUSALS
from accounts.paging import text
from accounts.rest import Api, checked
from agents import manager
from agents.manager import shapes

KEY = OpenApiParameter(
    "key", str, description="Id of the key of another account than the usual one."
)


class Managing(Api):
    """Up to a minute and a half: the server is asked again where that may help. No transaction is
    open meanwhile.
    """

    scope = "manage_assistants"

    @property
    def whose(self) -> dict[str, Any]:
        return {"user": self.me, "key": text(self.request, "key") or None}


class Initialize(Managing):
    @extend_schema(
        operation_id="assistants_initialize",
        description="Makes the current assistant if there is none. Repeating it makes no other.",
        parameters=[KEY],
        request=shapes.ConfigIn,
        responses={200: shapes.CurrentOut, 201: shapes.CurrentOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        config = checked(shapes.ConfigIn, request).get("config")
        current = manager.initialize(**self.whose, config=config)
        return Response(shapes.current_row(current), status=201 if current.created else 200)


class CurrentOne(Managing):
    @extend_schema(
        operation_id="assistants_current",
        description="Its server is asked for it; one that is gone there is made anew.",
        parameters=[KEY],
        responses={200: shapes.CurrentOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.current_row(manager.get_current(**self.whose)))


class Refresh(Managing):
    @extend_schema(
        operation_id="assistants_refresh",
        parameters=[KEY],
        request=shapes.ConfigIn,
        responses={200: shapes.RenewedOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        config = checked(shapes.ConfigIn, request).get("config")
        return Response(shapes.renewed_row(manager.refresh(**self.whose, config=config)))


class All(Managing):
    @extend_schema(
        operation_id="assistants_list",
        parameters=[KEY],
        responses={200: shapes.ListedOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.listed_row(manager.listed(**self.whose)))


class Details(Managing):
    @extend_schema(
        operation_id="assistants_details",
        parameters=[KEY],
        responses={200: shapes.DetailsOut, **REFUSALS},
    )
    def get(self, request: Request, assistant: str) -> Response:
        return Response(shapes.details_row(manager.details(**self.whose, assistant=assistant)))


class Update(Managing):
    @extend_schema(
        operation_id="assistants_update",
        description="In its place: its id stays. What it was is a backup.",
        parameters=[KEY],
        request=shapes.UpdatesIn,
        responses={200: shapes.VersionOut, **REFUSALS},
    )
    def put(self, request: Request, assistant: str) -> Response:
        updates = checked(shapes.UpdatesIn, request)["updates"]
        version = manager.update(**self.whose, assistant=assistant, updates=updates)
        current = version.id if version.manager.current_id == version.remote_id else None
        return Response(shapes.version_row(version, current))


class Delete(Managing):
    @extend_schema(
        operation_id="assistants_delete",
        parameters=[KEY],
        responses={200: shapes.CleanedOut, **REFUSALS},
    )
    def delete(self, request: Request, assistant: str) -> Response:
        return Response(shapes.cleaned_row(manager.delete(**self.whose, assistant=assistant)))


class Cleanup(Managing):
    @extend_schema(
        operation_id="assistants_cleanup",
        parameters=[KEY],
        request=shapes.KeepIn,
        responses={200: shapes.CleanedOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        keep = checked(shapes.KeepIn, request)["keepCount"]
        return Response(shapes.cleaned_row(manager.cleanup(**self.whose, keep=keep)))


class StatusOf(Managing):
    @extend_schema(
        operation_id="assistants_status",
        description="As it is known here; no server is asked.",
        parameters=[KEY],
        responses={200: shapes.StatusOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.status_row(manager.status(**self.whose)))


class Interval(Managing):
    @extend_schema(
        operation_id="assistants_refresh_interval",
        parameters=[KEY],
        request=shapes.IntervalIn,
        responses={200: shapes.StatusOut, **REFUSALS},
    )
    def put(self, request: Request) -> Response:
        given = checked(shapes.IntervalIn, request)
        status = manager.set_interval(
            **self.whose, interval_ms=given["intervalMs"], keep=given.get("keepCount")
        )
        return Response(shapes.status_row(status))


class Backups(Managing):
    @extend_schema(
        operation_id="assistants_backups",
        parameters=[KEY],
        responses={200: shapes.VersionsOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        return Response({"backups": shapes.version_rows(manager.backups(**self.whose))})


class Restore(Managing):
    @extend_schema(
        operation_id="assistants_restore",
        description="A new current assistant with the configuration of that backup: its id, its "
        "number, or the id of an assistant.",
        parameters=[KEY],
        request=None,
        responses={200: shapes.RenewedOut, **REFUSALS},
    )
    def post(self, request: Request, version: str) -> Response:
        return Response(shapes.renewed_row(manager.restore(**self.whose, version=version)))


urlpatterns = [
    path("initialize", Initialize.as_view()),
    path("current", CurrentOne.as_view()),
    path("refresh", Refresh.as_view()),
    path("list", All.as_view()),
    path("details/<str:assistant>", Details.as_view()),
    path("update/<str:assistant>", Update.as_view()),
    path("delete/<str:assistant>", Delete.as_view()),
    path("cleanup", Cleanup.as_view()),
    path("status", StatusOf.as_view()),
    path("refresh-interval", Interval.as_view()),
    path("backups", Backups.as_view()),
    path("restore/<str:version>", Restore.as_view()),
]
