"""Every address of GIINT."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from accounts.problems import no_route
from giint.interfaces.health import healthz, readyz
from giint.interfaces.quality_page import page as quality_page

# Swagger's and ReDoc's own pages style themselves inline; nothing of ours is shown there.
relaxed = csp_update(
    {
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "worker-src": ["blob:"],
        "script-src": ["'self'"],
    }
)

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("accounts/", include("accounts.urls")),
    path("admin/quality/", quality_page, name="quality-page"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("giint.interfaces.rest.threads")),
    path("api/v1/", include("giint.interfaces.rest.approvals")),
    path("api/v1/", include("giint.interfaces.rest.console")),
    path("api/v1/", include("giint.interfaces.rest.feedback")),
    path("api/v1/", include("giint.interfaces.rest.direct")),
    path("api/v1/", include("giint.interfaces.rest.quality")),
    path("api/v1/", include("giint.interfaces.rest.imports")),
    path("api/v1/", include("accounts.api")),
    path("api/v1/", include("agents.api")),
    path("api/v1/", include("transcripts.api")),
    path("api/openai-assistant/", include("agents.api.manager")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", relaxed(require_safe(SpectacularSwaggerSplitView.as_view())), name="docs"),
    path("api/redoc", relaxed(require_safe(SpectacularRedocView.as_view())), name="redoc"),
    path("api/<path:rest>", no_route),
    path("", include("frontend.urls")),
]
