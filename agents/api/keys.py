"""The routes about one key: before it leads elsewhere or is gone, what was made with it is deleted
at its server. Trying one asks its server too.
"""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import key_for
from accounts.api import REFUSALS
from accounts.parsers import SecretParser
from accounts.rest import Api, checked
from accounts.shapes import KeyIn, KeyOut
from agents.checking import check_key
from agents.remote.parting import change_key, remove_key
from agents.remote.shapes import ChangedKeyOut, PartingOut
from agents.shapes import TestedKeyOut


class Key(Api):
    scope = "manage"
    parser_classes = [SecretParser]

    @extend_schema(operation_id="keys_get", responses={200: KeyOut, **REFUSALS})
    def get(self, request: Request, key: str) -> Response:
        return Response(key_for(self.me, key).row())

    @extend_schema(
        operation_id="keys_change",
        description="What was made with the key at another server or in another dialect is deleted "
        "there first; `parting` says what stays behind.",
        request=KeyIn,
        responses={200: ChangedKeyOut, **REFUSALS},
    )
    def patch(self, request: Request, key: str) -> Response:
        row, parting = change_key(user=self.me, key=key, **_fields(request))
        return Response(row.row() | ({"parting": parting.row()} if parting.left else {}))

    @extend_schema(
        operation_id="keys_remove",
        description="What was made with the key is deleted at its server first. Answers 200 with "
        "what stays behind there, 204 where nothing does.",
        responses={200: PartingOut, 204: None, **REFUSALS},
    )
    def delete(self, request: Request, key: str) -> Response:
        parting = remove_key(user=self.me, key=key)
        return Response(parting.row()) if parting.left else Response(status=204)


class KeyTest(Api):
    """Up to 15 seconds long. No transaction is open while the server is asked."""

    scope = "manage"

    @extend_schema(
        operation_id="keys_test", request=None, responses={200: TestedKeyOut, **REFUSALS}
    )
    def post(self, request: Request, key: str) -> Response:
        row, check = check_key(key_for(self.me, key))
        return Response({**row.row(), "models": check.models})


def _fields(request: Request) -> dict[str, object]:
    fields = checked(KeyIn, request)
    if "key" in fields:
        fields["secret"] = fields.pop("key")
    return fields


urlpatterns = [
    path("keys/<str:key>", Key.as_view()),
    path("keys/<str:key>/test", KeyTest.as_view()),
]
