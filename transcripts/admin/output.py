"""What tools did, in the admin: to read. What they were given and gave belongs to their user."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from transcripts.models import ToolOutput


@admin.register(ToolOutput)
class ToolOutputAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("tool", "status", "user", "thread", "agent", "started", "ended")
    list_filter = ("status", ("started", admin.DateFieldListFilter))
    search_fields = (
        "id",
        "call_id",
        "tool",
        "user__username",
        "user__email",
        "thread__id",
        "run__id",
    )
    list_select_related = ("user", "thread", "agent")
    fields = (
        "id",
        "tool",
        "label",
        "status",
        "user",
        "thread",
        "agent",
        "run",
        "message",
        "call_id",
        "error",
        "started",
        "ended",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An output goes with its thread or its user, never by itself."""
        here = (request.resolver_match and request.resolver_match.url_name) or ""
        by_itself = here.startswith("transcripts_tooloutput")
        return not by_itself and super().has_delete_permission(request, obj)
