"""What a supervisor can do in each state of a monitoring, and what it leads to, as data.

Capabilities, checks and docs/telephony.md are read from here. Source: contract §4; seed 001
"Supervisor"; seed 003 "Devices API".
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from telephony.switch.tables import INCORRECT_STATE, MonitorKind, RefusedError


class MonitorMode(enum.StrEnum):
    ALL_CALLS = "AllCalls"
    NEXT_CALL = "NextCall"


class MonitorScope(enum.StrEnum):
    """Whom the supervisor stays with when the call leaves the agent."""

    CALL = "Call"
    AGENT = "Agent"


class MonitorPhase(enum.StrEnum):
    """Off: nobody is monitored. Waiting: for the agent's next call. Else how he takes part."""

    OFF = "Off"
    WAITING = "Waiting"
    LISTEN_IN = "ListenIn"
    COACH = "Coach"
    BARGE_IN = "BargeIn"


class MonitorOperation(enum.StrEnum):
    LISTEN_IN = "ListenIn"
    COACH = "Coach"
    BARGE_IN = "BargeIn"
    CANCEL = "CancelSupervisorMonitoring"
    SWITCH_TO_BARGE_IN = "SwitchToBargeIn"
    SWITCH_TO_LISTEN_IN = "SwitchToListenIn"
    MUTE = "MuteMonitoredUser"
    UNMUTE = "UnmuteMonitoredUser"


_WAITS = {
    MonitorOperation.LISTEN_IN: MonitorPhase.WAITING,
    MonitorOperation.COACH: MonitorPhase.WAITING,
    MonitorOperation.BARGE_IN: MonitorPhase.WAITING,
}


def _in_call(
    phase: MonitorPhase, **leads_to: MonitorPhase
) -> Mapping[MonitorOperation, MonitorPhase]:
    """A kind asked for anew holds from the next call on, unless the talk can switch to it."""
    return {
        MonitorOperation.LISTEN_IN: leads_to.get("SWITCH_TO_LISTEN_IN", phase),
        MonitorOperation.COACH: phase,
        MonitorOperation.BARGE_IN: leads_to.get("SWITCH_TO_BARGE_IN", phase),
        MonitorOperation.CANCEL: MonitorPhase.OFF,
        **{MonitorOperation[name]: after for name, after in leads_to.items()},
        MonitorOperation.MUTE: phase,
        MonitorOperation.UNMUTE: phase,
    }


MONITOR_OPERATIONS: Mapping[MonitorPhase, Mapping[MonitorOperation, MonitorPhase]] = {
    MonitorPhase.OFF: _WAITS,
    MonitorPhase.WAITING: {**_WAITS, MonitorOperation.CANCEL: MonitorPhase.OFF},
    MonitorPhase.LISTEN_IN: _in_call(
        MonitorPhase.LISTEN_IN, SWITCH_TO_BARGE_IN=MonitorPhase.BARGE_IN
    ),
    MonitorPhase.COACH: _in_call(
        MonitorPhase.COACH,
        SWITCH_TO_BARGE_IN=MonitorPhase.BARGE_IN,
        SWITCH_TO_LISTEN_IN=MonitorPhase.LISTEN_IN,
    ),
    MonitorPhase.BARGE_IN: _in_call(
        MonitorPhase.BARGE_IN, SWITCH_TO_LISTEN_IN=MonitorPhase.LISTEN_IN
    ),
}

_OF_A_DEVICE = (MonitorOperation.LISTEN_IN, MonitorOperation.COACH, MonitorOperation.BARGE_IN)
# Contract §3: these two stand in no example's list of capabilities, and work all the same.
_OF_A_CALL = (MonitorOperation.SWITCH_TO_BARGE_IN, MonitorOperation.SWITCH_TO_LISTEN_IN)


def phase_after(phase: MonitorPhase, operation: MonitorOperation) -> MonitorPhase:
    """What the operation leads to. Raises RefusedError where the phase does not allow it."""
    try:
        return MONITOR_OPERATIONS[phase][operation]
    except KeyError:
        raise RefusedError(INCORRECT_STATE) from None


def device_capabilities_of(phase: MonitorPhase) -> list[str]:
    """What the supervisor reads in the capabilities of a device."""
    offered = (*_OF_A_DEVICE, MonitorOperation.CANCEL)
    return [str(name) for name in offered if name in MONITOR_OPERATIONS[phase]]


def call_capabilities_of(kind: MonitorKind) -> list[str]:
    """What monitoring adds to the capabilities of the supervisor's leg."""
    possible = MONITOR_OPERATIONS[MonitorPhase(kind)]
    return [str(name) for name in _OF_A_CALL if name in possible]


def is_muted_in(kind: MonitorKind) -> bool:
    """Whether the customer cannot hear the supervisor."""
    return kind is not MonitorKind.BARGE_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringState:
    """What a supervisor has asked for at his own device, of the agent's device `device_id`."""

    kind: MonitorKind
    mode: MonitorMode
    scope: MonitorScope
    device_id: str
    own_device_id: str
    needs_session: bool = False
