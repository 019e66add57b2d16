"""Where the server begins: HTTP, websockets, and the life of the process.

Under a server that speaks lifespan (uvicorn) the supervisor starts and drains with it. Daphne and
``runserver`` do not: there the same idempotent start comes with the first request or socket.
"""

import logging
import os
from typing import Any, cast

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "giint.settings")
http = get_asgi_application()

from giint.core import db  # noqa: E402  (apps must be ready)
from giint.engine import supervisor  # noqa: E402
from giint.interfaces.websocket import ChatSocket  # noqa: E402

log = logging.getLogger(__name__)
# Typed for Django's views; the routes of sockets are ASGI applications.
routes: list[Any] = [path("ws/", cast(Any, ChatSocket.as_asgi()))]
sockets = OriginValidator(URLRouter(routes), settings.GIINT_ORIGINS)
router: Any = ProtocolTypeRouter({"http": http, "websocket": sockets})


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    supervisor.start()
    await router(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            supervisor.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await supervisor.drain()
            db.shutdown()
            await send({"type": "lifespan.shutdown.complete"})
            return
