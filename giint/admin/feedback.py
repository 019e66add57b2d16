"""Thumbs on answers, in the admin. The note beside one is a person's words: for who may read
threads.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.looking import Looking
from giint.admin.reading import may_read
from giint.models import Feedback


@admin.register(Feedback)
class FeedbackAdmin(Looking):
    list_display = ("thumb", "user", "message_id", "agent", "of_model", "created")
    list_filter = ("thumb", ("created", admin.DateFieldListFilter))
    search_fields = ("user__username", "message__id", "message__thread__id", "message__agent__id")
    list_select_related = ("user", "message__agent")
    date_hierarchy = "created"

    @admin.display(description="agent")
    def agent(self, feedback: Feedback) -> str:
        return str(feedback.message.agent or "")

    @admin.display(description="model")
    def of_model(self, feedback: Feedback) -> str:
        return feedback.message.model

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("thumb", "user", "message_id", "agent", "of_model", "created")
        return (*shown, "note") if may_read(request) else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj)
