"""Three and more in one call, and consultations about a call.

Source: seed 001 "Conferences and Transfers".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from telephony.switch.attached_data import bring
from telephony.switch.capabilities import state_after
from telephony.switch.destinations import Destination, QueueNumber
from telephony.switch.dialing import dial, reach, require_reachable
from telephony.switch.effects import Effect, call_fact, participants_changed
from telephony.switch.joining import absorb, in_order, require_pair, survivor
from telephony.switch.parties import (
    FIRST_CONFERENCE_PARTY,
    Agents,
    begin_conference,
    depart,
)
from telephony.switch.state import Call, Leg, WrapUp
from telephony.switch.tables import (
    DESTINATION_BUSY,
    INVALID_CALLED_DN,
    CallOperation,
    CallType,
    LegState,
    RefusedError,
)
from telephony.switch.talking import go


def single_step_conference(
    call: Call,
    leg: Leg,
    destination: Destination,
    agents: Agents,
    *,
    user_data: Mapping[str, Any],
    at_ms: int,
) -> list[Effect]:
    """One more party, who rings and belongs to the call at once. A queue cannot be one."""
    state_after(call, leg, CallOperation.SINGLE_STEP_CONFERENCE)
    if isinstance(destination, QueueNumber):
        raise RefusedError(INVALID_CALLED_DN)
    require_reachable(call, destination)
    if destination.is_busy:
        raise RefusedError(DESTINATION_BUSY)
    host = _host(call, leg)
    brought = dict(user_data)
    # Who waits in a queue alone makes a call of two, and no conference.
    if len(call.party_legs) > 1:
        begin_conference(call, host)
        brought[FIRST_CONFERENCE_PARTY] = call.user_data.get(FIRST_CONFERENCE_PARTY, host.number)
    told = bring(call, brought, at_ms=at_ms)
    rings = reach(call, destination, agents, at_ms=at_ms)
    newcomer = call.legs[-1]
    return [*told, *rings, *participants_changed(call, at_ms=at_ms, besides=[newcomer])]


def remove_participant(
    call: Call,
    leg: Leg,
    participant: str,
    agents: Agents,
    *,
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """The owner of a conference takes somebody else out of it, by his number's digits."""
    state_after(call, leg, CallOperation.REMOVE_PARTICIPANT)
    digits = digits_of(participant)
    for other in call.party_legs:
        if other is not leg and digits and digits_of(other.number) == digits:
            return go(call, other, agents, wrap_up=wrap_up, at_ms=at_ms)
    raise RefusedError(INVALID_CALLED_DN)


def consult(
    call: Call,
    leg: Leg,
    operation: CallOperation,
    new: Call,
    destination: Destination,
    agents: Agents,
    *,
    others: Sequence[Call] = (),
    at_ms: int,
) -> list[Effect]:
    """The call is put on hold, and somebody else is called about it.

    `new` is the call that this makes; `others` are the further calls at the device.
    """
    state_after(call, leg, operation)
    caller = Leg(
        number=leg.number,
        state=LegState.DIALING,
        began_ms=at_ms,
        device_id=leg.device_id,
        user_id=leg.user_id,
        answers_on_request=leg.answers_on_request,
        parent_call_id=call.id,
        beside=leg.beside,
    )
    new.type = CallType.CONSULT
    return dial(new, caller, destination, agents, others=[call, *others])


def complete_conference(
    call: Call,
    leg: Leg,
    other: Call,
    other_leg: Leg,
    agents: Agents,
    *,
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """The two calls become one, in which their owner takes part; the original goes on."""
    state_after(call, leg, CallOperation.COMPLETE_CONFERENCE)
    require_pair(call, leg, other, other_leg)
    original, second = in_order(call, leg, other, other_leg)
    legs = {id(call): leg, id(other): other_leg}
    return _combine(original, second, legs, agents, wrap_up=wrap_up, at_ms=at_ms)


def merge(
    call: Call,
    leg: Leg,
    other: Call,
    other_leg: Leg,
    agents: Agents,
    *,
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """The same with two calls of any origin: the one that is asked goes on."""
    state_after(call, leg, CallOperation.MERGE_WITH_OTHER_CALL)
    require_pair(call, leg, other, other_leg)
    legs = {id(call): leg, id(other): other_leg}
    return _combine(call, other, legs, agents, wrap_up=wrap_up, at_ms=at_ms)


def _combine(
    original: Call,
    second: Call,
    legs: Mapping[int, Leg],
    agents: Agents,
    *,
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """The owner is told first that one call is released, then who is in the other."""
    target, source = survivor(original, second)
    kept, gone = legs[id(target)], legs[id(source)]
    gone.state = LegState.RELEASED
    effects: list[Effect] = [call_fact("call.released", source, gone, at_ms=at_ms)]
    effects += depart(source, gone, agents, at_ms=at_ms)
    if kept.state is LegState.HELD:
        kept.state = LegState.ESTABLISHED
        effects.append(call_fact("call.retrieved", target, kept, at_ms=at_ms, is_shown=False))
    begin_conference(target, kept)
    return effects + absorb(target, source, agents, original=original, wrap_up=wrap_up, at_ms=at_ms)


def _host(call: Call, leg: Leg) -> Leg:
    """Whose conference it is: a supervisor makes it in the name of the agent whom he monitors.

    The call's data is read by all, and must not tell of him.
    """
    if leg.is_party:
        return leg
    agents = [one for one in call.party_legs if one.device_id == leg.monitored_device_id]
    return (agents or call.party_legs)[0]


def digits_of(number: str) -> str:
    return "".join(character for character in number if character.isdigit())
