"""The journal for administrators: streams, and the events of one, page by page."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from accounts.looking import Looking
from giint.admin.pointers import shown
from giint.core.models import Event, Stream

PAGE = 100  # events


@admin.register(Stream)
class StreamAdmin(Looking):
    list_display = ("name", "last_seq", "first_seq", "epoch")
    search_fields = ("=name", "name")
    search_help_text = "thread:thread_… or user:user_…"
    ordering = ("-id",)
    show_full_result_count = False
    fields = list_display
    change_form_template = "admin/giint/stream.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        events = Event.objects.filter(stream__id=object_id if object_id.isdecimal() else 0)
        if kind := request.GET.get("type"):
            events = events.filter(type=kind.replace("\x00", "")[:40])
        page = Paginator(events.order_by("-seq"), PAGE).get_page(request.GET.get("page"))
        rows = [(event, shown(event.payload)) for event in page.object_list]
        context = {"page": page, "rows": rows, "type": kind or "", **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)
