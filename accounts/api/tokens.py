"""REST of API tokens: listed, made (and shown once), revoked."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.api.keys import REFUSALS
from accounts.rest import Api, CleanField, ErrorShape, checked
from accounts.scopes import PERSON, SCOPES


class TokenIn(serializers.Serializer[Any]):
    """What a new token is to be called, may do, and when it ends (null: never)."""

    name = CleanField(max_length=80)
    scopes = serializers.ListField(child=serializers.CharField(max_length=20))
    expires = serializers.DateTimeField(allow_null=True, required=False)


class TokenOut(serializers.Serializer[Any]):
    """An API token as its owner sees it."""

    id = serializers.CharField()
    name = serializers.CharField()
    begins = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(allow_null=True)
    last_used = serializers.DateTimeField(allow_null=True)


class NewTokenOut(TokenOut):
    """The same with the token itself, this one time."""

    token = serializers.CharField()


class ScopeOut(serializers.Serializer[Any]):
    """What a token may be made for."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class TokensOut(serializers.Serializer[Any]):
    """The tokens that have not ended, newest first, and the scopes there are."""

    tokens = TokenOut(many=True)
    scopes = ScopeOut(many=True)


class Tokens(Api):
    scope = "manage"
    # Otherwise one that leaked could outlive itself.
    scopes = {"POST": PERSON}

    @extend_schema(operation_id="tokens_list", responses={200: TokensOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        scopes = [{"id": id, "label": label} for id, label in SCOPES.items()]
        rows = [token.row() for token in tokens.living(self.me)]
        return Response({"tokens": rows, "scopes": scopes})

    @extend_schema(
        operation_id="tokens_make",
        description="By session or JWT: a token makes no other token.",
        request=TokenIn,
        responses={201: NewTokenOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        made, value = tokens.make(user=self.me, **checked(TokenIn, request))
        body = {**made.row(), "token": value.reveal()}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class OneToken(Api):
    scope = "manage"

    @extend_schema(operation_id="tokens_revoke", responses={204: None, **REFUSALS})
    def delete(self, request: Request, token: str) -> Response:
        tokens.revoke(user=self.me, token=token)
        return Response(status=204)


urlpatterns = [
    path("tokens", Tokens.as_view()),
    path("tokens/<str:token>", OneToken.as_view()),
]
