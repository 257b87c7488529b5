"""What is live of a device, as clients read it. Source: seed 003 "Devices API"; contract §3."""

from typing import Any

from telephony.modes import user_state
from telephony.switch.state import INACTIVE, Mode
from telephony.switch.tables import Presence


def device_state(mode: Mode) -> str:
    return "Inactive" if mode.presence is Presence.INACTIVE else "Active"


def device_capabilities(*, is_do_not_disturb: bool, is_forwarding: bool = False) -> list[str]:
    """One of each pair, always (contract §3)."""
    return [
        "ForwardCallsOff" if is_forwarding else "ForwardCallsOn",
        "DoNotDisturbOff" if is_do_not_disturb else "DoNotDisturbOn",
    ]


def device_content(
    device_id: str, mode: Mode = INACTIVE, *, is_do_not_disturb: bool = False
) -> dict[str, Any]:
    """The live part of the device resource, for events."""
    content: dict[str, Any] = {
        "id": device_id,
        "path": f"/devices/{device_id}",
        "deviceState": device_state(mode),
        "doNotDisturb": "On" if is_do_not_disturb else "Off",
        "capabilities": device_capabilities(is_do_not_disturb=is_do_not_disturb),
    }
    if (state := user_state(mode)) is not None:
        content["userState"] = state
    return content
