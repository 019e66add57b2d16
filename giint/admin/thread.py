"""Threads for administrators: whose they are and what goes on in them.

What was said in one is not shown here; reading it is a permission and a page of its own
(``giint.admin.reading``).
"""

from typing import get_args

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts import audit
from accounts.looking import Looking, choice_filter, report
from accounts.principal import principal
from giint import engine
from giint.admin.reading import may_read, read
from giint.core import batch
from giint.core.events import Activity
from giint.models import GiintThread


@admin.register(GiintThread)
class ThreadAdmin(Looking):
    list_display = (
        "id",
        "owner",
        "activity",
        "last_number",
        "archived",
        "created",
        "last_message_at",
    )
    list_filter = (
        choice_filter("activity", get_args(Activity)),
        "archived",
        ("created", admin.DateFieldListFilter),
        ("last_message_at", admin.DateFieldListFilter),
    )
    search_fields = ("id", "owner__username", "owner__email")
    search_help_text = "Id of the thread, name or address of its owner"
    list_select_related = ("owner",)
    show_full_result_count = False  # a second count of all threads for every search
    actions = ("close",)
    fields = (
        "id",
        "owner",
        "activity",
        "archived",
        "created",
        "last_message_at",
        "expires_at",
        "last_number",
        "links",
    )
    readonly_fields = ("links",)

    @admin.display(description="see also")
    def links(self, thread: GiintThread) -> str:
        return format_html(
            '<a href="{}?thread__id__exact={}">Its runs</a> · <a href="{}?q=thread:{}">Its journal'
            '</a> · <a href="{}">Read it…</a>',
            reverse("admin:giint_run_changelist"),
            thread.id,
            reverse("admin:journal_stream_changelist"),
            thread.id,
            reverse("admin:giint_giintthread_read", args=[thread.id]),
        )

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<str:thread>/read/",
            self.admin_site.admin_view(self.read_view),
            name="giint_giintthread_read",
        )
        return [page, *super().get_urls()]

    def read_view(self, request: HttpRequest, thread: str) -> HttpResponse:
        return read(self.admin_site, request, thread)

    def has_read_permission(self, request: HttpRequest) -> bool:
        return may_read(request)

    def has_close_permission(self, request: HttpRequest) -> bool:
        return principal(request).has_perm("giint.change_giintthread")

    @admin.action(description="Close: stop what goes on, and archive", permissions=["close"])
    def close(self, request: HttpRequest, queryset: QuerySet[GiintThread]) -> None:
        actor = principal(request)

        def act(thread: GiintThread) -> None:
            ended = engine.close(user=thread.owner, thread=thread.id)
            audit.record(
                actor=actor,
                owner=thread.owner,
                action="closed",
                noun="thread",
                object_id=thread.id,
                details={"answers_stopped": ended},
            )

        threads = queryset.select_related("owner").iterator(chunk_size=batch.ROWS)
        report(self, request, batch.each(threads, act), "closed")
