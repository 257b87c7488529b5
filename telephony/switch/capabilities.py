"""Reading the tables: what a party or an agent can do now."""

from collections.abc import Callable, Mapping

from telephony.switch.monitoring_table import call_capabilities_of
from telephony.switch.state import Call, Leg
from telephony.switch.tables import (
    AGENT_OPERATIONS,
    INCORRECT_STATE,
    LEG_OPERATIONS,
    NOT_REGISTERED,
    AgentOperation,
    CallOperation,
    Condition,
    LegState,
    Possibility,
    Presence,
    RecordingState,
    RefusedError,
)


def possible_operations(call: Call, leg: Leg) -> tuple[str, ...]:
    possible = [
        str(operation)
        for operation, possibility in LEG_OPERATIONS[leg.state].items()
        if possibility.is_listed and _holds(possibility, call, leg)
    ]
    if leg.monitoring is not None and leg.state is not LegState.RELEASED:
        possible += call_capabilities_of(leg.monitoring)
    return tuple(possible)


def state_after(call: Call, leg: Leg, operation: CallOperation) -> LegState:
    """What the operation leads to. Raises RefusedError where the leg does not allow it."""
    possibility = LEG_OPERATIONS[leg.state].get(operation)
    if possibility is None or not _holds(possibility, call, leg):
        raise RefusedError(INCORRECT_STATE)
    return possibility.leads_to


def presence_after(presence: Presence, operation: AgentOperation) -> Presence:
    """What an agent's request leads to. Raises RefusedError where his state does not allow it."""
    try:
        return AGENT_OPERATIONS[presence][operation]
    except KeyError:
        raise RefusedError(NOT_REGISTERED) from None


def _holds(possibility: Possibility, call: Call, leg: Leg) -> bool:
    return _CONDITIONS[possibility.condition](call, leg)


_CONDITIONS: Mapping[Condition, Callable[[Call, Leg], bool]] = {
    Condition.NONE: lambda call, leg: True,
    Condition.ANSWERS_ON_REQUEST: lambda call, leg: leg.answers_on_request,
    Condition.CAME_FROM_A_QUEUE: lambda call, leg: leg.queue_id is not None,
    # Who waits in a queue alone has nobody to hand on.
    Condition.OTHERS_TAKE_PART: lambda call, leg: any(one is not leg for one in call.party_legs),
    Condition.OTHER_HELD: lambda call, leg: leg.has_beside(LegState.HELD),
    Condition.OTHER_ESTABLISHED: lambda call, leg: leg.has_beside(LegState.ESTABLISHED),
    # A supervisor is heard or not as his kind of monitoring says.
    Condition.UNMUTED_IN_CONFERENCE: lambda call, leg: (
        call.is_conference and leg.is_party and not leg.is_muted
    ),
    Condition.MUTED: lambda call, leg: leg.is_muted and leg.is_party,
    Condition.OWNS_CONFERENCE: lambda call, leg: (
        not leg.is_party or (call.is_conference and leg.device_id == call.conference_owner)
    ),
    Condition.NOT_RECORDED: lambda call, leg: (
        call.recording in (RecordingState.NONE, RecordingState.STOPPED)
    ),
    Condition.RECORDED: lambda call, leg: call.recording is RecordingState.RECORDING,
    Condition.RECORDING_PAUSED: lambda call, leg: call.recording is RecordingState.PAUSED,
    Condition.RECORDED_OR_PAUSED: lambda call, leg: (
        call.recording in (RecordingState.RECORDING, RecordingState.PAUSED)
    ),
}
