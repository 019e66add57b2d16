"""REST of tool calls that wait for a person: docs/approvals.md."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.rest import Api, CleanField, ErrorShape, checked
from giint import engine
from giint.access import approval_for, thread_for
from giint.core.errors import BadField
from giint.core.events import ApprovalRow
from giint.interfaces.rest.shapes import shape
from giint.models import Approval

REFUSALS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 404: ErrorShape, 409: ErrorShape}


class ApprovalsOut(serializers.Serializer[Any]):
    """A page of them, newest first. ``next`` is what to ask for as ``before``."""

    approvals = serializers.ListField(child=serializers.DictField())
    next = serializers.CharField(allow_null=True)


class DecisionIn(serializers.Serializer[Any]):
    """``arguments``: JSON text instead of what was asked for, which the tool must take.
    ``for_thread``: do not ask again for this tool in this thread.
    """

    decision = serializers.ChoiceField(choices=["approve", "deny"])
    arguments = serializers.CharField(required=False, trim_whitespace=False)
    reason = CleanField(required=False, allow_blank=True)
    for_thread = serializers.BooleanField(required=False)


class Approvals(Api):
    @extend_schema(
        operation_id="approvals_list",
        parameters=[
            OpenApiParameter("thread", str, description="Of this thread alone."),
            OpenApiParameter("open", bool, description="Those that wait, or those that do not."),
            OpenApiParameter("tool", str, description="Of this tool alone."),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: ApprovalsOut, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        found = Approval.objects.filter(user=self.me)
        if thread := paging.text(request, "thread"):
            found = found.filter(thread=thread_for(self.me, thread))
        if tool := paging.text(request, "tool"):
            found = found.filter(tool=tool)
        if (waits := paging.flag(request, "open")) is not None:
            found = found.filter(decision="") if waits else found.exclude(decision="")
        found = paging.within(found, request, "created")
        rows, after = paging.page(found, request, by=("-created", "-id"))
        return Response({"approvals": [one.row() for one in rows], "next": after})


class OneApproval(Api):
    @extend_schema(operation_id="approvals_get", responses={200: shape(ApprovalRow), **REFUSALS})
    def get(self, request: Request, approval: str) -> Response:
        return Response(approval_for(self.me, approval).row())

    @extend_schema(
        operation_id="approvals_decide",
        request=DecisionIn,
        responses={200: shape(ApprovalRow), **REFUSALS},
    )
    def post(self, request: Request, approval: str) -> Response:
        fields = checked(DecisionIn, request)
        approval_for(self.me, approval)
        if "decision" not in fields:
            raise BadField(decision="This is needed: approve or deny.")
        verdict = engine.Verdict(
            approves=fields["decision"] == "approve",
            arguments=fields.get("arguments"),
            reason=fields.get("reason", ""),
            for_thread=fields.get("for_thread", False),
        )
        decided = engine.decide(user=self.me, approval=approval, verdict=verdict)
        return Response(decided.row())


urlpatterns = [
    path("approvals", Approvals.as_view()),
    path("approvals/<str:approval>", OneApproval.as_view()),
]
