"""REST of the audit: what was done with the person's keys, tokens, rights and threads."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import paging
from accounts.audit import row
from accounts.models import AuditEntry
from accounts.rest import Api, ErrorShape


class AuditOut(serializers.Serializer[Any]):
    """One deed. ``actor`` is who did it, empty for this server itself."""

    id = serializers.IntegerField()
    action = serializers.CharField()
    noun = serializers.CharField()
    object = serializers.CharField(allow_blank=True)
    details = serializers.DictField()
    actor = serializers.CharField(allow_blank=True)
    by_you = serializers.BooleanField()
    created = serializers.DateTimeField()


class AuditPageOut(serializers.Serializer[Any]):
    """A page of them, newest first."""

    entries = AuditOut(many=True)
    next = serializers.CharField(allow_null=True)


class Audit(Api):
    @extend_schema(
        operation_id="audit_list",
        parameters=[
            OpenApiParameter("action", str, description="`made`, `changed`, `read`…"),
            OpenApiParameter("noun", str, description="`provider key`, `API token`, `thread`…"),
            OpenApiParameter("others", bool, description="True: only what others did."),
            paging.SINCE,
            paging.UNTIL,
            paging.BEFORE,
            paging.LIMIT,
        ],
        responses={200: AuditPageOut, 400: ErrorShape, 401: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        entries = AuditEntry.objects.filter(owner=self.me).select_related("actor")
        for name in ("action", "noun"):
            if given := paging.text(request, name):
                entries = entries.filter(**{name: given})
        others = paging.flag(request, "others")
        if others is not None:
            entries = entries.exclude(actor=self.me) if others else entries.filter(actor=self.me)
        entries = paging.within(entries, request, "created")
        found, after = paging.page(entries, request, by=("-created", "-id"))
        return Response({"entries": [row(entry, self.me) for entry in found], "next": after})


urlpatterns = [path("audit", Audit.as_view())]
