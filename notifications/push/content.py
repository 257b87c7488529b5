"""What is pushed of a message: so little that the smallest limit, 256 bytes, holds it.

The mobile application wakes up and asks for the rest. Source: seed 001 "Push notification format".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from notifications.messages import CALLS, DEVICES, Message

_CALL_MESSAGE, _DEVICE_MESSAGE = "CallStateChangeMessage", "DeviceStateChangeMessage"
_CALL_NOTIFICATIONS = frozenset(
    {
        *("DtmfSent", "StatusChange", "ParticipantsUpdated", "AttachedDataChanged"),
        "MonitoredUserMutedStateChange",
    }
)


@dataclass(frozen=True, slots=True)
class Push:
    device_id: str
    tag: str
    text: str


def pushes_of(message: Message, user_id: UUID) -> Iterator[Push]:
    """What a message to this user comes to; errors and everything else are not pushed."""
    content: Any = message.data if isinstance(message.data, dict) else {}
    kind = content.get("messageType")
    if message.topic == CALLS and kind == _CALL_MESSAGE:
        if content.get("notificationType") in _CALL_NOTIFICATIONS:
            yield _of_call(content, user_id)
    elif message.topic == DEVICES and kind == _DEVICE_MESSAGE:
        for device in content["devices"]:
            yield _of_device(str(device["id"]), user_id)


def tag_prefix(user_id: UUID) -> str:
    return f"gws.api.v2.users.{user_id.hex}."


def own_filter(given: str | None, user_id: UUID) -> str:
    """What of the filter lets through nothing but the user's own; all of his where that is nothing.

    A filter may list several, with commas between them, and write `<id>` for the user's. A gateway
    publishes to every subscription whose filter matches: another user's, or a wider one, would
    bring this device what is not for it.
    """
    prefix = tag_prefix(user_id)
    patterns = [one.strip() for one in (given or "").replace("<id>", user_id.hex).split(",")]
    return ",".join(one for one in patterns if one.startswith(prefix)) or f"{prefix}*"


def passes(filter_text: str, tag: str) -> bool:
    """Whether a tag matches one of a filter's patterns, in which `*` stands for anything."""
    return any(_matches(pattern, tag) for pattern in filter_text.split(","))


def _matches(pattern: str, tag: str) -> bool:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, tag) is not None


def _of_call(content: dict[str, Any], user_id: UUID) -> Push:
    call = content["call"]
    text = {
        "callId": call["id"],
        "messageType": _CALL_MESSAGE,
        "notificationType": content["notificationType"],
    }
    return Push(
        device_id=str(call["devicePath"]).rpartition("/")[2],
        tag=f"{tag_prefix(user_id)}calls.{call['id']}",
        text=orjson.dumps(text).decode(),
    )


def _of_device(device_id: str, user_id: UUID) -> Push:
    text = {"deviceId": device_id, "messageType": _DEVICE_MESSAGE}
    return Push(
        device_id=device_id,
        tag=f"{tag_prefix(user_id)}devices.{device_id}",
        text=orjson.dumps(text).decode(),
    )
