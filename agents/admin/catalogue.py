"""The model catalogue for administrators: models with what people know of them, and how the list of
each account was read.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from agents.catalogue.accounts import account_of, server_of
from agents.catalogue.shapes import is_busy
from agents.catalogue.sync import Outcome, sentence_of, sync
from agents.models import CatalogueSync, LanguageModel
from giint.core.errors import GiintError
from giint.core.net import check_url

SYNCED = ("owned_by", "released", "shutdown_date", "seen", "gone")
AT_ONCE = 40  # accounts of one press: a page waits 30 s for eight servers that hang


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = LanguageModel
        fields = "__all__"  # noqa: DJ007 - the admin below names them

    def clean_server(self) -> str:
        server: str = self.cleaned_data["server"]
        try:
            check_url(server)
        except GiintError as error:
            raise ValidationError(error.sentence) from None
        return server_of(server)

    def clean_capabilities(self) -> list[str]:
        given = self.cleaned_data["capabilities"] or []
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise ValidationError('This is a list of words, such as ["tools", "vision"].')
        return given


class Standing(admin.SimpleListFilter):
    """Whether its servers still list it."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("listed", "Listed"),
            ("ends", "Listed, with a date on which it ends"),
            ("gone", "Gone"),
            ("hand", "Made by hand, never listed"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[LanguageModel]
    ) -> QuerySet[LanguageModel]:
        listed = Q(gone=None, seen__isnull=False)
        conditions = {
            "listed": listed,
            "ends": listed & Q(shutdown_date__isnull=False),
            "gone": Q(gone__isnull=False),
            "hand": Q(seen=None),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(LanguageModel)
class LanguageModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What the server says is shown; the rest is kept by hand and survives every reading."""

    form = ModelForm
    list_display = (
        "model_id",
        "is_listed",
        "shutdown_date",
        "server",
        "name",
        "context_window",
        "input_price",
        "output_price",
        "seen",
    )
    list_filter = (Standing, "shutdown_date", "server")
    search_fields = ("id", "model_id", "name", "description", "owned_by", "server")
    date_hierarchy = "released"
    readonly_fields = ("id", *SYNCED)
    fieldsets = (
        (None, {"fields": ("id", "server", "model_id")}),
        ("As its server lists it", {"fields": SYNCED}),
        ("Kept by hand", {"fields": ("name", "description", "capabilities")}),
        ("Tokens", {"fields": ("context_window", "max_output")}),
        ("Prices", {"fields": ("input_price", "cached_price", "output_price")}),
    )

    @admin.display(boolean=True, description="listed", ordering="gone")
    def is_listed(self, model: LanguageModel) -> bool | None:
        return model.gone is None if model.seen else None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = self.readonly_fields
        return (*fixed, "server", "model_id") if obj else fixed


class Result(admin.SimpleListFilter):
    """How the last reading went."""

    title = "result"
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("good", "Read"), ("failed", "Failed"), ("never", "Never read")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[CatalogueSync]
    ) -> QuerySet[CatalogueSync]:
        conditions = {
            "good": Q(code="", ended__isnull=False),
            "failed": ~Q(code=""),
            "never": Q(ended=None),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(CatalogueSync)
class CatalogueSyncAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """One row per account. The server keeps a row for each, also for those never read."""

    list_display = ("account", "owner", "result", "ended", "next", "models_listed", "server")
    list_filter = (Result, "code", "server", "ended")
    search_fields = ("server", "key__id", "key__label", "key__user__username", "key__user__email")
    list_select_related = ("key__user__account",)
    date_hierarchy = "ended"
    actions = ("sync_models",)
    fields = (
        "account",
        "owner",
        "server",
        "result",
        "code",
        "models_listed",
        "started",
        "ended",
        "next",
    )
    readonly_fields = fields

    @admin.display(ordering="key__label")
    def account(self, row: CatalogueSync) -> str:
        return row.key.label if row.key else "Shared account"

    @admin.display(ordering="key__user__username")
    def owner(self, row: CatalogueSync) -> str:
        return row.key.user.get_username() if row.key else "–"

    @admin.display(ordering="code")
    def result(self, row: CatalogueSync) -> str:
        """The error in words."""
        if is_busy(row):
            return "being read now"
        if row.ended is None:
            return "never read"
        return sentence_of(row) or "read"

    @admin.action(description="Sync models: read these lists now", permissions=["sync"])
    def sync_models(self, request: HttpRequest, rows: QuerySet[CatalogueSync]) -> None:
        if rows.count() > AT_ONCE:
            advice = f"At most {AT_ONCE} at once; for all of them: manage.py sync models"
            self.message_user(request, advice, messages.ERROR)
            return
        accounts = rows.select_related("key__user__account").order_by("server", "pk")
        outcomes = list(sync(filter(None, map(account_of, accounts))))
        good = [one for one in outcomes if not one.code]
        if good:
            self.message_user(request, summary(good), messages.SUCCESS)
        for one in outcomes:
            if one.code:
                account, server = one.account.label, one.account.server
                self.message_user(request, f"{account}, {server}: {one.sentence}", messages.ERROR)

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def summary(outcomes: list[Outcome]) -> str:
    """In one line what became of accounts whose lists are well."""
    asked = [one for one in outcomes if one.asked]
    new, changed, back, gone = (
        sum(getattr(one.changes, name) for one in asked)
        for name in ("new", "changed", "back", "gone")
    )
    text = f"{len(asked)} read: {new} models new, {changed} changed, {back} back, {gone} gone."
    fresh = len(outcomes) - len(asked)
    return f"{text} {fresh} were fresh or are being read." if fresh else text
