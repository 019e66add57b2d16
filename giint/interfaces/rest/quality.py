"""REST of quality: how well answers go, as JSON and as CSV."""

from typing import Any

from defusedcsv import csv
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import Api, ErrorShape
from giint.quality import BY, Asked, asked, quality, table

PARAMETERS = [
    OpenApiParameter("by", str, enum=list(BY), description="What runs are told apart by."),
    OpenApiParameter("days", int, description="How far back, 30 without it."),
    OpenApiParameter("template", str, description="Only runs of this template's agents."),
]


class TallyOut(serializers.Serializer[Any]):
    """Counts and times (seconds; null: none) of runs that have ended."""

    runs = serializers.IntegerField()
    failed = serializers.IntegerField()
    codes = serializers.DictField(child=serializers.IntegerField())
    first_p50 = serializers.FloatField(allow_null=True)
    first_p95 = serializers.FloatField(allow_null=True)
    total_p50 = serializers.FloatField(allow_null=True)
    total_p95 = serializers.FloatField(allow_null=True)


class QualityRowOut(TallyOut):
    """One agent, template or revision; ``id`` is null for what is not from any."""

    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    good = serializers.IntegerField()
    bad = serializers.IntegerField()


class QualityDayOut(TallyOut):
    """All of it on one day, UTC."""

    day = serializers.DateField()


class QualityOut(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=list(BY))
    rows = QualityRowOut(many=True)
    days = QualityDayOut(many=True)


class Quality(Api):
    """Staff see everybody's runs, others their own."""

    @extend_schema(
        operation_id="quality",
        parameters=PARAMETERS,
        responses={200: QualityOut, 400: ErrorShape, 401: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        return Response(quality(user=self.me, asked=_asked(request)))


class QualityTable(Api):
    """The rows alone, as a table whose cells no spreadsheet takes for formulas."""

    @extend_schema(
        operation_id="quality_csv",
        parameters=PARAMETERS,
        responses={(200, "text/csv"): OpenApiTypes.STR, 400: ErrorShape, 401: ErrorShape},
    )
    def get(self, request: Request) -> HttpResponse:
        found = quality(user=self.me, asked=_asked(request))
        name = f'attachment; filename="quality-{found["by"]}.csv"'
        headers = {"Content-Disposition": name}
        response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
        table(found["rows"], csv.writer(response).writerow)
        return response


def _asked(request: Request) -> Asked:
    wanted = request.query_params
    return asked(wanted.get("by"), wanted.get("days"), wanted.get("template"))


urlpatterns = [
    path("quality", Quality.as_view()),
    path("quality.csv", QualityTable.as_view()),
]
