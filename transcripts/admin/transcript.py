"""Transcripts in the admin: whose, when and how they ended. What was said belongs to their user."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from transcripts.models import Transcript


@admin.register(Transcript)
class TranscriptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("id", "tool", "status", "user", "thread", "size", "opened", "closed")
    list_filter = ("status", "tool", ("opened", admin.DateFieldListFilter))
    search_fields = ("id", "tool", "user__username", "user__email", "thread__id", "run__id")
    list_select_related = ("user", "thread")
    date_hierarchy = "opened"
    fields = (
        "id",
        "tool",
        "status",
        "hold",
        "user",
        "thread",
        "run",
        "message",
        "output",
        "parent",
        "size",
        "opened",
        "closed",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        found: QuerySet[Any] = super().get_queryset(request).annotate(_size=Count("entries"))
        return found

    @admin.display(description="entries", ordering="_size")
    def size(self, obj: Any) -> int:
        return int(obj._size)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A transcript goes with its thread or its user, never by itself."""
        here = (request.resolver_match and request.resolver_match.url_name) or ""
        by_itself = here.startswith("transcripts_transcript")
        return not by_itself and super().has_delete_permission(request, obj)
