"""Who calls, for requests that pass Django by: the same rules as the API's, asked seldom.

A password is hashed and a session looked up when credentials are first seen. Then they are
remembered for a minute under a keyed hash, and looked up anew behind the next request's back, so
that no poll waits for it. A change of the user forgets them at once.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.signed_cookies import SessionStore as UnstoredSession
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.api.authentication import ApiAuthentication, LockedOut, csrf_token
from portal.api.roles import Role
from portal.api.uris import API_ROOT
from portal.runtime.websockets import Scope

BROWSER_COOKIE = "BAYEUX_BROWSER"
_FRESH_SECONDS = 60.0
_STALE_SECONDS = 180.0
_MOST_REMEMBERED = 20_000
_THREADS = 4

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as his credentials show him; `csrf_token` is set where they are a session's."""

    user_id: str
    contact_center_id: str | None
    roles: frozenset[Role]
    csrf_token: str | None = None
    cors: Headers = ()


class RefusedError(Exception):
    """Said as text: some clients take JSON of an error for replies."""

    def __init__(self, status: int, text: str, headers: Headers = ()) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


Lookup = Callable[[Scope], Identity]
Asker = Callable[[Lookup, Scope], Awaitable[Identity]]


class Callers:
    """`ask` runs a lookup where it may use the database: in threads of its own if not given."""

    def __init__(
        self, *, ask: Asker | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._ask = ask or self._ask_in_thread
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._remembered: dict[bytes, tuple[float, Identity]] = {}
        self._renewing: dict[bytes, asyncio.Task[None]] = {}

    async def identify(self, scope: Scope) -> Identity:
        """The caller. Raises RefusedError where he may not come in."""
        key = self._digest(scope)
        known = self._remembered.get(key)
        age = self._clock() - known[0] if known else _STALE_SECONDS
        if known is None or age >= _STALE_SECONDS:
            return await self._look_up(key, scope)
        if age >= _FRESH_SECONDS and key not in self._renewing:
            task = asyncio.create_task(self._renew(key, scope))
            self._renewing[key] = task
        return known[1]

    def forget(self, user_ids: Iterable[str]) -> None:
        changed = set(user_ids)
        for key in [key for key, (_, one) in self._remembered.items() if one.user_id in changed]:
            del self._remembered[key]

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _renew(self, key: bytes, scope: Scope) -> None:
        try:
            await self._look_up(key, scope)
        except RefusedError:
            self._remembered.pop(key, None)
        finally:
            self._renewing.pop(key, None)

    async def _look_up(self, key: bytes, scope: Scope) -> Identity:
        identity = await self._ask(look_up, scope)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[key] = (self._clock(), identity)
        return identity

    async def _ask_in_thread(self, look: Lookup, scope: Scope) -> Identity:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="notifications-callers")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _connected, look, scope)

    def _digest(self, scope: Scope) -> bytes:
        """Of all that the answer depends on."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        headers = header_texts(scope)
        session = cookies_of(headers).get(settings.SESSION_COOKIE_NAME, "")
        for part in (session, headers.get("authorization", ""), headers.get("origin", "")):
            digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
        return digest.digest()


def header_texts(scope: Scope) -> dict[str, str]:
    return {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}


def cookies_of(headers: dict[str, str]) -> dict[str, str]:
    """The cookies, each as it stands: one that holds JSON is no reason to lose the others."""
    pairs = (pair.partition("=") for pair in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def base_of(scope: Scope, headers: dict[str, str]) -> str:
    """`http://HOST/api/v2`, as the caller reaches it. Raises RefusedError for a foreign host."""
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", ""), scope.get("scheme"))
    if settings.IS_BEHIND_TLS and headers.get("x-forwarded-proto"):
        scheme = headers["x-forwarded-proto"]
    return _checked_base(scheme or "http", headers.get("host", ""), tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _checked_base(scheme: str, host: str, allowed_hosts: tuple[str, ...]) -> str:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    request = ASGIRequest({**scope, "headers": [(b"host", host.encode("latin1"))]}, BytesIO())
    try:
        return f"{scheme}://{request.get_host()}{API_ROOT}"
    except DisallowedHost as error:
        raise RefusedError(400, "Unknown host") from error


def require_csrf_token(identity: Identity, headers: dict[str, str]) -> None:
    """What rides on a session shows that it may read the session's token, as in the API."""
    if identity.csrf_token is None or not settings.API_CSRF_PROTECTION:
        return
    if not constant_time_compare(headers.get("x-csrf-token", ""), identity.csrf_token):
        raise RefusedError(403, "Missing or invalid CSRF token", identity.cors)


def look_up(scope: Scope) -> Identity:
    """Who the request's credentials belong to, by the API's own authentication."""
    request = _django_request(scope)
    rides_on_session = SESSION_KEY in request.session
    try:
        found = ApiAuthentication().authenticate(Request(request))
    except LockedOut as error:
        wait = (b"Retry-After", str(error.wait).encode())
        raise _unauthenticated(request, wait) from error
    except AuthenticationFailed as error:
        raise _unauthenticated(request) from error
    if found is None:
        raise _unauthenticated(request)
    user: Any = found[0]
    request.user = user
    if user.change_password_on_first_login:
        raise RefusedError(403, "The password must be changed first", _cors_headers(request))
    return Identity(
        user_id=str(user.pk),
        contact_center_id=str(user.contact_center_id) if user.contact_center_id else None,
        roles=frozenset(Role) if user.is_superuser else frozenset(map(Role, user.roles)),
        csrf_token=csrf_token(request) if rides_on_session else None,
        cors=_cors_headers(request),
    )


def _django_request(scope: Scope) -> Any:
    """The request as Django's authentication reads it; a write's CSRF token is asked for later."""
    as_get = {**scope, "type": "http", "method": "GET", "query_string": b""}
    request: Any = ASGIRequest(as_get, BytesIO())
    key = cookies_of(header_texts(scope)).get(settings.SESSION_COOKIE_NAME)
    # Without a cookie there is no session, and Basic credentials make none here.
    stored = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = stored(key) if key else UnstoredSession()
    request.user = get_user(request)
    return request


def _unauthenticated(request: Any, *headers: tuple[bytes, bytes]) -> RefusedError:
    """As `portal.api.errors` refuses, but as text."""
    cors = _cors_headers(request)
    if settings.API_PROFILE == "8.5.202":
        return RefusedError(403, "Access denied", (*headers, *cors))
    if request.headers.get("X-Requested-With") != "XMLHttpRequest":
        headers = (*headers, (b"WWW-Authenticate", b'Basic realm="portal", charset="UTF-8"'))
    return RefusedError(401, "Access denied", (*headers, *cors))


def _cors_headers(request: Any) -> Headers:
    if "Origin" not in request.headers:
        return ()
    response = HttpResponse()
    del response["Content-Type"]
    CorsMiddleware(lambda _: response).add_response_headers(request, response)
    return tuple((name.encode(), value.encode()) for name, value in response.items())


def _connected(look: Lookup, scope: Scope) -> Identity:
    close_old_connections()
    try:
        return look(scope)
    finally:
        close_old_connections()
