"""Tool calls that wait, or waited, for a person, in the admin: to read. What a call was to do with,
and why it was denied, is for who may read threads.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.looking import Looking
from giint.admin.reading import may_read
from giint.models import Approval

_SHOWN = ("tool", "decision", "user", "thread_id", "run_id", "output_id", "created", "expires")
_BEHIND = ("decided", "decided_by")
_WORDS = ("about", "arguments", "edited", "reason")


@admin.register(Approval)
class ApprovalAdmin(Looking):
    list_display = ("tool", "state", "user", "thread_id", "created", "expires", "decided")
    list_filter = ("decision", ("created", admin.DateFieldListFilter))
    search_fields = ("id", "tool", "user__username", "user__email", "thread__id", "run__id")
    list_select_related = ("user",)
    date_hierarchy = "created"

    @admin.display(description="decision", ordering="decision")
    def state(self, approval: Approval) -> str:
        return approval.decision or "waits"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*_SHOWN, *_BEHIND, *(_WORDS if may_read(request) else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj)
