"""Refusals as RFC 9457 has them: ``application/problem+json``.

``type, title, status, detail`` are the RFC's; ``code`` and ``message`` are ours and stable, with
``fields: {name: sentence}`` where fields are wrong.
"""

from typing import Any

from django.http import HttpRequest, JsonResponse

from accounts.state import StateConflict
from giint.core.errors import FAILURES, BadField, GiintError

MEDIA = "application/problem+json"
TYPE = "urn:giint:problem:"  # followed by the code, which docs/troubleshooting.md explains


def problem(error: GiintError) -> dict[str, Any]:
    """The body of a refusal."""
    title = FAILURES[error.code].sentence
    body: dict[str, Any] = {
        "type": TYPE + error.code,
        "title": title,
        "status": error.status,
        "detail": error.sentence,
        "code": error.code,
        "message": error.sentence,
    }
    if isinstance(error, BadField):
        body |= {"message": title, "fields": error.fields}
    if isinstance(error, StateConflict):
        body |= {"version": error.version, "state": error.state}
    return body


def headers(error: GiintError) -> dict[str, str]:
    """What a refusal has besides its body."""
    return {"WWW-Authenticate": 'Bearer realm="api"'} if error.status == 401 else {}


def refused(error: GiintError) -> JsonResponse:
    """The same for views that are not DRF's."""
    return JsonResponse(
        problem(error), status=error.status, content_type=MEDIA, headers=headers(error)
    )


def no_route(request: HttpRequest, **parts: str) -> JsonResponse:
    """Below /api/ an address that is none says so as the others do."""
    return refused(GiintError("not_found"))
