"""What is possible in each state and what it leads to, as data.

Capabilities, checks and refusals are all read from here. A new operation is a row, and a rule in
the module of its kind. Source: the capabilities in seed 001 "Voice API", call by call.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class LegState(enum.StrEnum):
    DIALING = "Dialing"
    RINGING = "Ringing"
    ESTABLISHED = "Established"
    HELD = "Held"
    RELEASED = "Released"


class CallType(enum.StrEnum):
    INBOUND = "Inbound"
    INTERNAL = "Internal"
    OUTBOUND = "Outbound"
    CONSULT = "Consult"


class CallOperation(enum.StrEnum):
    ANSWER = "Answer"
    REJECT = "Reject"
    HANGUP = "Hangup"
    HOLD = "Hold"
    RETRIEVE = "Retrieve"
    SEND_DTMF = "SendDtmf"
    MUTE_CALL = "MuteCall"
    UNMUTE_CALL = "UnmuteCall"
    SINGLE_STEP_CONFERENCE = "SingleStepConference"
    INITIATE_CONFERENCE = "InitiateConference"
    COMPLETE_CONFERENCE = "CompleteConference"
    REMOVE_PARTICIPANT = "RemoveParticipantFromConference"
    SWAP_CALLS = "SwapCalls"
    MERGE_WITH_OTHER_CALL = "MergeWithOtherCall"
    SINGLE_STEP_TRANSFER = "SingleStepTransfer"
    INITIATE_TRANSFER = "InitiateTransfer"
    COMPLETE_TRANSFER = "CompleteTransfer"
    ATTACH_USER_DATA = "AttachUserData"
    UPDATE_USER_DATA = "UpdateUserData"
    DELETE_USER_DATA = "DeleteUserData"
    DELETE_USER_DATA_PAIR = "DeleteUserDataPair"
    SET_CALL_DISPOSITION = "SetCallDisposition"
    START_RECORDING = "StartCallRecording"
    STOP_RECORDING = "StopCallRecording"
    PAUSE_RECORDING = "PauseCallRecording"
    RESUME_RECORDING = "ResumeCallRecording"


class RecordingState(enum.StrEnum):
    """What `recordingState` of a call says; NONE: it has not been recorded yet."""

    NONE = ""
    RECORDING = "Recording"
    PAUSED = "Paused"
    STOPPED = "Stopped"


class MonitorKind(enum.StrEnum):
    """How a supervisor takes part in somebody else's call."""

    LISTEN_IN = "ListenIn"
    COACH = "Coach"
    BARGE_IN = "BargeIn"


class Condition(enum.Enum):
    """What must hold besides the leg's state; its value says it in words."""

    NONE = ""
    ANSWERS_ON_REQUEST = "unless the device is public"
    CAME_FROM_A_QUEUE = "if a queue delivered the call"
    OTHERS_TAKE_PART = "while somebody else takes part"
    OTHER_HELD = "while another call is held at the device"
    OTHER_ESTABLISHED = "while another call is established at the device"
    UNMUTED_IN_CONFERENCE = "in a conference, unless muted"
    MUTED = "while muted"
    OWNS_CONFERENCE = "for the owner of a conference, and for supervisors"
    NOT_RECORDED = "while it is not recorded"
    RECORDED = "while it is recorded"
    RECORDING_PAUSED = "while its recording is paused"
    RECORDED_OR_PAUSED = "while it is recorded, or its recording paused"


@dataclass(frozen=True, slots=True)
class Possibility:
    """An operation in a state: what it leads to, and whether `capabilities` show it."""

    leads_to: LegState
    condition: Condition = Condition.NONE
    is_listed: bool = True


Row = Mapping[CallOperation, Possibility]


def _in_any_state(state: LegState) -> Row:
    """What changes the call and leaves the leg as it is."""
    return {
        CallOperation.ATTACH_USER_DATA: Possibility(state),
        CallOperation.UPDATE_USER_DATA: Possibility(state),
        CallOperation.DELETE_USER_DATA: Possibility(state),
        CallOperation.DELETE_USER_DATA_PAIR: Possibility(state),
        CallOperation.SET_CALL_DISPOSITION: Possibility(state, is_listed=False),
    }


def _in_a_talk(state: LegState, other: Condition) -> Row:
    """What is possible with an established call, and with one on hold."""
    return {
        CallOperation.HANGUP: Possibility(LegState.RELEASED),
        CallOperation.SINGLE_STEP_CONFERENCE: Possibility(state),
        CallOperation.INITIATE_CONFERENCE: Possibility(LegState.HELD),
        CallOperation.COMPLETE_CONFERENCE: Possibility(LegState.ESTABLISHED, other),
        CallOperation.MERGE_WITH_OTHER_CALL: Possibility(
            LegState.ESTABLISHED, other, is_listed=False
        ),
        CallOperation.SINGLE_STEP_TRANSFER: Possibility(
            LegState.RELEASED, Condition.OTHERS_TAKE_PART
        ),
        CallOperation.INITIATE_TRANSFER: Possibility(LegState.HELD),
        CallOperation.COMPLETE_TRANSFER: Possibility(LegState.RELEASED, other),
        CallOperation.UNMUTE_CALL: Possibility(state, Condition.MUTED, is_listed=False),
        **_in_any_state(state),
    }


