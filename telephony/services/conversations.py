"""Agents bring calls and people together: conferences, transfers, swapping."""

from collections.abc import Callable, Mapping
from typing import Any, Unpack

from provisioning.models import User
from telephony.numbers import Place, destination_in, place_of, require_place
from telephony.services.acting import Act, Who, request
from telephony.services.dialing import center_of
from telephony.switch import conferences, talking, transfers
from telephony.switch.effects import Effect
from telephony.switch.joining import related
from telephony.switch.state import Call, Leg
from telephony.switch.tables import INCORRECT_STATE, CallOperation, RefusedError

Joining = Callable[[Act, Call, Leg], list[Effect]]


def single_step_conference(
    *,
    user: User,
    call_id: str,
    number: str,
    user_data: Mapping[str, Any] | None = None,
    **who: Unpack[Who],
) -> bool:
    """One more party in the call, whose phone rings."""
    place = place_of(center_of(user), number)

    def rule(act: Act) -> list[Effect]:
        destination = destination_in(act.line, act.contact_center, require_place(place))
        return conferences.single_step_conference(
            act.call,
            act.leg,
            destination,
            act.agents,
            user_data=user_data or {},
            at_ms=act.at_ms,
        )

    operation = CallOperation.SINGLE_STEP_CONFERENCE
    return request(operation, user, call_id, rule, user_ids=_users_of(place), **who)


def single_step_transfer(
    *,
    user: User,
    call_id: str,
    number: str,
    user_data: Mapping[str, Any] | None = None,
    **who: Unpack[Who],
) -> bool:
    """The agent leaves, and it rings at somebody else's; a queue can be that, too."""
    place = place_of(center_of(user), number)

    def rule(act: Act) -> list[Effect]:
        found = require_place(place)
        effects = transfers.single_step_transfer(
            act.call,
            act.leg,
            destination_in(act.line, act.contact_center, found),
            act.agents,
            user_data=user_data or {},
            wrap_up=act.wrap_up,
            at_ms=act.at_ms,
        )
        if (queue := found.queue) is not None:
            act.and_then.append(lambda: act.line.enter_queue(act.call, queue))
        return effects

    operation = CallOperation.SINGLE_STEP_TRANSFER
    return request(operation, user, call_id, rule, user_ids=_users_of(place), **who)


def complete_transfer(
    *, user: User, call_id: str, consult_call_id: str | None = None, **who: Unpack[Who]
) -> bool:
    """The parties of two calls of the agent's are left with each other.

    Without `consult_call_id` it is the call that belongs to this one.
    """

    def joined(act: Act, other: Call, other_leg: Leg) -> list[Effect]:
        return transfers.complete_transfer(
            act.call, act.leg, other, other_leg, act.agents, wrap_up=act.wrap_up, at_ms=act.at_ms
        )

    return _join(CallOperation.COMPLETE_TRANSFER, user, call_id, consult_call_id, joined, who)


def complete_conference(
    *, user: User, call_id: str, consult_call_id: str | None = None, **who: Unpack[Who]
) -> bool:
    """The parties of two calls of the agent's, and he, are in one call."""

    def joined(act: Act, other: Call, other_leg: Leg) -> list[Effect]:
        return conferences.complete_conference(
            act.call, act.leg, other, other_leg, act.agents, wrap_up=act.wrap_up, at_ms=act.at_ms
        )

    return _join(CallOperation.COMPLETE_CONFERENCE, user, call_id, consult_call_id, joined, who)


def merge_with_other_call(
    *, user: User, call_id: str, other_call_id: str, **who: Unpack[Who]
) -> bool:
    """The other call goes into this one, in which the agent takes part."""

    def joined(act: Act, other: Call, other_leg: Leg) -> list[Effect]:
        return conferences.merge(
            act.call, act.leg, other, other_leg, act.agents, wrap_up=act.wrap_up, at_ms=act.at_ms
        )

    return _join(CallOperation.MERGE_WITH_OTHER_CALL, user, call_id, other_call_id, joined, who)


def swap_calls(*, user: User, call_id: str, other_call_id: str, **who: Unpack[Who]) -> bool:
    """Of two calls of the agent's, the held one is retrieved, and the other held."""

    def joined(act: Act, other: Call, other_leg: Leg) -> list[Effect]:
        return talking.swap(act.call, act.leg, other, other_leg, at_ms=act.at_ms)

    return _join(CallOperation.SWAP_CALLS, user, call_id, other_call_id, joined, who)


def _join(
    operation: CallOperation,
    user: User,
    call_id: str,
    other_id: str | None,
    joined: Joining,
    who: Who,
) -> bool:
    def rule(act: Act) -> list[Effect]:
        return joined(act, *_other(act, other_id))

    call_ids = [other_id] if other_id else []
    return request(operation, user, call_id, rule, call_ids=call_ids, **who)


def _other(act: Act, other_id: str | None) -> tuple[Call, Leg]:
    """The other call, as named or as it belongs to the first, with the agent's leg in it."""
    if other_id is None or other_id == act.call.id:
        return related(act.call, act.leg, act.others)
    for call in act.others:
        for leg in call.legs:
            if call.id == other_id and leg.is_party and leg.device_id == act.leg.device_id:
                return call, leg
    raise RefusedError(INCORRECT_STATE)


def _users_of(place: Place | None) -> list[str]:
    return [place.user_id] if place is not None and place.user_id else []
