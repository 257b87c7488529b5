"""Where requests go by protocol and path: HTTP to Django, websockets to the rooms' consumers."""

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# Before the imports below: consumers import models, which need the applications loaded.
django_application = get_asgi_application()

from notifications.bayeux import endpoint as notifications  # noqa: E402
from notifications.realtime.routing import websocket_urlpatterns as own_routes  # noqa: E402
from portal.runtime.hints import start_hint_relay  # noqa: E402
from portal.runtime.websockets import Receive, SameOrigin, Scope, Send, close_unknown  # noqa: E402
from supervision.realtime.routing import websocket_urlpatterns as supervision_routes  # noqa: E402

websockets: list[Any] = [*own_routes, *supervision_routes, re_path(r"", close_unknown)]  # type: ignore[arg-type]

_by_protocol = ProtocolTypeRouter(
    {
        # Applications that speak HTTP themselves are routed here, by path, before Django.
        "http": django_application,
        "websocket": SameOrigin(AuthMiddlewareStack(URLRouter(websockets))),
    }
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    start_hint_relay()
    # Beside Django: its handler would keep a thread for each held poll.
    if notifications.is_served_here(scope):
        await notifications.serve(scope, receive, send)
        return
    await _by_protocol(scope, receive, send)