LEG_OPERATIONS: Mapping[LegState, Row] = {
    LegState.DIALING: {
        CallOperation.HANGUP: Possibility(LegState.RELEASED),
        CallOperation.SEND_DTMF: Possibility(LegState.DIALING),
        CallOperation.SWAP_CALLS: Possibility(LegState.HELD, Condition.OTHER_HELD),
        CallOperation.COMPLETE_TRANSFER: Possibility(LegState.RELEASED, Condition.OTHER_HELD),
        **_in_any_state(LegState.DIALING),
    },
    LegState.RINGING: {
        CallOperation.ANSWER: Possibility(LegState.ESTABLISHED, Condition.ANSWERS_ON_REQUEST),
        CallOperation.REJECT: Possibility(LegState.RELEASED, Condition.CAME_FROM_A_QUEUE),
        **_in_any_state(LegState.RINGING),
    },
    LegState.ESTABLISHED: {
        **_in_a_talk(LegState.ESTABLISHED, Condition.OTHER_HELD),
        CallOperation.HOLD: Possibility(LegState.HELD),
        CallOperation.SEND_DTMF: Possibility(LegState.ESTABLISHED),
        CallOperation.SWAP_CALLS: Possibility(LegState.HELD, Condition.OTHER_HELD),
        CallOperation.MUTE_CALL: Possibility(LegState.ESTABLISHED, Condition.UNMUTED_IN_CONFERENCE),
        CallOperation.REMOVE_PARTICIPANT: Possibility(
            LegState.ESTABLISHED, Condition.OWNS_CONFERENCE
        ),
        CallOperation.START_RECORDING: Possibility(LegState.ESTABLISHED, Condition.NOT_RECORDED),
        CallOperation.STOP_RECORDING: Possibility(
            LegState.ESTABLISHED, Condition.RECORDED_OR_PAUSED
        ),
        CallOperation.PAUSE_RECORDING: Possibility(LegState.ESTABLISHED, Condition.RECORDED),
        CallOperation.RESUME_RECORDING: Possibility(
            LegState.ESTABLISHED, Condition.RECORDING_PAUSED
        ),
    },
    LegState.HELD: {
        **_in_a_talk(LegState.HELD, Condition.OTHER_ESTABLISHED),
        # A call that nobody has answered yet dials again instead.
        CallOperation.RETRIEVE: Possibility(LegState.ESTABLISHED),
        CallOperation.SWAP_CALLS: Possibility(LegState.ESTABLISHED, Condition.OTHER_ESTABLISHED),
    },
    LegState.RELEASED: {},
}
# What the feature api-voice-recording adds (seed 003 "Call Recording API").
RECORDING_OPERATIONS = frozenset(
    {
        CallOperation.START_RECORDING,
        CallOperation.STOP_RECORDING,
        CallOperation.PAUSE_RECORDING,
        CallOperation.RESUME_RECORDING,
    }
)
# The states of the one call that a device speaks, or is about to speak, on.
ACTIVE_STATES = frozenset({LegState.DIALING, LegState.ESTABLISHED})


class Presence(enum.StrEnum):
    """What an agent is to the switch; work mode and reason come on top (AfterCallWork, Lunch)."""

    INACTIVE = "Inactive"
    LOGGED_OUT = "LoggedOut"
    NOT_READY = "NotReady"
    READY = "Ready"


class AgentOperation(enum.StrEnum):
    """What agents ask for. Every agent state, system or custom, is one of the last three."""

    START_SESSION = "StartContactCenterSession"
    END_SESSION = "EndContactCenterSession"
    READY = "Ready"
    NOT_READY = "NotReady"
    LOG_OUT = "Logout"


_IN_SESSION: Mapping[AgentOperation, Presence] = {
    AgentOperation.END_SESSION: Presence.INACTIVE,
    AgentOperation.READY: Presence.READY,
    AgentOperation.NOT_READY: Presence.NOT_READY,
    AgentOperation.LOG_OUT: Presence.LOGGED_OUT,
}
AGENT_OPERATIONS: Mapping[Presence, Mapping[AgentOperation, Presence]] = {
    Presence.INACTIVE: {AgentOperation.START_SESSION: Presence.NOT_READY},
    Presence.LOGGED_OUT: {**_IN_SESSION, AgentOperation.START_SESSION: Presence.NOT_READY},
    # A session that runs already is not started again: the agent keeps his state.
    Presence.NOT_READY: {**_IN_SESSION, AgentOperation.START_SESSION: Presence.NOT_READY},
    Presence.READY: {**_IN_SESSION, AgentOperation.START_SESSION: Presence.READY},
}

AFTER_CALL_WORK = "AfterCallWork"
INCORRECT_STATE = "Incorrect object state"
INVALID_CALLED_DN = "Invalid Called Dn"
DESTINATION_BUSY = "Destination busy"
NOT_REGISTERED = "Device is not registered"


class RefusedError(Exception):
    """The switch does not do what was asked; its text is the ErrorMessage that clients read."""
