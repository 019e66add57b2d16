"""The admin's page of quality: the same figures as REST gives, drawn by the browser.

Failures and thumbs of a candidate stand beside those of the current revision when it is asked for
one template's revisions.
"""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.principal import principal
from giint.core.errors import BadField
from giint.quality import BY, Asked, asked, quality

DAYS = (1, 7, 30, 90, 366)


def quality_page(request: HttpRequest) -> HttpResponse:
    """For staff who may look at runs."""
    user = principal(request)
    if not user.has_perm("giint.view_run"):
        raise PermissionDenied
    wanted, wrong = Asked(), ""
    try:
        given = request.GET
        wanted = asked(given.get("by"), given.get("days"), given.get("template"))
    except BadField as error:
        wrong = error.sentence
    context = {
        **admin.site.each_context(request),
        "title": "Quality of answers",
        "asked": wanted,
        "wrong": wrong,
        "kinds": list(BY),
        "choices": DAYS,
        "found": quality(user=user, asked=wanted),
        "query": f"by={wanted.by}&days={wanted.days}&template={wanted.template}",
    }
    return TemplateResponse(request, "admin/giint/quality.html", context)


page = admin.site.admin_view(quality_page)
