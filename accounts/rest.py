"""What every REST route shares: who asks, checked bodies, and one shape of errors
(``accounts.problems``).
"""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import problems
from accounts.models import User
from accounts.principal import principal
from accounts.scopes import needed
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret
from giint.core.text import clean

logger = logging.getLogger(__name__)

# What DRF and Django raise → our code.
_CODES: list[tuple[type[Exception], str]] = [
    (exceptions.NotAuthenticated, "signed_out"),
    (exceptions.AuthenticationFailed, "signed_out"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (exceptions.MethodNotAllowed, "bad_method"),
    (exceptions.NotAcceptable, "bad_media"),
    (exceptions.Throttled, "too_fast"),
    (exceptions.ParseError, "bad_field"),
    (RequestDataTooBig, "body_too_large"),
]


class ErrorShape(serializers.Serializer[Any]):
    """The body of every refusal: a problem (RFC 9457). ``code`` is stable; ``message`` is for
    people.
    """

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField(), required=False)  # type: ignore[assignment]


class CleanField(serializers.CharField):
    """A text as a database can keep it: halves of surrogate pairs and U+0000 become U+FFFD."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(clean(data) if isinstance(data, str) else data)


class SecretField(serializers.CharField):
    """A text that is a ``Secret`` from the parser on, and is never given out."""

    def __init__(self, *, trim: bool = True, **kwargs: Any) -> None:
        super().__init__(write_only=True, trim_whitespace=trim, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, Secret):  # what SecretParser made of it
            data = data.reveal()
        elif data is not serializers.empty and data is not None:
            self.fail("invalid")
        value = super().run_validation(data)
        return Secret(value) if isinstance(value, str) else value


class Api(APIView):
    """Base of our routes: ``self.me`` is who asks.

    ``scope`` is what a bearer needs here if it is not just reading or writing; ``scopes`` has it by
    verb where that differs.
    """

    media_code = "bad_media"  # what is said to a body of another kind
    scope: str | None = None
    scopes: Mapping[str, str] = {}

    def check_permissions(self, request: Request) -> None:
        """Nobody, and a bearer without the scope, get no further."""
        method = request.method or ""
        principal(request, needs=needed(method, self.scopes.get(method, self.scope)))
        super().check_permissions(request)

    @property
    def me(self) -> User:
        return principal(self.request)


class Open(APIView):
    """Base of the routes that are for nobody in particular: no cookie and no bearer is looked
    at.
    """

    authentication_classes = []
    permission_classes = []


def checked(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body of ``request`` as ``serializer`` has it. With PATCH every field may be absent."""
    if not isinstance(request.data, Mapping):
        raise GiintError("bad_field", "the body is a JSON object")
    form = serializer(data=request.data, partial=request.method == "PATCH")
    form.is_valid(raise_exception=True)
    data: dict[str, Any] = form.validated_data
    return data


def on_error(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: every failure as code and sentence, in JSON, with its status."""
    if isinstance(error, GiintError):
        return _refusal(error)
    if isinstance(error, exceptions.ValidationError):
        fields = _sentences(error.detail)
        return _refusal(BadField(**fields) if fields else GiintError("bad_field"))
    if isinstance(error, exceptions.UnsupportedMediaType):
        return _refusal(GiintError(getattr(context.get("view"), "media_code", "bad_media")))
    for kind, code in _CODES:
        if isinstance(error, kind):
            return _refusal(GiintError(code))
    logger.error("A REST route failed: %s", context.get("view"), exc_info=error)
    return _refusal(GiintError("internal"))


def _refusal(error: GiintError) -> Response:
    return Response(
        problems.problem(error),
        status=error.status,
        headers=problems.headers(error),
        content_type=problems.MEDIA,
    )


def _sentences(detail: Any) -> dict[str, str]:
    """DRF's nested lists of messages as one sentence per field."""
    if not isinstance(detail, Mapping):
        return {}
    return {str(name): " ".join(_flat(value)) for name, value in detail.items()}


def _flat(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _flat(item)]
    if isinstance(value, list):
        return [text for item in value for text in _flat(item)]
    return [str(value)]
