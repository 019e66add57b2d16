"""GET /api/v1/bootstrap: all that a page needs, in one fetch."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import account_for
from accounts.models import User
from accounts.rest import Api, ErrorShape
from agents.defaults import default_template
from agents.providers.presets import PRESETS
from giint.core.errors import NotFound
from giint.core.events import thread_stream, user_stream
from giint.engine.commands import TEXT
from giint.engine.journal import snapshot
from giint.interfaces.rest.shapes import BootstrapOut, shape
from giint.interfaces.websocket import FRAME


class Bootstrap(Api):
    @extend_schema(
        operation_id="bootstrap",
        parameters=[OpenApiParameter("thread", str, description="A thread to open at once.")],
        responses={200: shape(BootstrapOut), 401: ErrorShape},
    )
    def get(self, request: Request) -> Response:
        user, thread_id = self.me, request.query_params.get("thread")
        thread, missing = None, False
        account, default = account_for(user), default_template(user)
        if thread_id:
            try:
                thread = snapshot(user, thread_stream(thread_id))
            except NotFound:
                missing = True
        body = {
            "version": settings.SPECTACULAR_SETTINGS["VERSION"],
            "user": _person(user, account.id),
            "me": snapshot(user, user_stream(account.id)),
            "thread": thread,
            "missing": missing,
            "default": {"template": default.id, "name": default.name} if default else None,
            "dialects": [
                {"id": name, "label": label}
                for name, (label, _) in settings.GIINT_PROVIDERS.items()
                if name != "offline"
            ],
            "presets": PRESETS,
            "commands": [
                {"id": name, "label": label, "form": form}
                for name, (label, form, _, _) in settings.GIINT_COMMANDS.items()
            ],
            "limits": {"text": TEXT, "frame": FRAME},
        }
        return Response(body, headers={"Cache-Control": "no-store"})


def _person(user: User, public_id: str) -> dict[str, Any]:
    name = user.get_full_name() or user.get_username()
    words = name.replace(".", " ").split()
    return {
        "id": public_id,
        "name": name,
        "email": user.email,
        "initials": "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper(),
        "staff": user.is_staff,
    }
