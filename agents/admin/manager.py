"""The assistant manager for administrators: how each account stands, its versions, and the deeds of
its person done for them. What an assistant was configured with is its owner's.
"""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.looking import Looking, report
from accounts.models import User
from accounts.principal import principal
from agents import manager as service
from agents.admin.forms import told
from agents.manager.claims import is_busy
from agents.manager.fields import checked_interval, checked_keep
from agents.manager.renewal import NOUN
from agents.manager.sites import allow
from agents.models import AssistantManager, AssistantVersion
from giint.core import batch
from giint.core.errors import BadField, GiintError

AT_ONCE = 10  # accounts of one press: a server that hangs takes a minute and a half


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """When it is refreshed, and how many stay."""

    NAMES = {"intervalMs": "interval_ms", "keepCount": "keep"}

    class Meta:
        model = AssistantManager
        fields = ("interval_ms", "keep")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            allow(self.instance.user)
            checked_interval(cleaned.get("interval_ms", 0))
            checked_keep(cleaned.get("keep", 1))
        except BadField as error:
            fields = {self.NAMES[name]: why for name, why in error.fields.items()}
            told(self, BadField(**fields))
        except GiintError as error:
            self.add_error(None, error.sentence)
        return cleaned


class Result(admin.SimpleListFilter):
    """How it stands."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("good", "Well"), ("failed", "Failed"), ("none", "Nothing is current")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AssistantManager]
    ) -> QuerySet[AssistantManager]:
        conditions = {
            "good": Q(code="", current__isnull=False),
            "failed": ~Q(code=""),
            "none": Q(current=None),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(AssistantManager)
class AssistantManagerAdmin(Looking):
    """One row per account that its person manages assistants in."""

    form = PlanForm
    list_display = (
        "account",
        "user",
        "dialect",
        "current_id_there",
        "result",
        "refreshed",
        "next",
        "keep",
        "server",
    )
    list_filter = (Result, "dialect", "code", "refreshed")
    search_fields = (
        *("id", "user__username", "user__email", "server", "key__id", "key__label"),
        "current__remote_id",
    )
    list_select_related = ("user", "key", "current")
    date_hierarchy = "refreshed"
    actions = ("refresh", "clean_up")
    fields = (
        *("id", "user", "account", "server", "dialect", "current_id_there", "result"),
        *("refreshed", "verified", "next", "interval_ms", "keep"),
    )
    readonly_fields = tuple(name for name in fields if name not in ("interval_ms", "keep"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    @admin.display(ordering="key__label")
    def account(self, row: AssistantManager) -> str:
        return row.key.label if row.key else "its key is gone"

    @admin.display(description="current", ordering="current__remote_id")
    def current_id_there(self, row: AssistantManager) -> str:
        return row.current.remote_id if row.current else "–"

    @admin.display(ordering="code")
    def result(self, row: AssistantManager) -> str:
        """The last failure in words."""
        if is_busy(row):
            return "at work now"
        return row.sentence or ("well" if row.current else "nothing is current")

    def save_model(
        self, request: HttpRequest, obj: AssistantManager, form: Any, change: bool
    ) -> None:
        if obj.key_id is None:
            return
        service.set_interval(
            user=obj.user,
            key=obj.key_id,
            interval_ms=obj.interval_ms,
            keep=obj.keep,
            actor=principal(request),
        )

    @admin.action(description="Refresh: make another one the current one", permissions=["change"])
    def refresh(self, request: HttpRequest, rows: QuerySet[AssistantManager]) -> None:
        actor = principal(request)
        self._each(
            request,
            rows,
            lambda row: service.refresh(user=row.user, key=row.key_id, actor=actor),
            "refreshed",
        )

    @admin.action(
        description="Clean up: delete all but as many of the newest as stay after a refresh",
        permissions=["change"],
    )
    def clean_up(self, request: HttpRequest, rows: QuerySet[AssistantManager]) -> None:
        self._each(request, rows, lambda row: _clean(row, principal(request)), "cleaned up")

    def _each(
        self,
        request: HttpRequest,
        rows: QuerySet[AssistantManager],
        deed: Callable[[AssistantManager], object],
        done: str,
    ) -> None:
        chosen = list(rows.select_related("user", "key"))
        if len(chosen) > AT_ONCE:
            self.message_user(request, f"At most {AT_ONCE} at once.", messages.ERROR)
            return

        def with_key(row: AssistantManager) -> None:
            if row.key_id is None:
                raise GiintError("no_account", row.server)
            deed(row)

        report(self, request, batch.each(chosen, with_key), done)


def _clean(row: AssistantManager, actor: User) -> None:
    cleaned = service.cleanup(user=row.user, key=row.key_id, keep=row.keep, actor=actor)
    for name, code, _ in cleaned.failed:
        raise GiintError(code, f"{name}; it is tried again later")


@admin.register(AssistantVersion)
class AssistantVersionAdmin(Looking):
    """Every configuration that stood at a provider. What it says is shown to who may read threads;
    its owner sees in the audit that somebody did.
    """

    list_display = ("assistant", "number", "owner", "source", "author", "created", "is_current")
    list_filter = ("source", "created", "manager__dialect")
    search_fields = ("id", "assistant", "manager__user__username", "manager__user__email")
    list_select_related = ("manager__user", "author")
    date_hierarchy = "created"
    actions = ("restore",)
    fields = ("id", *list_display, "manager", "configuration")
    readonly_fields = fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if _may_read(request, obj) else self.fields[:-1]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is not None and self.has_view_permission(request, row) and _may_read(request, row):
            reader, owner = principal(request), row.manager.user
            if reader != owner:
                audit.record(
                    actor=reader,
                    owner=owner,
                    action="read",
                    noun=NOUN,
                    object_id=row.assistant,
                    details={"version": row.number},
                )
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.display(ordering="manager__user__username")
    def owner(self, row: AssistantVersion) -> str:
        return row.manager.user.get_username()

    @admin.display(boolean=True, description="in use")
    def is_current(self, row: AssistantVersion) -> bool:
        return row.remote_id is not None and row.remote_id == row.manager.current_id

    @admin.display(description="configuration")
    def configuration(self, row: AssistantVersion) -> str:
        return json.dumps(row.config, ensure_ascii=False, indent=1)

    @admin.action(description="Restore: make its configuration the current one's")
    def restore(self, request: HttpRequest, rows: QuerySet[AssistantVersion]) -> None:
        actor = principal(request)
        chosen = list(rows.select_related("manager__user", "manager__key").order_by(F("number")))
        if len(chosen) != 1:
            self.message_user(request, "Choose one version.", messages.ERROR)
            return

        def act(row: AssistantVersion) -> None:
            if row.manager.key_id is None:
                raise GiintError("no_account", row.manager.server)
            owner, key = row.manager.user, row.manager.key_id
            service.restore(user=owner, key=key, version=row.id, actor=actor)

        report(self, request, batch.each(chosen, act), "restored")

    def get_actions(self, request: HttpRequest) -> Any:
        """For who may change managers."""
        if request.user.has_perm("agents.change_assistantmanager"):
            return super().get_actions(request)
        return {}


def _may_read(request: HttpRequest, row: AssistantVersion | None) -> bool:
    reader = principal(request)
    mine = row is not None and row.manager.user_id == reader.pk
    return mine or reader.has_perm("giint.read_threads")
