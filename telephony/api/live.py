"""The live fields of devices and users: as many queries for an answer, whatever it holds.

An agent's state is that of his voice channel at `/users`, and at each of his devices its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.api.fields import Loaded, Reading
from provisioning.models import Device
from telephony.api.monitoring import monitoring_capabilities
from telephony.columns import mode_of_row
from telephony.device_resource import device_capabilities, device_state
from telephony.models import AgentSession, Forwarding, OtherDevice
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
        wanted = {f"{key}__among": [obj.pk for obj in objects]}
        found: list[Any] = list(AgentSession.objects.filter(**wanted))
        if key == DEVICE:
            found += OtherDevice.objects.filter(**wanted)
        sessions = {getattr(session, key): session for session in found}
        # Holding the objects keeps their id from being given to others.
        reading.memo[memo_key] = objects, {obj.pk: sessions.get(obj.pk) for obj in objects}
    return dict(reading.memo[memo_key][1])


def _disturbed_elsewhere(sessions: Mapping[Any, Any]) -> set[Any]:
    """The users with do-not-disturb where they work, and not at another device of theirs."""
    asked = [
        pk for pk, one in sessions.items() if one and one.is_do_not_disturb and one.other_count
    ]
    if not asked:
        return set()
    others = OtherDevice.objects.filter(session_id__among=asked, is_do_not_disturb=False)
    return set(others.values_list("session_id", flat=True))


def _mode(session: Any) -> Mode:
    return mode_of_row(session) if session else INACTIVE


def load_device_state(devices: Sequence[Any], reading: Reading) -> dict[Any, str]:
    sessions = _sessions_by(DEVICE, devices, reading)
    unreachable = set(
        Device.objects.filter(
            pk__among=list(sessions), voice_environment__voice_link__is_up=False
        ).values_list("pk", flat=True)
    )
    return {
        pk: device_state(_mode(session), is_registered=pk not in unreachable)
        for pk, session in sessions.items()
    }


def load_capabilities(devices: Sequence[Any], reading: Reading) -> dict[Any, list[str]]:
    monitoring = monitoring_capabilities(devices, reading)
    forwardings = load_forward_to(devices, reading)
    return {
        pk: device_capabilities(
            is_do_not_disturb=bool(session and session.is_do_not_disturb),
            is_forwarding=pk in forwardings,
            monitoring=monitoring.get(pk, ()),
        )
        for pk, session in _sessions_by(DEVICE, devices, reading).items()
    }


def load_forward_to(devices: Sequence[Any], reading: Reading) -> dict[Any, str]:
    """The numbers that devices forward their calls to; those that keep them are left out."""
    memo_key = ("forwardings", id(devices))
    if memo_key not in reading.memo:
        found = Forwarding.objects.filter(pk__among=[device.pk for device in devices])
        # Holding the devices keeps their id from being given to others.
        reading.memo[memo_key] = devices, dict(found.values_list("pk", "destination"))
    return dict(reading.memo[memo_key][1])


def user_state_of(key: str) -> Loaded:
    """The field `userState` of users, or of devices."""

    def load(objects: Sequence[Any], reading: Reading) -> dict[Any, Any]:
        sessions = _sessions_by(key, objects, reading)
        return {pk: user_state(_mode(session)) for pk, session in sessions.items()}

    return Loaded(name="userState", load=load, needs_objects=False, shape=USER_STATE_SHAPE)


def do_not_disturb_of(key: str, *, name: str = "doNotDisturb") -> Loaded:
    """Whether users, at all of their devices, or devices take no calls: "On" or "Off"."""

    def load(objects: Sequence[Any], reading: Reading) -> dict[Any, str]:
        sessions = _sessions_by(key, objects, reading)
        disturbed = _disturbed_elsewhere(sessions) if key == USER else set()
        return {
            pk: "On" if session and session.is_do_not_disturb and pk not in disturbed else "Off"
            for pk, session in sessions.items()
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
    Loaded(name="forwardTo", load=load_forward_to, needs_objects=False, shape={"type": "string"}),
    Loaded(
        name="capabilities",
        load=load_capabilities,
        needs_objects=False,
        row_attributes=("user_id",),
        shape={"type": "array", "items": {"type": "string"}},
    ),
)
