"""What `/ws/me` shows: the user's own devices, calls and channels, as the API has them."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from notifications.messages import CALLS, CHANNELS, DEVICES, Message, messages_for
from portal.api.features import features_of
from portal.api.fields import Reading
from portal.events.log import Event, now_ms
from portal.events.reader import newest_event_id
from provisioning.api.users import Me
from provisioning.events import ProvisioningChanged, ServiceStateChanged
from provisioning.models import User

_PARTS = ("devices", "calls", "channels")
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whole:
    """All there is; it holds at least what the log says up to `cursor`."""

    cursor: int
    content: Frame


def read_whole(user: User, base: str) -> Whole:
    # The position comes first: what is committed in between is told twice rather than never.
    cursor = newest_event_id()
    reading = Reading(user, base)
    features = features_of(user)
    content: Frame = {
        part.name: list(part.load([user], reading).get(user.pk) or [])
        for part in Me.subresources
        if part.name in _PARTS and (part.feature is None or part.feature in features)
    }
    return Whole(cursor, {"type": "snapshot", **content})


def frames_of(messages: Iterable[Message], base: str) -> list[Frame]:
    """The frames that tell of an event: what changed, in one, and every other message as it is."""
    delta: Frame = {}
    others: list[Frame] = []
    for message in messages:
        content = message.content(base)
        kind = content.get("messageType") if isinstance(content, dict) else None
        match (message.topic, kind):
            case (topic, "DeviceStateChangeMessage") if topic == DEVICES:
                delta.setdefault("devices", []).extend(content["devices"])
            case (topic, "ChannelStateChangeMessage") if topic == CHANNELS:
                delta.setdefault("channels", []).extend(content["channels"])
            case (topic, "CallStateChangeMessage") if topic == CALLS:
                delta.setdefault("calls", []).append(content["call"])
            case _:
                others.append({"type": "message", "topic": message.topic, "data": content})
    return ([{"type": "delta", **delta}] if delta else []) + others


def messages_by_user(event: Event, user_ids: Container[str]) -> dict[str, list[Message]]:
    """What an event tells each of these users himself."""
    told: dict[str, list[Message]] = {}
    for message in messages_for(event):
        if message.user_id is not None and message.user_id in user_ids:
            told.setdefault(message.user_id, []).append(message)
    return told


def users_with_other_devices(event: Event) -> set[str]:
    """Whose devices an event changes in a way that only a new snapshot shows."""
    if not isinstance(event, ProvisioningChanged) or event.resource != "devices":
        return set()
    owners = {facts.get("user_id") for facts in (event.before, event.after) if facts}
    return {owner for owner in owners if owner}


def center_with_other_devices(event: Event) -> str | None:
    """The contact center all of whose devices may have become active or inactive."""
    if isinstance(event, ServiceStateChanged) and event.type == "Voice":
        return event.contact_center_id
    return None


def as_text(frame: Frame, *, seq: int) -> str:
    kind = frame["type"]
    rest = {name: value for name, value in frame.items() if name != "type"}
    return orjson.dumps({"type": kind, "seq": seq, "time": now_ms(), **rest}).decode()
