"""REST of what is new for a person since they last looked."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import Api, ErrorShape, checked
from giint.core.times import iso_or_none
from transcripts import news
from transcripts.models import Unseen


class OneKindOut(serializers.Serializer[Any]):
    """How many came since the person last looked, and when that was (null: never)."""

    count = serializers.IntegerField()
    looked = serializers.DateTimeField(allow_null=True)


class NewOut(serializers.Serializer[Any]):
    """By kind: transcripts and tool outputs of turns that have ended, console messages that were
    posted.
    """

    transcripts = OneKindOut()
    tool_outputs = OneKindOut()
    console = OneKindOut()


class LookedIn(serializers.Serializer[Any]):
    """What the person has looked at."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=news.KINDS), allow_empty=False, max_length=3
    )


class New(Api):
    @extend_schema(operation_id="new_get", responses={200: NewOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        return _told(news.news_of(self.me))


class Looked(Api):
    @extend_schema(
        operation_id="new_looked",
        request=LookedIn,
        responses={200: NewOut, 400: ErrorShape, 401: ErrorShape},
    )
    def post(self, request: Request) -> Response:
        return _told(news.looked(user=self.me, kinds=checked(LookedIn, request)["kinds"]))


def _told(row: Unseen) -> Response:
    body = {
        kind: {"count": count, "looked": iso_or_none(getattr(row, f"{kind}_looked"))}
        for kind, count in row.row().items()
    }
    return Response(body, headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("new", New.as_view()),
    path("new/looked", Looked.as_view()),
]
