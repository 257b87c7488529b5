"""Reading the tables: what a party or an agent can do now."""

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
    RefusedError,
)


def possible_operations(call: Call, leg: Leg) -> tuple[str, ...]:
    return tuple(
        str(operation)
        for operation, possibility in LEG_OPERATIONS[leg.state].items()
        if _holds(possibility, call, leg)
    )


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
    if possibility.condition is Condition.ANSWERS_ON_REQUEST:
        return leg.answers_on_request
    if possibility.condition is Condition.CAME_FROM_A_QUEUE:
        return call.queue_id is not None
    return True
