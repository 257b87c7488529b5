"""Where `portal.asgi` hands requests for notifications over, before Django sees them."""

import asyncio
import weakref

import structlog
from django.db import DatabaseError

from notifications.bayeux.server import Server, server_from_settings
from notifications.bayeux.store import StoreUnavailableError
from portal.runtime.websockets import Receive, Scope, Send

logger = structlog.get_logger(__name__)

PATH = "/api/v2/notifications"

_servers: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[Server]]" = (
    weakref.WeakKeyDictionary()
)


def is_served_here(scope: Scope) -> bool:
    """The base, with or without a slash, and what clients append: /handshake, /connect …

    Browsers' preflights are Django's, like everybody's.
    """
    path = scope.get("path", "")
    if path != PATH and not path.startswith(PATH + "/"):
        return False
    return scope["type"] == "websocket" or not (
        scope["method"] == "OPTIONS"
        and any(name == b"access-control-request-method" for name, _ in scope["headers"])
    )


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        server = await running_server()
    except (DatabaseError, StoreUnavailableError) as error:
        logger.warning("notifications cannot start", error=str(error))
        await _unavailable(scope, receive, send)
        return
    await server(scope, receive, send)


async def running_server() -> Server:
    """The one of this event loop; the first who asks starts it."""
    loop = asyncio.get_running_loop()
    starting = _servers.get(loop)
    if starting is None or (starting.done() and starting.exception() is not None):
        starting = _servers[loop] = loop.create_task(_start())
    return await asyncio.shield(starting)


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    """Until the database answers; the next request tries again."""
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    headers = [(b"Content-Type", b"text/plain")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"Notifications are not available"})


async def _start() -> Server:
    server = server_from_settings()
    await server.start()
    return server
