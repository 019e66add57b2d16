"""What the OpenAPI schema says about bearers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import get_lib_doc_excludes

from accounts.rest import Api, Open


def bases() -> list[Any]:
    """Classes whose docstrings are about their code, not about a route."""
    return [*get_lib_doc_excludes(), Api, Open]  # type: ignore[no-untyped-call]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.bearer.Bearer"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token (`gnt_…`, made in Settings), or the `access` of "
            "`POST /api/v1/auth/token`.",
        }
