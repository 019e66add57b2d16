"""REST of accounts: provider keys and page state. Trying, changing and removing a key needs a
provider: ``agents.api``.
"""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import UiState
from accounts.parsers import SecretParser
from accounts.rest import Api, ErrorShape, checked
from accounts.services import add_key, set_state
from accounts.shapes import KeyIn, KeyOut, KeysOut, StateIn, StateOut
from accounts.source import account_row
from giint.core.errors import BadField
from giint.core.secrets import Secret

REFUSALS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 404: ErrorShape, 409: ErrorShape}


class Keys(Api):
    scope = "manage"
    parser_classes = [SecretParser]

    @extend_schema(operation_id="keys_list", responses={200: KeysOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        rows = [key.row() for key in self.me.provider_keys.all()]
        return Response({"keys": rows, "account": account_row(self.me)})

    @extend_schema(operation_id="keys_add", request=KeyIn, responses={201: KeyOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        fields = checked(KeyIn, request)
        secret = fields.pop("key", Secret(""))
        return Response(add_key(user=self.me, secret=secret, **fields).row(), status=201)


class State(Api):
    @extend_schema(operation_id="state_get", responses={200: StateOut, 401: ErrorShape})
    def get(self, request: Request) -> Response:
        state = UiState.objects.filter(user=self.me).first() or UiState()
        return Response({"version": state.version, "state": state.state})

    @extend_schema(
        operation_id="state_change", request=StateIn, responses={200: StateOut, **REFUSALS}
    )
    def patch(self, request: Request) -> Response:
        fields = checked(StateIn, request)
        missing = {"version", "patch"} - fields.keys()
        if missing:
            raise BadField(**dict.fromkeys(sorted(missing), "This is needed."))
        state = set_state(user=self.me, version=fields["version"], patch=fields["patch"])
        return Response({"version": state.version, "state": state.state})


urlpatterns = [
    path("keys", Keys.as_view()),
    path("state", State.as_view()),
]
