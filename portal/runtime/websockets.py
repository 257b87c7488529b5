"""What stands before every websocket: where it may come from, and that its path exists."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


async def close_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to an unknown path: closed before it is accepted, which clients see as 403."""
    await receive()
    await send({"type": "websocket.close"})


class SameOrigin:
    """Refuses pages of other sites, which would otherwise ride on the visitor's session.

    A missing Origin is not a browser's and is allowed: such a client carries no stolen cookie.
    """

    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_welcome = is_allowed_origin(scope["headers"])
        application = self._application if is_welcome else close_unknown
        await application(scope, receive, send)


def is_allowed_origin(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    texts = {name.decode("latin1").lower(): value.decode("latin1") for name, value in headers}
    host = texts.get("host", "")
    if not validate_host(_without_port(host), settings.ALLOWED_HOSTS):
        return False
    origin = texts.get("origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return urlsplit(origin).netloc.lower() == host.lower()


def http_base_of(scope: Scope) -> str:
    """`https://HOST`, of the portal as the client of this socket reaches it."""
    headers = {
        name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]
    }
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    if settings.IS_BEHIND_TLS:
        scheme = headers.get("x-forwarded-proto", "https")
    return f"{scheme}://{headers.get('host', '')}"


def _without_port(host: str) -> str:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
    return f"[{name}]" if ":" in name else name
