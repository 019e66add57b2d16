"""REST of one's own remote objects: the ledger to read, and the sweep. docs/remote.md."""

from django.db.models import Q, QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.api import REFUSALS
from accounts.rest import Api, ErrorShape
from agents.access import remote_for
from agents.models import RemoteAssistant
from agents.models.remote import STATES
from agents.remote.deleting import Ended, sentence
from agents.remote.shapes import RemoteDetailsOut, RemotesOut, SweptOut
from agents.remote.sweep import accounts_with_objects, sweep
from giint.core.errors import BadField


class Remotes(Api):
    @extend_schema(
        operation_id="remote_list",
        parameters=[
            OpenApiParameter("state", str, description="Only these: " + ", ".join(STATES) + "."),
            *(
                OpenApiParameter(name, str, description=text)
                for name, text in (
                    ("kind", "`assistant`, `thread`, `agent`, `session`, `file`…"),
                    ("purpose", "`wake`, `managed` or `imported`."),
                    ("key", "Id of the key."),
                    ("agent", "Id of the agent."),
                    ("thread", "Id of the thread."),
                    ("remote_id", "Its id at the provider."),
                )
            ),
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: RemotesOut, 400: ErrorShape, 401: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        rows: QuerySet[RemoteAssistant] = _found(request).filter(user=self.me)
        found, after = paging.page(rows, request, by=("-intended", "-id"))
        return Response({"remote": [one.row() for one in found], "next": after})


class OneRemote(Api):
    @extend_schema(operation_id="remote_get", responses={200: RemoteDetailsOut, **REFUSALS})
    def get(self, request: Request, remote: str) -> Response:
        row = remote_for(self.me, remote)
        more = {"digest": row.digest, "tags": row.tags, "snapshot": row.snapshot}
        said = sentence(row.code, row.detail) if row.code else ""
        return Response({**row.row(), **more, "sentence": said})


class Sweep(Api):
    """As long as the servers of one's accounts take. What failed is tried again by itself."""

    @extend_schema(operation_id="remote_sweep", request=None, responses={200: SweptOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        ended = Ended()
        for key in accounts_with_objects(Q(user=self.me)):
            ended.add(sweep(key))
        return Response({"deleted": ended.deleted, "failures": ended.lines})


def _found(request: Request) -> QuerySet[RemoteAssistant]:
    rows = RemoteAssistant.objects.all()
    if state := paging.text(request, "state"):
        if state not in STATES:
            raise BadField(state="This is one of " + ", ".join(STATES) + ".")
        rows = rows.in_state(state)
    for name in ("kind", "purpose", "key", "agent", "thread", "remote_id"):
        if given := paging.text(request, name):
            rows = rows.filter(**{name: given})
    return rows


urlpatterns = [
    path("remote", Remotes.as_view()),
    path("remote/sweep", Sweep.as_view()),
    path("remote/<str:remote>", OneRemote.as_view()),
]
