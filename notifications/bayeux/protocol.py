"""Bayeux messages: what a request says, and the replies to it.

Error texts are those of CometD 3, of which clients read the three digits.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

from notifications.bayeux.window import Entry

HANDSHAKE = "/meta/handshake"
CONNECT = "/meta/connect"
DISCONNECT = "/meta/disconnect"
SUBSCRIBE = "/meta/subscribe"
UNSUBSCRIBE = "/meta/unsubscribe"

UNKNOWN_CLIENT = "402::Unknown client"
HANDSHAKE_DENIED = "403::Handshake denied"
SUBSCRIBE_DENIED = "403::subscribe_denied"
SUBSCRIPTION_MISSING = "403::subscription_missing"
SUBSCRIPTION_INVALID = "403::subscription_invalid"
PUBLISH_DENIED = "403::publish_denied"
CHANNEL_MISSING = "400::channel_missing"
CHANNEL_UNKNOWN = "404::unknown_channel"
NO_COMMON_TRANSPORT = "400::no_common_connection_type"

LONG_POLLING = "long-polling"
CALLBACK_POLLING = "callback-polling"
WEBSOCKET = "websocket"

Json = dict[str, Any]


class MalformedError(Exception):
    """The request is no Bayeux request at all."""


@dataclass(slots=True)
class Answer:
    """What goes back: events first, then replies in the order of the request."""

    entries: list[Entry] = field(default_factory=list)
    replies: list[Json] = field(default_factory=list)
    new_browser: str = ""
    is_last: bool = False

    def body(self, base: str) -> bytes:
        parts = [entry.text(base) for entry in self.entries]
        parts += [orjson.dumps(reply) for reply in self.replies]
        return b"[" + b",".join(parts) + b"]"


def parse(content: bytes | str) -> list[Json]:
    """The messages of a request: an array of objects, or a single one."""
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise MalformedError from error
    messages = parsed if isinstance(parsed, list) else [parsed]
    if not messages or not all(isinstance(message, dict) for message in messages):
        raise MalformedError
    return messages


def reply_to(message: Json, **more: Any) -> Json:
    reply: Json = {"channel": message.get("channel", ""), "successful": True, **more}
    if "id" in message:
        reply["id"] = message["id"]
    return reply


def refusal_of(message: Json, error: str, **more: Any) -> Json:
    return reply_to(message, **{"successful": False, "error": error, **more})


def unknown_client(message: Json) -> Json:
    """Only a connect's reply steers the client; it then shakes hands again."""
    if message.get("channel") == CONNECT:
        return refusal_of(message, UNKNOWN_CLIENT, advice={"reconnect": "handshake", "interval": 0})
    return refusal_of(message, UNKNOWN_CLIENT)


def number_in(message: Json, *path: str) -> int | None:
    """A whole number somewhere in a message, or None; clients send what they like."""
    value: Any = message
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number else None


def asks_for_ack(message: Json) -> bool:
    ext = message.get("ext")
    ack = ext.get("ack") if isinstance(ext, dict) else None
    return ack is True or (isinstance(ack, dict) and ack.get("enabled") is True)


def timesync(message: Json, *, received_ms: int, now_ms: int) -> Json | None:
    """The answer to the time-synchronisation extension.

    Left out where the client's clock is known to it well enough: a lag, and under 25 ms off.
    """
    sent, lag, offset = (number_in(message, "ext", "timesync", name) for name in ("tc", "l", "o"))
    if sent is None:
        return None
    accuracy = sent + (offset or 0) + (lag or 0) - received_ms
    if lag and abs(accuracy) < 25:
        return None
    return {"tc": sent, "ts": received_ms, "p": now_ms - received_ms, "a": accuracy}
