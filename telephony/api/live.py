"""The live fields of devices and users: one query for an answer, whichever of them it shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.api.fields import Loaded, Reading
from telephony.columns import mode_of_row
from telephony.device_resource import device_capabilities, device_state
from telephony.models import AgentSession
from telephony.modes import user_state
from telephony.switch.state import INACTIVE, Mode

# The agent session's key to a user, and to the device it is at.
USER, DEVICE = "user_id", "device_id"
_ON_OFF = {"type": "string", "enum": ["On", "Off"]}
USER_STATE_SHAPE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        name: {"type": "string"} for name in ("id", "displayName", "state", "workMode", "reason")
    },
}


def _sessions_by(key: str, objects: Sequence[Any], reading: Reading) -> dict[Any, Any]:
    """The agent sessions of these users or devices; the first field of an answer loads them."""
    memo_key = ("agent sessions", key, id(objects))
    if memo_key not in reading.memo:
        found = AgentSession.objects.filter(**{f"{key}__among": [obj.pk for obj in objects]})
        sessions = {getattr(session, key): session for session in found}
        # Holding the objects keeps their id from being given to others.
        reading.memo[memo_key] = objects, {obj.pk: sessions.get(obj.pk) for obj in objects}
    return dict(reading.memo[memo_key][1])


def _mode(session: Any) -> Mode:
    return mode_of_row(session) if session else INACTIVE


def load_device_state(devices: Sequence[Any], reading: Reading) -> dict[Any, str]:
    sessions = _sessions_by(DEVICE, devices, reading)
    return {pk: device_state(_mode(session)) for pk, session in sessions.items()}


def load_capabilities(devices: Sequence[Any], reading: Reading) -> dict[Any, list[str]]:
    return {
        pk: device_capabilities(is_do_not_disturb=bool(session and session.is_do_not_disturb))
        for pk, session in _sessions_by(DEVICE, devices, reading).items()
    }


def user_state_of(key: str) -> Loaded:
    """The field `userState` of users, or of devices."""

    def load(objects: Sequence[Any], reading: Reading) -> dict[Any, Any]:
        sessions = _sessions_by(key, objects, reading)
        return {pk: user_state(_mode(session)) for pk, session in sessions.items()}

    return Loaded(name="userState", load=load, needs_objects=False, shape=USER_STATE_SHAPE)


def do_not_disturb_of(key: str, *, name: str = "doNotDisturb") -> Loaded:
    """Whether users, or devices, take no calls: "On" or "Off"."""

    def load(objects: Sequence[Any], reading: Reading) -> dict[Any, str]:
        return {
            pk: "On" if session and session.is_do_not_disturb else "Off"
            for pk, session in _sessions_by(key, objects, reading).items()
        }

    return Loaded(name=name, load=load, needs_objects=False, shape=_ON_OFF)


DEVICE_FIELDS = (
    Loaded(
        name="deviceState",
        load=load_device_state,
        needs_objects=False,
        shape={"type": "string", "enum": ["Active", "Inactive"]},
    ),
    user_state_of(DEVICE),
    do_not_disturb_of(DEVICE),
    Loaded(
        name="capabilities",
        load=load_capabilities,
        needs_objects=False,
        shape={"type": "array", "items": {"type": "string"}},
    ),
)
