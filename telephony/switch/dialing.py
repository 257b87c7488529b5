"""Somebody dials: a new call, and a phone that rings at its other end."""

from collections.abc import Sequence
from typing import Any

from telephony.switch.destinations import Destination, Extension, OutsideNumber, QueueNumber
from telephony.switch.effects import Effect, StartTimer, TimerKind, call_fact
from telephony.switch.parties import Agents, end, join, put_aside
from telephony.switch.state import Call, Leg
from telephony.switch.tables import INVALID_CALLED_DN, CallType, LegState, RefusedError


def type_towards(destination: Destination) -> CallType:
    return CallType.OUTBOUND if isinstance(destination, OutsideNumber) else CallType.INTERNAL


def dial(
    call: Call,
    caller: Leg,
    destination: Destination,
    agents: Agents,
    *,
    others: Sequence[Call] = (),
) -> list[Effect]:
    """A new call from a phone, which puts on hold what it speaks on among its `others`.

    Who finds the other end busy hears it, and the call is over.
    """
    require_reachable(call, destination, besides=caller)
    at_ms = call.began_ms
    aside = put_aside(caller, others, at_ms=at_ms)
    return [*aside, *_dial(call, caller, destination, agents, at_ms=at_ms)]


def _dial(
    call: Call, caller: Leg, destination: Destination, agents: Agents, *, at_ms: int
) -> list[Effect]:
    join(call, caller, agents)
    if not destination.is_busy:
        reached = reach(call, destination, agents, at_ms=at_ms)
        return [call_fact("call.dialing", call, caller, at_ms=at_ms), *reached]
    busy = Leg(number=destination.number, state=LegState.RINGING, began_ms=at_ms)
    join(call, busy, agents)
    dialing = call_fact("call.dialing", call, caller, at_ms=at_ms)
    return [dialing, *end(call, agents, wrap_up=None, at_ms=at_ms)]


def reach(call: Call, destination: Destination, agents: Agents, *, at_ms: int) -> list[Effect]:
    """Let it ring at the destination, as one more party of the call. A queue is entered later."""
    if isinstance(destination, QueueNumber):
        return []
    leg = _leg_at(destination, at_ms=at_ms)
    join(call, leg, agents)
    if isinstance(destination, Extension):
        return [call_fact("call.ringing", call, leg, at_ms=at_ms)]
    if destination.answers_after_ms is None:
        return []
    timer = StartTimer(
        kind=TimerKind.OUTSIDE_ANSWERS,
        target=destination.party,
        due_at_ms=at_ms + destination.answers_after_ms,
        contact_center_id=call.contact_center_id,
    )
    return [timer]


def require_reachable(call: Call, destination: Destination, *, besides: Leg | None = None) -> None:
    """Refuse who would be in the call twice: by device, by user, by number."""
    parties = [*call.party_legs, *([besides] if besides is not None else [])]
    for leg in parties:
        if isinstance(destination, Extension):
            is_same_user = destination.user_id is not None and leg.user_id == destination.user_id
            is_there = is_same_user or leg.device_id == destination.device_id
        else:
            is_there = leg.number == destination.number
        if is_there:
            raise RefusedError(INVALID_CALLED_DN)


def new_call(
    *,
    call_id: str,
    uuid: str,
    contact_center_id: str,
    type: CallType,  # noqa: A002 - the field's name
    ani: str,
    dnis: str,
    user_data: dict[str, Any],
    at_ms: int,
) -> Call:
    """A call before anybody is in it."""
    return Call(
        id=call_id,
        uuid=uuid,
        contact_center_id=contact_center_id,
        type=type,
        ani=ani,
        dnis=dnis,
        user_data=user_data,
        began_ms=at_ms,
    )


def _leg_at(destination: Extension | OutsideNumber, *, at_ms: int) -> Leg:
    if isinstance(destination, Extension):
        return Leg(
            number=destination.number,
            state=LegState.RINGING,
            began_ms=at_ms,
            device_id=destination.device_id,
            user_id=destination.user_id,
            answers_on_request=destination.answers_on_request,
            beside=destination.beside,
        )
    return Leg(
        number=destination.number,
        state=LegState.RINGING,
        began_ms=at_ms,
        party=destination.party,
    )
