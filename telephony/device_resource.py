"""What is live of a device, as clients read it. Source: seed 003 "Devices API"; contract §3."""

from collections.abc import Iterable
from typing import Any

from provisioning.models import Device
from telephony.modes import user_state
from telephony.switch.monitoring_table import (
    MonitoringState,
    MonitorPhase,
    device_capabilities_of,
)
from telephony.switch.state import INACTIVE, Mode
from telephony.switch.tables import Presence


def device_state(mode: Mode, *, is_registered: bool = True) -> str:
    """Active while a session has it and its switch is there."""
    is_active = is_registered and mode.presence is not Presence.INACTIVE
    return "Active" if is_active else "Inactive"


def device_capabilities(
    *,
    is_do_not_disturb: bool,
    is_forwarding: bool = False,
    monitoring: Iterable[str] = (),
) -> list[str]:
    """One of each pair, always (contract §3), and what supervisors can do with it."""
    return [
        "ForwardCallsOff" if is_forwarding else "ForwardCallsOn",
        "DoNotDisturbOff" if is_do_not_disturb else "DoNotDisturbOn",
        *monitoring,
    ]


def own_monitoring(state: MonitoringState) -> dict[str, str]:
    """What a supervisor reads at his own device of what he monitors."""
    return {
        "state": str(state.kind),
        "mode": str(state.mode),
        "scope": str(state.scope),
        "targetDevicePath": f"/devices/{state.device_id}",
    }


def own_monitoring_capabilities(state: MonitoringState | None) -> list[str]:
    return device_capabilities_of(MonitorPhase.WAITING if state else MonitorPhase.OFF)


def phone_content(device: Device) -> dict[str, str]:
    """What a DeviceStateChangeMessage says of the device beside its live part (seed 001)."""
    content = {
        "phoneNumber": device.phone_number.number,
        "e164Number": device.phone_number.e164_number,
        "phoneNumberPath": f"/phone-numbers/{device.phone_number_id}",
        "telephonyNetwork": device.telephony_network,
        "voiceEnvironmentPath": f"/voice-environments/{device.voice_environment_id}",
        "type": device.type,
        "model": device.model,
        "vendor": device.vendor,
    }
    return {name: value for name, value in content.items() if value}


def device_content(
    device_id: str,
    mode: Mode = INACTIVE,
    *,
    is_do_not_disturb: bool = False,
    is_registered: bool = True,
    may_monitor: bool = False,
    monitoring: MonitoringState | None = None,
    forward_to: str | None = None,
) -> dict[str, Any]:
    """The live part of the device resource as its owner reads it, for events."""
    content: dict[str, Any] = {
        "id": device_id,
        "path": f"/devices/{device_id}",
        "deviceState": device_state(mode, is_registered=is_registered),
        "doNotDisturb": "On" if is_do_not_disturb else "Off",
        "capabilities": device_capabilities(
            is_do_not_disturb=is_do_not_disturb,
            is_forwarding=forward_to is not None,
            monitoring=own_monitoring_capabilities(monitoring) if may_monitor else (),
        ),
    }
    if forward_to is not None:
        content["forwardTo"] = forward_to
    if monitoring is not None:
        content["supervisorMonitoringState"] = own_monitoring(monitoring)
    if (state := user_state(mode)) is not None:
        content["userState"] = state
    return content
