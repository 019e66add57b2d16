"""REST of the model catalogue: what a person's accounts list, and reading it anew."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import REFUSALS
from accounts.paging import BEFORE, LIMIT, flag, page, text, words
from accounts.rest import Api, checked
from agents.catalogue.access import accounts_for, models_for, syncs_for
from agents.catalogue.accounts import server_of
from agents.catalogue.shapes import ModelsOut, SyncIn, SyncsOut, model_row, sync_row
from agents.catalogue.sync import sync


class Models(Api):
    @extend_schema(
        operation_id="models_list",
        parameters=[
            OpenApiParameter("q", str, description="Words of its id, name, owner, description."),
            OpenApiParameter("server", str, description="Base URL of the server."),
            OpenApiParameter("key", str, description="Id of a key: what this account lists."),
            OpenApiParameter("gone", bool, description="Only those not listed any more, or not."),
            BEFORE,
            LIMIT,
        ],
        responses={200: ModelsOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        models = _found(models_for(self.me, text(request, "key") or None), request)
        rows, after = page(models, request, by=("server", "model_id"))
        return Response({"models": [model_row(row) for row in rows], "next": after})


class Syncs(Api):
    @extend_schema(operation_id="models_syncs", responses={200: SyncsOut, **REFUSALS})
    def get(self, request: Request) -> Response:
        return Response({"syncs": [sync_row(row) for row in syncs_for(self.me)]})


class Sync(Api):
    """As long as the slowest server takes, 30 seconds at most for eight accounts. No transaction
    is open meanwhile.
    """

    @extend_schema(
        operation_id="models_sync",
        description="Reads the lists that are not fresh (GIINT_CATALOGUE_TTL), and answers with how"
        " all of them stand.",
        request=SyncIn,
        responses={200: SyncsOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        key = checked(SyncIn, request).get("key")
        for _ in sync(accounts_for(self.me, key)):
            pass  # the rows say how each went
        return Response({"syncs": [sync_row(row) for row in syncs_for(self.me, key)]})


def _found(models: QuerySet[Any], request: Request) -> QuerySet[Any]:
    for word in words(request):
        models = models.filter(
            Q(model_id__icontains=word)
            | Q(name__icontains=word)
            | Q(owned_by__icontains=word)
            | Q(description__icontains=word)
        )
    if server := text(request, "server"):
        models = models.filter(server=server_of(server))
    is_gone = flag(request, "gone")
    return models if is_gone is None else models.filter(is_listed=not is_gone)


urlpatterns = [
    path("models", Models.as_view()),
    path("models/sync", Sync.as_view()),
    path("models/syncs", Syncs.as_view()),
]
