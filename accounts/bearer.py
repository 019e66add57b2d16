"""DRF's way to a bearer: ``Authorization: Bearer`` with a ``gnt_`` token or a JWT."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import User
from accounts.principal import holder
from accounts.scopes import Grant
from giint.core.errors import GiintError
from giint.core.secrets import Secret


class Bearer(BaseAuthentication):
    """A request with a bearer is from whoever holds it, or refused: no cookie helps it."""

    def authenticate(self, request: Request) -> tuple[User, Grant] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise GiintError("token_refused")
        return holder(Secret(words[1].decode("latin-1")))

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
