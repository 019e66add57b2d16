"""The one page of the client. What it shows is decided in the browser, from one bootstrap fetch."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from frontend import modules

# What could end the script element is written as JSON escapes, as in Django's json_script.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@require_safe
@never_cache
@login_required
def app(request: HttpRequest, **_place: str) -> HttpResponse:
    """The page at ``/``, ``/t/<id>``, ``/agents…``, ``/imports…``, ``/remote``,
    ``/transcripts…`` and ``/settings``; 503 when the client's libraries are not there.
    """
    if absent := modules.missing():
        return render(request, "giint/unbuilt.html", {"absent": absent}, status=503)
    try:
        import_map = modules.import_map()
    except ValueError as error:  # the manifest does not know a file
        return render(request, "giint/unbuilt.html", {"uncollected": str(error)}, status=503)
    context = {
        "import_map": json.dumps(import_map).translate(ESCAPES),
        "preload": sorted(import_map["imports"].values()),
    }
    return render(request, "giint/app.html", context)
