"""Provider keys in the admin: to look at, to try, to remove. Of a key itself, its last four
characters. Only its owner can enter one.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.looking import report
from accounts.models import ProviderKey
from accounts.principal import principal
from agents.checking import check_all
from agents.remote.parting import remove_key
from giint.core import batch


@admin.register(ProviderKey)
class KeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "label",
        "user",
        "dialect",
        "base_url",
        "model",
        "last4",
        "default",
        "checked",
        "check_code",
    )
    list_filter = ("dialect", "default", "check_code")
    search_fields = ("id", "label", "base_url", "model", "user__username", "user__email")
    list_select_related = ("user",)
    fields = (
        "id",
        "user",
        "label",
        "dialect",
        "base_url",
        "model",
        "last4",
        "key_id",
        "default",
        "checked",
        "check_code",
        "check_detail",
        "created",
    )
    readonly_fields = fields
    actions = ("try_them",)
    date_hierarchy = "created"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Check: ask their servers", permissions=["delete"])
    def try_them(self, request: HttpRequest, queryset: QuerySet[ProviderKey]) -> None:
        """Each is judged by its own answer; the owners see it too."""
        report(self, request, check_all(queryset.select_related("user")), "work")

    def delete_model(self, request: HttpRequest, obj: ProviderKey) -> None:
        parting = remove_key(user=obj.user, key=obj.id, actor=principal(request))
        if parting.left:
            self.message_user(request, parting.sentence, messages.WARNING)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ProviderKey]) -> None:
        actor = principal(request)

        def remove(key: ProviderKey) -> None:
            parting = remove_key(user=key.user, key=key.id, actor=actor)
            if parting.left:
                self.message_user(request, parting.sentence, messages.WARNING)

        outcome = batch.each(
            queryset.select_related("user").iterator(chunk_size=batch.ROWS), remove
        )
        if outcome.failures:
            report(self, request, outcome, "removed")
