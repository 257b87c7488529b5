"""Two calls at one device become one."""

import dataclasses
from collections.abc import Sequence

from telephony.switch.attached_data import bring
from telephony.switch.effects import Effect, call_fact, participants_changed
from telephony.switch.parties import (
    FIRST_CONFERENCE_PARTY,
    Agents,
    abandon_queue,
    close,
    depart,
    end,
    end_conference,
    is_over,
    join,
)
from telephony.switch.recording import RECORD_KEY
from telephony.switch.state import Call, Leg, WrapUp
from telephony.switch.tables import INCORRECT_STATE, LegState, RefusedError

# What the switch attaches to one call says nothing of another.
_OWN_KEYS = frozenset({FIRST_CONFERENCE_PARTY, RECORD_KEY})


def related(call: Call, leg: Leg, others: Sequence[Call]) -> tuple[Call, Leg]:
    """The call at the same device that completing means where none is named.

    The one that this call asks about, or that asks about it, else the latest. Raises RefusedError
    where there is none.
    """
    wanted = LegState.HELD if leg.is_active else LegState.ESTABLISHED
    found = [
        (other, one)
        for other in others
        for one in other.legs
        if one is not leg and one.is_party and any(one is beside for beside in leg.beside)
        if one.state is wanted
    ]
    if not found:
        raise RefusedError(INCORRECT_STATE)

    def nearness(pair: tuple[Call, Leg]) -> tuple[bool, int, str]:
        other, other_leg = pair
        is_about = other.id == leg.parent_call_id or other_leg.parent_call_id == call.id
        return is_about, other_leg.began_ms, other.id

    return max(found, key=nearness)


def require_pair(call: Call, leg: Leg, other: Call, other_leg: Leg) -> None:
    """Refuse two calls of which not one is held, and the other spoken on, at the same device."""
    states = {leg.state, other_leg.state}
    is_pair = LegState.HELD in states and (leg.is_active or other_leg.is_active)
    if call is other or leg.device_id != other_leg.device_id or not is_pair:
        raise RefusedError(INCORRECT_STATE)


def in_order(call: Call, leg: Leg, other: Call, other_leg: Leg) -> tuple[Call, Call]:
    """The original call and the one that was made about it, or after it."""
    if leg.parent_call_id == other.id:
        return other, call
    if other_leg.parent_call_id == call.id:
        return call, other
    is_first = (leg.began_ms, call.id) <= (other_leg.began_ms, other.id)
    return (call, other) if is_first else (other, call)


def survivor(original: Call, consult: Call) -> tuple[Call, Call]:
    """Into which call the other goes: the original.

    But a call in its queue that nobody has answered keeps its place there, and takes the other in.
    """
    if _is_queueing(consult) and not _is_queueing(original):
        return consult, original
    return original, consult


def _is_queueing(call: Call) -> bool:
    return call.is_waiting or call.ringing_leg is not None


def absorb(
    target: Call,
    source: Call,
    agents: Agents,
    *,
    original: Call,
    wrap_up: WrapUp | None,
    at_ms: int,
) -> list[Effect]:
    """Whoever is in `source` is in `target` afterwards, as he was; once, who was in both."""
    newcomers = [_copy(leg, at_ms=at_ms) for leg in source.party_legs if not _is_in(target, leg)]
    effects: list[Effect] = abandon_queue(source, at_ms=at_ms)
    effects += _release_all(source, agents, newcomers, at_ms=at_ms)
    effects += close(source, at_ms=at_ms, continued_in=target.uuid)
    data = {**original.user_data, **_brought(source if original is target else target)}
    if len(target.party_legs) + len(newcomers) <= 2:
        data.pop(FIRST_CONFERENCE_PARTY, None)
    target.type, target.ani = original.type, original.ani
    if target.answered_ms is None:
        target.answered_ms = source.answered_ms
    for leg in newcomers:
        join(target, leg, agents)
    if data != target.user_data:
        effects += bring(target, data, at_ms=at_ms)
    for leg in newcomers:
        effects += _arrived(target, leg, at_ms=at_ms)
    effects += end_conference(target, at_ms=at_ms)
    if is_over(target):
        return effects + end(target, agents, wrap_up=wrap_up, at_ms=at_ms)
    return effects + participants_changed(target, at_ms=at_ms, besides=newcomers)


def _brought(call: Call) -> dict[str, object]:
    return {key: value for key, value in call.user_data.items() if key not in _OWN_KEYS}


def _copy(leg: Leg, *, at_ms: int) -> Leg:
    answered_ms = None if leg.answered_ms is None else at_ms
    return dataclasses.replace(
        leg, id=None, began_ms=at_ms, answered_ms=answered_ms, queue_id=None, parent_call_id=None
    )


def _is_in(call: Call, leg: Leg) -> bool:
    def is_same(other: Leg) -> bool:
        if leg.is_outside or other.is_outside:
            return leg.is_outside and other.is_outside and leg.number == other.number
        return leg.device_id == other.device_id or (leg.user_id or "") == other.user_id

    return any(is_same(other) for other in call.party_legs)


def _release_all(
    call: Call, agents: Agents, going_on: Sequence[Leg], *, at_ms: int
) -> list[Effect]:
    effects: list[Effect] = []
    legs = list(call.legs)
    for leg in legs:
        rang = leg.state is LegState.RINGING
        leg.state = LegState.RELEASED
        if not leg.is_outside and leg.is_party:
            kind = "call.ring_cancelled" if rang else "call.released"
            effects.append(call_fact(kind, call, leg, at_ms=at_ms))
    names = {leg.party for leg in going_on}
    for leg in legs:
        effects += depart(call, leg, agents, at_ms=at_ms, goes_on=leg.party in names)
    return effects


def _arrived(call: Call, leg: Leg, *, at_ms: int) -> list[Effect]:
    """What a party who comes along sees first of the call."""
    if leg.is_outside:
        return []
    if leg.state is LegState.RINGING:
        return [call_fact("call.ringing", call, leg, at_ms=at_ms)]
    if leg.state is LegState.HELD:
        answered = call_fact("call.answered", call, leg, at_ms=at_ms, is_shown=False)
        return [answered, call_fact("call.held", call, leg, at_ms=at_ms)]
    return [call_fact("call.answered", call, leg, at_ms=at_ms)]
