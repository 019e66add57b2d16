"""REST of thumbs and notes on answers."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import REFUSALS
from accounts.rest import Api, CleanField, checked
from giint.core.errors import BadField
from giint.feedback import judge, unjudge


class FeedbackIn(serializers.Serializer[Any]):
    """1 is good, -1 is bad."""

    thumb = serializers.ChoiceField(choices=[1, -1])
    note = CleanField(allow_blank=True, required=False)


class FeedbackOut(serializers.Serializer[Any]):
    """What is kept."""

    message = serializers.CharField()
    thumb = serializers.ChoiceField(choices=[1, -1])
    note = serializers.CharField(allow_blank=True)


class FeedbackView(Api):
    @extend_schema(
        operation_id="feedback_give", request=FeedbackIn, responses={200: FeedbackOut, **REFUSALS}
    )
    def put(self, request: Request, message: str) -> Response:
        fields = checked(FeedbackIn, request)
        if "thumb" not in fields:
            raise BadField(thumb="This is needed: 1 or -1.")
        kept = judge(user=self.me, message=message, **fields)
        return Response({"message": kept.message_id, "thumb": kept.thumb, "note": kept.note})

    @extend_schema(operation_id="feedback_take_back", responses={204: None, **REFUSALS})
    def delete(self, request: Request, message: str) -> Response:
        unjudge(user=self.me, message=message)
        return Response(status=204)


urlpatterns = [path("messages/<str:message>/feedback", FeedbackView.as_view())]
