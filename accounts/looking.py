"""What the admin pages of all nouns share: pages to look at, and how a batch is told."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from giint.core.batch import Outcome


class Looking(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing is made, changed or deleted by hand: services and the engine do that, with events."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows go with what they belong to, never by themselves."""
        here = (request.resolver_match and request.resolver_match.url_name) or ""
        by_itself = here.startswith(f"{self.opts.app_label}_{self.opts.model_name}_")
        return not by_itself and super().has_delete_permission(request, obj)


def choice_filter(
    field: str, choices: Iterable[str], title: str = ""
) -> type[admin.SimpleListFilter]:
    """A filter over known values. Django's own would look for them in every row of the table."""
    known = list(choices)

    class Filter(admin.SimpleListFilter):
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value.replace("_", " ")) for value in known]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    Filter.title = title or field
    return Filter


def report(page: Any, request: HttpRequest, outcome: Outcome, done: str) -> None:
    """Tell who started a batch what came of it: how many are ``done``, and each failure."""
    if outcome.done or not outcome.failures:
        page.message_user(request, f"{outcome.done} of {outcome.total} {done}.", messages.SUCCESS)
    for line in outcome.lines():
        page.message_user(request, f"Failed: {line}", messages.ERROR)
