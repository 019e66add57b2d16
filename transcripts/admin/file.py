"""Files in the admin: what they are and whose. Their names and content belong to their owner."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from transcripts.files import drop_content
from transcripts.models import File


@admin.register(File)
class FileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("id", "owner", "type", "size", "created")
    list_filter = ("type", ("created", admin.DateFieldListFilter))
    search_fields = ("id", "owner__username", "owner__email", "thread__id", "sha256")
    list_select_related = ("owner",)
    date_hierarchy = "created"
    fields = ("id", "owner", "thread", "type", "size", "sha256", "remote_ids", "created")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: File) -> None:
        drop_content([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[File]) -> None:
        drop_content(list(queryset))
        super().delete_queryset(request, queryset)
