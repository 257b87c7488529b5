"""Recording of calls. Source: seed 003 "Call Recording API"."""

from collections.abc import Mapping

from telephony.switch.capabilities import state_after
from telephony.switch.effects import Effect, NotificationType, shared_fact
from telephony.switch.parties import untold_data
from telephony.switch.state import Call, Leg
from telephony.switch.tables import CallOperation, RecordingState

_LEADS_TO: Mapping[CallOperation, RecordingState] = {
    CallOperation.START_RECORDING: RecordingState.RECORDING,
    CallOperation.STOP_RECORDING: RecordingState.STOPPED,
    CallOperation.PAUSE_RECORDING: RecordingState.PAUSED,
    CallOperation.RESUME_RECORDING: RecordingState.RECORDING,
}
# What the switch attaches to the call.
RECORD_KEY = "GSIP_RECORD"
_ATTACHED: Mapping[RecordingState, str] = {
    RecordingState.RECORDING: "ON",
    RecordingState.PAUSED: "PAUSED",
    RecordingState.STOPPED: "OFF",
}


def control(call: Call, leg: Leg, operation: CallOperation, *, at_ms: int) -> list[Effect]:
    """Start, stop, pause or resume, as a party asks."""
    state_after(call, leg, operation)
    return _set(call, _LEADS_TO[operation], at_ms=at_ms)


def begin(call: Call, *, at_ms: int) -> list[Effect]:
    """The contact center wants this call recorded, unless it is."""
    if call.recording is not RecordingState.NONE:
        return []
    return _set(call, RecordingState.RECORDING, at_ms=at_ms)


def _set(call: Call, state: RecordingState, *, at_ms: int) -> list[Effect]:
    call.recording = state
    call.user_data[RECORD_KEY] = _ATTACHED[state]
    return [
        untold_data(call, at_ms=at_ms),
        shared_fact(
            "call.recording",
            call,
            notification_type=NotificationType.RECORDING_STATE_CHANGE,
            at_ms=at_ms,
        ),
    ]
