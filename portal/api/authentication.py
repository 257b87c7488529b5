"""Who calls: HTTP Basic, a program's token, or the session that Basic or the sign-in page opened.

Source: contract §1 "Authentication" and "CSRF".
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    authenticate,
    get_user_model,
    user_logged_in,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from portal.api.lockout import seconds_to_wait

CSRF_HEADER_NAME = "X-CSRF-TOKEN"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_VERIFIED_SECONDS = 60
_BACKEND = settings.AUTHENTICATION_BACKENDS[-1]


class CsrfRefused(APIException):
    """A write that rides on a session came without the session's token."""

    status_code = 403


def csrf_token(request: HttpRequest) -> str:
    """The token that requests riding on this session must send; lives as long as the session."""
    return salted_hmac("portal.api.csrf", request.session.session_key or "").hexdigest()


class LockedOut(AuthenticationFailed):
    """Passwords for this user name are not looked at for so many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


# From a token's text to the user it acts as and the token; None where it is none.
TokenCheck = Callable[[str], tuple[Any, Any] | None]


class ApiAuthentication(BaseAuthentication):
    """A token or Basic credentials, else the session.

    With a session cookie, writes need the CSRF token; but not those with a token of their own,
    which no browser sends by itself.
    """

    # Set once by the room that keeps the tokens. What it gives as token is the request's `auth`.
    check_token: ClassVar[TokenCheck | None] = None

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._holder(text.strip())
        django_request = request._request
        rides_on_session = SESSION_KEY in django_request.session
        if rides_on_session and request.method not in SAFE_METHODS:
            _require_csrf_token(django_request)
        if scheme.lower() == "basic":
            return _basic_user(django_request, text), None
        user = getattr(django_request, "user", None)
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        return user, None

    def _holder(self, text: str) -> tuple[Any, Any]:
        check = type(self).check_token
        found = None if check is None else check(text)
        if found is None:
            raise AuthenticationFailed
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="portal", charset="UTF-8"'


def lockout_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that wrong passwords are counted for: user names are one whatever their case."""
    return str((credentials or {}).get("username") or "").lower()


def _require_csrf_token(request: HttpRequest) -> None:
    if not settings.API_CSRF_PROTECTION:
        return
    if not constant_time_compare(request.headers.get(CSRF_HEADER_NAME, ""), csrf_token(request)):
        raise CsrfRefused


def _basic_user(request: HttpRequest, encoded: str) -> Any:
    user_name, password = _credentials(encoded)
    user = _verified_user(request, user_name, password)
    if user is None:
        # Else the lockout middleware would put a line of text in place of our answer.
        request.axes_locked_out = False  # type: ignore[attr-defined]
        if wait := seconds_to_wait(request, user_name):
            raise LockedOut(wait)
        raise AuthenticationFailed
    if request.session.get(SESSION_KEY) != str(user.pk):
        _open_session(request, user)
    return user


def _open_session(request: HttpRequest, user: AbstractBaseUser) -> None:
    """A session of this user, without the signals of a sign-in: a program may open many."""
    if request.session.session_key is not None:
        request.session.flush()
    request.session[SESSION_KEY] = str(user.pk)
    request.session[BACKEND_SESSION_KEY] = _BACKEND
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    request.session.save()


def _credentials(encoded: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise AuthenticationFailed from error
    user_name, separator, password = decoded.partition(":")
    if not separator or "\0" in decoded:
        raise AuthenticationFailed
    return user_name, password


def _verified_user(request: HttpRequest, user_name: str, password: str) -> Any:
    """The user with these credentials, or None.

    Hashing a password costs tens of milliseconds on purpose; a client that sends Basic with each
    request pays once a minute. The key contains the stored hash, so a changed password is
    refused at once, and the user is read anew, so a disabled one is too.
    """
    users: Any = get_user_model()._default_manager
    user: Any = users.with_features().filter(user_name__iexact=user_name).first()
    if user is not None and user.is_active:
        key = "basic:" + _fingerprint(user, password)
        if cache.get(key):
            return user
        verified: Any = authenticate(request, username=user.user_name, password=password)
        if verified is not None:
            cache.set(key, 1, _VERIFIED_SECONDS)
            user_logged_in.send(sender=type(verified), request=request, user=verified)
        return verified
    # An unknown name is tried all the same: it takes as long, and is counted by the lockout.
    return authenticate(request, username=user_name, password=password)


def _fingerprint(user: AbstractBaseUser, password: str) -> str:
    secret = settings.SECRET_KEY.encode()
    content = f"{user.pk}:{user.password}:{password}".encode()
    return hmac.new(secret, content, hashlib.sha256).hexdigest()
