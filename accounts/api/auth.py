"""Signing in by password without a browser: JSON web tokens. Locked out like the sign-in page."""

from typing import Any

from django.contrib.auth import authenticate
from django.urls import path
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import jwts
from accounts.backends import LONGEST_NAME
from accounts.models import User
from accounts.parsers import SecretParser
from accounts.rest import CleanField, ErrorShape, Open, SecretField, checked
from giint.core.errors import GiintError

REFUSALS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 429: ErrorShape}
NO_STORE = {"Cache-Control": "no-store"}


class SignInIn(serializers.Serializer[Any]):
    """Who, and their password."""

    username = CleanField(max_length=LONGEST_NAME)
    password = SecretField(max_length=4096, trim=False)


class RefreshIn(serializers.Serializer[Any]):
    """The token to get the next pair by."""

    refresh = SecretField(max_length=4096)


class PairOut(serializers.Serializer[Any]):
    """``access`` is the bearer, for ten minutes; ``refresh`` gives the next pair, once."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class Token(Open):
    parser_classes = [SecretParser]

    @extend_schema(
        operation_id="auth_token",
        description="Five failures with one name from one address lock that pair out for 15"
        " minutes, here and on the sign-in page together.",
        request=SignInIn,
        responses={200: PairOut, **REFUSALS},
    )
    @sensitive_variables()
    def post(self, request: Request) -> Response:
        fields = checked(SignInIn, request)
        plain = request._request  # axes counts on Django's own request, which it marks
        user = authenticate(
            plain, username=fields["username"], password=fields["password"].reveal()
        )
        if getattr(plain, "axes_locked_out", False):
            raise GiintError("locked_out")
        if not isinstance(user, User):
            raise GiintError("sign_in_refused")
        return Response(jwts.issue(user=user), headers=NO_STORE)


class Renew(Open):
    parser_classes = [SecretParser]

    @extend_schema(
        operation_id="auth_token_refresh",
        request=RefreshIn,
        responses={200: PairOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        return Response(jwts.renew(checked(RefreshIn, request)["refresh"]), headers=NO_STORE)


class Revoke(Open):
    parser_classes = [SecretParser]

    @extend_schema(
        operation_id="auth_token_revoke", request=RefreshIn, responses={204: None, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        jwts.withdraw(checked(RefreshIn, request)["refresh"])
        return Response(status=204)


urlpatterns = [
    path("auth/token", Token.as_view()),
    path("auth/token/refresh", Renew.as_view()),
    path("auth/token/revoke", Revoke.as_view()),
]
