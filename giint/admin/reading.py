"""The page on which staff read somebody's thread: a permission of its own, a reason, and an entry
in the audit that the owner sees.
"""

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts import audit
from accounts.principal import principal
from giint.core.text import clean
from giint.models import GiintThread, Message

PAGE = 200  # messages
REASON = 200  # characters


def may_read(request: HttpRequest) -> bool:
    return principal(request).has_perm("giint.read_threads")


def read(site: AdminSite, request: HttpRequest, thread: str) -> HttpResponse:
    """Asks for a reason; given one, shows the conversation as plain text and writes the audit."""
    if not may_read(request):
        raise PermissionDenied
    found = GiintThread.objects.select_related("owner").filter(id=thread).first()
    if found is None:
        raise Http404
    reason = " ".join(clean(request.POST.get("reason", "")).split())[:REASON]
    context = {
        **site.each_context(request),
        "title": "Read a thread",
        "thread": found,
        "reason": reason,
        "asked": request.method == "POST" and not reason,
    }
    if request.method == "POST" and reason:
        context |= _conversation(request, found, reason)
    return TemplateResponse(request, "admin/giint/read.html", context)


def _conversation(request: HttpRequest, thread: GiintThread, reason: str) -> dict[str, object]:
    """A page of the thread's path, oldest first. The entry commits before a word is shown."""
    end = thread.head_id
    if before := request.POST.get("before"):
        first = Message.objects.filter(thread=thread, id=before[:64].replace("\x00", "")).first()
        end = first.parent_id if first else None
    with transaction.atomic():
        audit.record(
            actor=principal(request),
            owner=thread.owner,
            action="read",
            noun="thread",
            object_id=thread.id,
            details={"reason": reason},
        )
    messages = Message.objects.select_related("agent").path(end, PAGE)
    older = bool(messages and messages[0].parent_id)
    return {
        "read": True,
        "said": messages,
        "older": older,
        "first": messages[0].id if messages else "",
    }
