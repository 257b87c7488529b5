"""What clients are told of an event: topic, content, and to whom.

`messages_for` is a pure function of the event: nothing of the past is asked for. Content carries
paths; `Message.content` completes it with the URIs of one client's host.

An event of a room that this one does not know may carry messages of its own: an attribute
`notifications`, a list of {user_id, topic, data}.

Source: contract §5; seed 001 "Asynchronous Events"; seed 004; seed 003 "CometD Notifications".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from portal.api.roles import EVERYONE, SUPERVISORS, Roles
from portal.events.log import Event
from provisioning.events import PasswordChanged, ServiceStateChanged
from telephony.call_resource import with_uris as call_with_uris

ME = "/v2/me"
DEVICES = "/v2/me/devices"
CALLS = "/v2/me/calls"
CHANNELS = "/v2/me/channels"
INTERACTIONS = "/v2/me/interactions"
WORKBINS = "/v2/me/workbins"
RECORDINGS = "/v2/me/recordings"
USERS = "/v2/users"
SERVICES = "/notifications/services"
TOPICS = (ME, DEVICES, CALLS, CHANNELS, INTERACTIONS, WORKBINS, RECORDINGS, USERS, SERVICES)

_RECORDING_CHANGE = "CallRecordingStateChange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """For one user where `user_id` is given, else for all of a contact center with the roles."""

    topic: str
    data: Any
    user_id: str | None = None
    contact_center_id: str | None = None
    roles: Roles = EVERYONE
    occurred_at_ms: int = 0
    # Whether `data` goes out as it is.
    is_complete: bool = False

    def content(self, base: str) -> Any:
        """`data` as a client reads it that reaches the API under `base` (`http://HOST/api/v2`)."""
        if self.is_complete:
            return self.data
        content = {
            name: call_with_uris(value, base) if name == "call" else value
            for name, value in _completed(self.data, base).items()
        }
        if settings.API_PROFILE == "8.5.202":
            content["metrics"] = {"occurredAt": self.occurred_at_ms}
        return content


def messages_for(event: Event) -> list[Message]:
    """What an event makes clients hear, in the order in which they hear it."""
    return list(_make(event))


def _make(event: Event) -> Iterator[Message]:
    if isinstance(event, PasswordChanged):
        yield from _of_password(event)
    elif isinstance(event, ServiceStateChanged):
        yield _of_service(event)
    elif event.kind in _BY_KIND:
        yield from _BY_KIND[event.kind](event)
    elif hasattr(event, "views"):
        yield from _of_call(event)
    elif hasattr(event, "device"):
        yield from _of_device(event)
    for told in getattr(event, "notifications", ()):
        yield _to(event, told["user_id"], told["topic"], told["data"])


def _to(event: Event, user_id: str, topic: str, data: Any) -> Message:
    return Message(topic=topic, data=data, user_id=user_id, occurred_at_ms=event.occurred_at_ms)


def _of_call(event: Any) -> Iterator[Message]:
    for view in event.views:
        if not view["user_id"]:
            continue
        kind = view.get("notification_type") or "StatusChange"
        data = {
            "messageType": "CallStateChangeMessage",
            "notificationType": kind,
            "call": view["call"],
        }
        if phone_number := view.get("phone_number"):
            data["phoneNumber"] = phone_number
        yield _to(event, view["user_id"], CALLS, data)
        if kind == _RECORDING_CHANGE:
            yield _to(event, view["user_id"], RECORDINGS, _recording(view["call"]))


def _recording(call: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageType": "RecordingStateChangeMessage",
        "notificationType": _RECORDING_CHANGE,
        "callPath": call["path"],
        "devicePath": call["devicePath"],
        "recordingState": call.get("recordingState", "Stopped"),
    }


def _of_device(event: Any) -> Iterator[Message]:
    if not event.user_id:
        return
    devices = {"messageType": "DeviceStateChangeMessage", "devices": [event.phone | event.device]}
    yield _to(event, event.user_id, DEVICES, devices)
    if event.kind.startswith("agent.") or event.kind == "device.changed":
        yield _to(event, event.user_id, CHANNELS, _channel(event))


def _channel(event: Any) -> dict[str, Any]:
    channel: dict[str, Any] = {"channel": "voice", "dndState": event.do_not_disturb}
    if event.user_state is not None:
        channel["userState"] = event.user_state
    return {"messageType": "ChannelStateChangeMessage", "channels": [channel]}


def _of_refusal(event: Any) -> Iterator[Message]:
    data: dict[str, Any] = {"messageType": "ErrorMessage"}
    if event.device_id:
        data["devicePath"] = f"/devices/{event.device_id}"
    if event.call_id:
        data["callPath"] = f"/calls/{event.call_id}"
    if event.call_uuid:
        data["callUuid"] = event.call_uuid
    data["errorMessage"] = event.message
    yield _to(event, event.user_id, CALLS if event.call_id else DEVICES, data)


def _of_password(event: PasswordChanged) -> Iterator[Message]:
    data: dict[str, Any] = {
        "messageType": "PasswordChangeMessage",
        "notificationType": event.outcome,
    }
    if event.error_code is not None:
        data["errorMessage"] = event.error_message
        data["errorCode"] = event.error_code
    yield _to(event, event.user_id, ME, data)
    user_id = event.user_id.replace("-", "")
    yield Message(
        topic=USERS,
        data={**data, "userPath": f"/users/{user_id}", "userId": user_id},
        contact_center_id=event.contact_center_id,
        roles=SUPERVISORS,
        occurred_at_ms=event.occurred_at_ms,
    )


def _of_service(event: ServiceStateChanged) -> Message:
    service = {
        "id": event.service_id,
        "path": f"/services/{event.service_id}",
        "name": event.name,
        "type": event.type,
        "state": event.state,
    }
    return Message(
        topic=SERVICES,
        data={"messageType": "ServiceStateChangeMessage", "service": service},
        contact_center_id=event.contact_center_id,
        occurred_at_ms=event.occurred_at_ms,
    )


def _of_trigger(event: Any) -> Iterator[Message]:
    yield Message(
        topic=event.channel,
        data=event.data,
        user_id=event.user_id,
        occurred_at_ms=event.occurred_at_ms,
        is_complete=True,
    )


_BY_KIND: dict[str, Callable[[Any], Iterator[Message]]] = {
    "request.refused": _of_refusal,
    "notification.triggered": _of_trigger,
}


# What lies in these is whoever's it is; a call is completed by the room that knows calls.
_LEFT_ALONE = frozenset({"call", "userData"})


def _completed(value: Any, base: str) -> Any:
    """A copy with a `uri` beside each `path`, and `xUri` in place of `xPath`."""
    if isinstance(value, list):
        return [_completed(item, base) for item in value]
    if not isinstance(value, dict):
        return value
    completed: dict[str, Any] = {}
    for name, item in value.items():
        if name in _LEFT_ALONE:
            completed[name] = item
            continue
        if name == "path" and isinstance(item, str) and item.startswith("/"):
            completed["uri"] = base + item
        elif name.endswith("Path") and isinstance(item, str) and item.startswith("/"):
            completed[name.removesuffix("Path") + "Uri"] = base + item
            continue
        completed[name] = _completed(item, base)
    return completed
