"""The push gateway: what brings notifications to mobile devices, and how to put another in.

A gateway is a class without arguments with the methods of `PushGateway`; the setting
`MOBILE_PUSH_GATEWAY` names it. A worker makes one, calls it for a while from one thread, and closes
it. Each method returns when the gateway has accepted the request and raises GatewayError else; the
request is then made again later. So a request may come twice, and must do no harm the second time.

`HttpGateway` speaks the notification API of Genesys Mobile Services. Source: seed 001 "Mobile Push
Notifications"; docs/push.md has its requests.
"""

import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import orjson
from django.conf import settings
from django.utils.module_loading import import_string

_TIMEOUT_SECONDS = 10.0
_PREFIX = "genesys/1/notification"
_LONGEST_ID = 255


class GatewayError(Exception):
    """The gateway has not done what it was asked."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A device that is to get the notifications whose tag the filter matches."""

    subscriber_id: str
    mobile_device_id: str
    push_type: str  # IOS or Android
    filter: str
    is_debug: bool
    expires_after_seconds: int


class PushGateway(Protocol):
    def subscribe(self, subscription: Subscription) -> str:
        """The new subscription's id, by which it is ended."""

    def publish(self, *, tag: str, message: str) -> None:
        """Bring the message, a JSON text, to the devices subscribed to the tag."""

    def unsubscribe(self, subscription_id: str) -> None:
        """One that is not there any more has been ended."""

    def close(self) -> None: ...


def is_configured() -> bool:
    """Whether there is a gateway at all; without one nobody is pushed to."""
    return bool(settings.MOBILE_PUSH_URL)


def open_gateway() -> PushGateway:
    gateway: PushGateway = import_string(settings.MOBILE_PUSH_GATEWAY)()
    return gateway


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class HttpGateway:
    """`PORTAL_MOBILE_PUSH_URL` and, after it, the paths of Genesys Mobile Services."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            base_url=settings.MOBILE_PUSH_URL,
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
            verify=_trusted(),
        )

    def subscribe(self, subscription: Subscription) -> str:
        content = {
            "subscriberId": subscription.subscriber_id,
            "notificationDetails": {
                "deviceId": subscription.mobile_device_id,
                "type": subscription.push_type.lower(),
                "properties": {"debug": "true" if subscription.is_debug else "false"},
            },
            "expire": subscription.expires_after_seconds,
            "filter": subscription.filter,
        }
        answer = self._request("POST", "subscription", content)
        try:
            identity = orjson.loads(answer.content)["id"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise GatewayError("The answer names no subscription") from error
        if not isinstance(identity, str) or not 0 < len(identity) <= _LONGEST_ID:
            raise GatewayError("The answer names no subscription")
        return identity

    def publish(self, *, tag: str, message: str) -> None:
        self._request("POST", "publish", {"tag": tag, "message": message})

    def unsubscribe(self, subscription_id: str) -> None:
        self._request("DELETE", f"subscription/{_quoted(subscription_id)}", gone_is_fine=True)

    def close(self) -> None:
        self._client.close()

    def _request(
        self, method: str, path: str, content: Any = None, *, gone_is_fine: bool = False
    ) -> httpx.Response:
        body = None if content is None else orjson.dumps(content)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = self._client.request(
                method, f"{_PREFIX}/{path}", content=body, headers=headers
            )
        except (httpx.HTTPError, OSError) as error:
            raise GatewayError(f"{type(error).__name__}: {error}") from error
        if answer.is_success or (gone_is_fine and answer.status_code in {404, 410}):
            return answer
        raise GatewayError(f"HTTP {answer.status_code}")


def _quoted(text: str) -> str:
    return quote(text, safe="")
