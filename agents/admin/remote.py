"""Remote objects in the admin: the ledger, to look at, to sweep and to delete from. What one was
configured with is its owner's: seen with the permission to read threads alone.
"""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.looking import Looking, choice_filter, report
from accounts.models import ProviderKey
from agents.models import RemoteAssistant
from agents.models.remote import STATES, UNUSED, RemoteQuerySet
from agents.remote import records
from agents.remote.deleting import delete_all, sentence
from agents.remote.sweep import sweep
from giint.core import batch
from giint.core.errors import GiintError

MANAGE = "agents.manage_assistants"
READ = "giint.read_threads"


class InState(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state.replace("_", " ")) for state in STATES]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RemoteAssistant]
    ) -> QuerySet[RemoteAssistant]:
        state = self.value()
        if state not in STATES or not isinstance(queryset, RemoteQuerySet):
            return queryset
        return queryset.in_state(state)


class Unused(admin.SimpleListFilter):
    title, parameter_name = "use", "unused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", f"unused for {UNUSED // timedelta(days=1)} days")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RemoteAssistant]
    ) -> QuerySet[RemoteAssistant]:
        if self.value() != "1" or not isinstance(queryset, RemoteQuerySet):
            return queryset
        since = timezone.now() - UNUSED
        return queryset.held().filter(Q(used__lt=since) | Q(used=None, made__lt=since))


@admin.register(RemoteAssistant)
class RemoteAssistantAdmin(Looking):
    list_display = (
        "__str__",
        "state",
        "user",
        "account",
        "kind",
        "purpose",
        "agent",
        "intended",
        "last_error",
        "unused",
    )
    list_filter = (
        InState,
        Unused,
        choice_filter("kind", ["assistant", "thread", "agent", "session", "file", "vector_store"]),
        choice_filter("purpose", RemoteAssistant.Purpose.values),
        "dialect",
        "code",
    )
    search_fields = ("id", "remote_id", "user__username", "user__email", "agent__id", "base_url")
    list_select_related = ("user", "agent", "key")
    date_hierarchy = "intended"
    actions = ("sweep_them", "delete_them")
    FIELDS = (
        *("id", "remote_id", "state", "user", "account", "key", "agent", "kind", "purpose"),
        *("digest", "tags", "intended", "made", "used", "until", "released", "deleted"),
        *("last_error", "tries", "next_try"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_readonly_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        may_read = request.user.has_perm(READ)
        return (*self.FIELDS, "snapshot") if may_read else self.FIELDS

    def get_queryset(self, request: HttpRequest) -> QuerySet[RemoteAssistant]:
        rows = super().get_queryset(request)
        return rows if request.user.has_perm(READ) else rows.defer("snapshot")

    @admin.display(description="account")
    def account(self, row: RemoteAssistant) -> str:
        return f"{row.dialect} at {row.base_url}" + ("" if row.key_id else " (key removed)")

    @admin.display(description="last error")
    def last_error(self, row: RemoteAssistant) -> str:
        return sentence(row.code, row.detail) if row.code else ""

    @admin.display(boolean=True)
    def unused(self, row: RemoteAssistant) -> bool:
        return row.is_unused

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MANAGE)

    @admin.action(description="Sweep their accounts", permissions=["manage"])
    def sweep_them(self, request: HttpRequest, queryset: QuerySet[RemoteAssistant]) -> None:
        """Delete what nothing wants in the accounts of these, and say what came of each."""
        keys = ProviderKey.objects.filter(id__in=queryset.values("key").distinct())

        def swept(key: ProviderKey) -> None:
            ended = sweep(key)
            if ended.failures:
                raise GiintError(_known(ended.failures[0][1]), f"{ended.deleted} deleted")

        outcome = batch.each(
            keys.select_related("user__account"), swept, name=lambda key: f"{key.label} ({key.id})"
        )
        report(self, request, outcome, "accounts swept")

    @admin.action(description="Delete at their servers", permissions=["manage"])
    def delete_them(self, request: HttpRequest, queryset: QuerySet[RemoteAssistant]) -> None:
        """Release these and delete them, each with its own result. What was imported is not ours,
        and what an answer is using stays until that ends.
        """

        def gone(row: RemoteAssistant) -> None:
            if row.purpose == RemoteAssistant.Purpose.IMPORTED:
                raise GiintError("remote_not_ours")
            if row.run is not None and row.run.status in records.AT_WORK:
                raise GiintError("remote_in_use")
            if row.key is None or row.made is None:
                raise GiintError("remote_left" if row.key is None else "remote_unfindable")
            records.release(RemoteAssistant.objects.filter(id=row.id))
            ended = delete_all(row.key, [row], force=True)
            if ended.failures:
                _, code, detail = ended.failures[0]
                raise GiintError(_known(code), detail)

        rows = queryset.select_related("user__account", "key__user__account", "run")
        report(self, request, batch.each(rows, gone), "deleted")


def _known(code: str) -> str:
    try:
        GiintError(code)
    except KeyError:
        return "internal"
    return code
