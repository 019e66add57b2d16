"""The audit in the admin: to read. Nothing of it is ever changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.looking import Looking
from accounts.models import AuditEntry


@admin.register(AuditEntry)
class AuditAdmin(Looking):
    list_display = ("created", "actor_name", "action", "noun", "object_id", "owner")
    list_filter = ("action", "noun", ("created", admin.DateFieldListFilter))
    search_fields = ("object_id", "owner__username", "actor__username", "owner__email")
    list_select_related = ("actor", "owner")
    date_hierarchy = "created"
    fields = ("created", "actor_name", "owner", "action", "noun", "object_id", "details")
    readonly_fields = fields

    @admin.display(description="by", ordering="actor__username")
    def actor_name(self, entry: AuditEntry) -> str:
        return entry.actor.get_username() if entry.actor else "this server"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
