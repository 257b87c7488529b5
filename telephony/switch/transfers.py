"""A call goes on without the one who passes it on. Source: seed 001 "Transfers"."""

from collections.abc import Mapping
from typing import Any

from telephony.switch.attached_data import bring
from telephony.switch.capabilities import state_after
from telephony.switch.destinations import Destination, QueueNumber
from telephony.switch.dialing import reach, require_reachable
from telephony.switch.effects import Effect, call_fact, participants_changed
from telephony.switch.joining import absorb, in_order, require_pair, survivor
from telephony.switch.parties import (
    Agents,
    after_talk,
    depart,
    end_conference,
    leave,
)
from telephony.switch.state import Call, Leg, WrapUp
from telephony.switch.tables import (
    DESTINATION_BUSY,
    INCORRECT_STATE,
    CallOperation,
    LegState,
    RefusedError,
)


def single_step_transfer(
    call: Call,
    leg: Leg,
    destination: Destination,
    agents: Agents,
    *,
    user_data: Mapping[str, Any],
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """The party leaves, and it rings at the destination in its place.

    Whoever applies this lets the call enter the queue, where the destination is one.
    """
    state_after(call, leg, CallOperation.SINGLE_STEP_TRANSFER)
    require_reachable(call, destination)
    if destination.is_busy:
        raise RefusedError(DESTINATION_BUSY)
    if isinstance(destination, QueueNumber) and call.ringing_leg is not None:
        raise RefusedError(INCORRECT_STATE)
    told = bring(call, user_data, at_ms=at_ms)
    released = leave(call, leg, agents, kind="call.released", wrap_up=wrap_up, at_ms=at_ms)
    before = list(call.legs)
    rings = reach(call, destination, agents, at_ms=at_ms)
    newcomers = [one for one in call.legs if not any(one is old for old in before)]
    return [
        *told,
        *released,
        *rings,
        *end_conference(call, at_ms=at_ms),
        *participants_changed(call, at_ms=at_ms, besides=newcomers),
    ]


def complete_transfer(
    call: Call,
    leg: Leg,
    other: Call,
    other_leg: Leg,
    agents: Agents,
    *,
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """The parties of both calls are left with each other, in the original call.

    Who passes it on is told that the original is released, then that the second is.
    """
    state_after(call, leg, CallOperation.COMPLETE_TRANSFER)
    require_pair(call, leg, other, other_leg)
    original, second = in_order(call, leg, other, other_leg)
    legs = {id(call): leg, id(other): other_leg}
    effects: list[Effect] = []
    for one in (original, second):
        own = legs[id(one)]
        state, own.state = own.state, LegState.RELEASED
        effects.append(call_fact("call.released", one, own, at_ms=at_ms))
        effects += depart(one, own, agents, at_ms=at_ms)
        effects += after_talk(own, state, agents, wrap_up=wrap_up, at_ms=at_ms)
    target, source = survivor(original, second)
    return effects + absorb(target, source, agents, original=original, wrap_up=wrap_up, at_ms=at_ms)
