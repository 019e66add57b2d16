"""API tokens in the admin: whose they are, what they may do, and an end to them. Their owners make
them.
"""

from django.contrib import admin
from django.contrib.admin import site
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts import tokens
from accounts.looking import Looking, report
from accounts.models import ApiToken
from accounts.principal import principal
from giint.core import batch

# The library's own pages would show the tokens of whom they are about.
for model in (BlacklistedToken, OutstandingToken):
    if site.is_registered(model):
        site.unregister(model)


class Ended(admin.SimpleListFilter):
    """Whether somebody could still come in by it."""

    title = "revoked"
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[ApiToken]"
    ) -> "QuerySet[ApiToken]":
        if self.value() in ("no", "yes"):
            return queryset.filter(revoked__isnull=self.value() == "no")
        return queryset


@admin.register(ApiToken)
class TokenAdmin(Looking):
    list_display = ("name", "user", "begins", "may", "created", "expires", "last_used", "revoked")
    list_filter = (Ended, "expires", "last_used")
    search_fields = ("id", "name", "begins", "user__username", "user__email")
    list_select_related = ("user",)
    date_hierarchy = "created"
    fields = (
        "id",
        "user",
        "name",
        "begins",
        "may",
        "created",
        "expires",
        "last_used",
        "revoked",
    )
    actions = ("revoke",)

    @admin.display(description="may")
    def may(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiToken]") -> None:
        actor = principal(request)
        outcome = batch.each(
            queryset.select_related("user").iterator(chunk_size=batch.ROWS),
            lambda token: tokens.revoke(user=token.user, token=token.id, actor=actor),
        )
        report(self, request, outcome, "revoked")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return principal(request).has_perm("accounts.change_apitoken")
