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


class Condition(enum.Enum):
    """What must hold besides the leg's state."""

    NONE = enum.auto()
    ANSWERS_ON_REQUEST = enum.auto()
    CAME_FROM_A_QUEUE = enum.auto()


@dataclass(frozen=True, slots=True)
class Possibility:
    leads_to: LegState
    condition: Condition = Condition.NONE


LEG_OPERATIONS: Mapping[LegState, Mapping[CallOperation, Possibility]] = {
    LegState.DIALING: {CallOperation.HANGUP: Possibility(LegState.RELEASED)},
    LegState.RINGING: {
        CallOperation.ANSWER: Possibility(LegState.ESTABLISHED, Condition.ANSWERS_ON_REQUEST),
        CallOperation.REJECT: Possibility(LegState.RELEASED, Condition.CAME_FROM_A_QUEUE),
    },
    LegState.ESTABLISHED: {CallOperation.HANGUP: Possibility(LegState.RELEASED)},
    LegState.HELD: {CallOperation.HANGUP: Possibility(LegState.RELEASED)},
    LegState.RELEASED: {},
}


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
NOT_REGISTERED = "Device is not registered"


class RefusedError(Exception):
    """The switch does not do what was asked; its text is the ErrorMessage that clients read."""
