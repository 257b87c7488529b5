"""What callers and agents do with calls.

What an agent asks for is handed to the switch: True when it was done, False when the switch
refused, which `request.refused` tells. What callers do is theirs: it needs no link.
"""

from collections.abc import Mapping
from typing import Any, Unpack

from portal.api.status import not_found
from provisioning.models import ContactCenter, Queue, User
from telephony import models
from telephony.call_ids import new_call_id, new_call_uuid
from telephony.line import Line, open_line, ring_timeout_ms
from telephony.modes import NOT_READY
from telephony.numbers import destination_in, place_of
from telephony.services.acting import (
    Act,
    Who,
    lock_people,
    perform,
    request,
    route_after,
    wrap_up_after,
)
from telephony.services.recordings import begins_recording
from telephony.switch import conferences, dialing, queueing, recording, talking
from telephony.switch.effects import Effect, StartTimer, TimerKind
from telephony.switch.state import Call
from telephony.switch.tables import LegState


def enter_queue(
    *,
    contact_center: ContactCenter,
    queue: Queue,
    ani: str,
    dnis: str = "",
    user_data: Mapping[str, Any] | None = None,
    limit_seconds: float | None = None,
) -> str:
    """A call arrives from outside and waits for an agent; gives its id.

    `limit_seconds` ends the call after that time whatever it is doing.
    """
    if queue.contact_center_id != contact_center.pk:
        raise not_found("queue")
    with open_line() as line:
        call = _from_outside(
            line, contact_center, ani, dnis or queue.phone_number.number, user_data
        )
        if limit_seconds is not None:
            due_at_ms = call.began_ms + int(limit_seconds * 1000)
            line.apply([_call_limit(call, due_at_ms=due_at_ms)])
        line.enter_queue(call, queue)
    return call.id


def call_number(
    *,
    contact_center: ContactCenter,
    number: str,
    ani: str,
    user_data: Mapping[str, Any] | None = None,
) -> str | None:
    """A call arrives from outside for a number of the contact center: a queue's, or a device's.

    Gives its id; None where the number leads nowhere, or whoever has it is busy.
    """
    place = place_of(contact_center, number)
    if place is None or (place.queue is None and place.device is None):
        return None
    with open_line() as line:
        user_ids = [place.user_id] if place.user_id else []
        agents = lock_people(line, (), user_ids, str(contact_center.pk))
        line.look_around()
        destination = destination_in(line, contact_center, place)
        if destination.is_busy:
            return None
        call = _from_outside(line, contact_center, ani, number, user_data)
        if place.queue is not None:
            line.enter_queue(call, place.queue)
            return call.id
        line.apply(dialing.reach(call, destination, agents, at_ms=call.began_ms))
    return call.id


def abandon(*, call_id: str) -> bool:
    """The caller hangs up, whatever the call is doing; False when it was over already."""
    with open_line() as line:
        return _caller_hangs_up(line, call_id)


def answer(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    """An agent takes the call that rings at his device."""

    def rule(act: Act) -> list[Effect]:
        answered = talking.answer(act.call, act.leg, at_ms=act.at_ms, others=act.others)
        return [*answered, *_recorded(act)]

    return request("Answer", user, call_id, rule, **who)


def pick_up(*, user: User, call_id: str) -> bool:
    """Somebody lifts the receiver of a phone that rings: public devices are answered no other way.

    What is done by hand asks no link. False where it does not ring there any more.
    """

    def rule(act: Act) -> list[Effect]:
        answered = talking.pick_up(act.call, act.leg, at_ms=act.at_ms, others=act.others)
        return [*answered, *_recorded(act)]

    return perform("Answer", user, call_id, rule)


def reject(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    """An agent sends a queue's call back; others get it first."""

    def rule(act: Act) -> list[Effect]:
        agent = act.agents[str(user.pk)]
        pass_over_ms = ring_timeout_ms()
        return talking.reject(act.call, act.leg, agent, pass_over_ms=pass_over_ms, at_ms=act.at_ms)

    return request("Reject", user, call_id, rule, **who)


def hangup(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    """An agent ends his part in a call."""

    def rule(act: Act) -> list[Effect]:
        wrap_up = act.wrap_up
        return talking.hang_up(act.call, act.leg, act.agents, wrap_up=wrap_up, at_ms=act.at_ms)

    return request("Hangup", user, call_id, rule, **who)


def hold(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    def rule(act: Act) -> list[Effect]:
        return talking.hold(act.call, act.leg, at_ms=act.at_ms)

    return request("Hold", user, call_id, rule, **who)


def retrieve(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    """What the agent's device speaks on at this moment is put on hold in its place."""

    def rule(act: Act) -> list[Effect]:
        return talking.retrieve(act.call, act.leg, at_ms=act.at_ms, others=act.others)

    return request("Retrieve", user, call_id, rule, **who)


def send_dtmf(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    def rule(act: Act) -> list[Effect]:
        return talking.send_dtmf(act.call, act.leg, at_ms=act.at_ms)

    return request("SendDtmf", user, call_id, rule, **who)


def set_mute(*, user: User, call_id: str, is_on: bool, **who: Unpack[Who]) -> bool:
    def rule(act: Act) -> list[Effect]:
        return talking.set_mute(act.call, act.leg, is_on=is_on, at_ms=act.at_ms)

    return request("MuteCall" if is_on else "UnmuteCall", user, call_id, rule, **who)


def remove_participant(*, user: User, call_id: str, participant: str, **who: Unpack[Who]) -> bool:
    """Whoever made a conference takes somebody out of it."""

    def rule(act: Act) -> list[Effect]:
        return conferences.remove_participant(
            act.call, act.leg, participant, act.agents, wrap_up=act.wrap_up, at_ms=act.at_ms
        )

    return request("RemoveParticipantFromConference", user, call_id, rule, **who)


# --- what time brings ---


def end_at_limit(*, call_id: str) -> bool:
    """End a call whose time is up; False when another process did, or it was over."""
    with open_line() as line:
        call = line.lock_call(call_id)
        if call is not None:
            line.lock_agents(call.user_ids)
        if not line.claim_timer(TimerKind.CALL_LIMIT, call_id):
            return False
        return call is not None and _caller_hangs_up(line, call_id)


def ring_timeout(*, call_id: str) -> bool:
    """Nobody answered in time; False when another process did it, or somebody answered."""
    with open_line() as line:
        call = line.lock_call(call_id)
        leg = call.ringing_leg if call else None
        agents = line.lock_agents(call.user_ids) if call else {}
        if not line.claim_timer(TimerKind.RING_TIMEOUT, call_id):
            return False
        if call is None or leg is None or leg.user_id not in agents:
            return False
        line.look_around()
        agent = agents[leg.user_id]
        line.apply(talking.ring_timeout(call, leg, agent, absent=NOT_READY, at_ms=line.at_ms))
        line.route_call(call)
        return True


def outside_answers(*, party: str) -> bool:
    """Somebody outside takes a call; False when another process did it, or it is over."""
    call_id = _call_of_party(party)
    with open_line() as line:
        call = line.lock_call(call_id) if call_id else None
        line.lock_agents(call.user_ids if call else ())
        if not line.claim_timer(TimerKind.OUTSIDE_ANSWERS, party) or call is None:
            return False
        leg = next((leg for leg in call.legs if leg.party == party), None)
        if leg is None or leg.state is not LegState.RINGING:
            return False
        line.look_around()
        at_ms = line.at_ms
        line.apply(talking.pick_up(call, leg, at_ms=at_ms))
        behaviour = models.OutsideParty.objects.filter(
            contact_center_id__in=[call.contact_center_id],
            digits=conferences.digits_of(leg.number),
        ).first()
        if behaviour is not None and behaviour.hangs_up_after_ms is not None:
            line.apply([_hangs_up(call, party, due_at_ms=at_ms + behaviour.hangs_up_after_ms)])
        return True


def outside_hangs_up(*, party: str) -> bool:
    """Somebody outside has had enough; False when another process did it, or it is over."""
    call_id = _call_of_party(party)
    with open_line() as line:
        call = line.lock_call(call_id) if call_id else None
        agents = line.lock_agents(call.user_ids if call else ())
        if not line.claim_timer(TimerKind.OUTSIDE_HANGS_UP, party) or call is None:
            return False
        leg = next((leg for leg in call.legs if leg.party == party), None)
        if leg is None:
            return False
        line.look_around()
        wrap_up = wrap_up_after(call)
        line.apply(talking.go(call, leg, agents, wrap_up=wrap_up, at_ms=line.at_ms))
        route_after(line, [call], agents)
        return True


def _recorded(act: Act) -> list[Effect]:
    """Of a queue's calls, the share that its setting says is recorded from the answer on."""
    if act.leg.queue_id is None or not begins_recording(act.call, act.leg.queue_id):
        return []
    return recording.begin(act.call, at_ms=act.at_ms)


def _from_outside(
    line: Line,
    contact_center: ContactCenter,
    ani: str,
    dnis: str,
    user_data: Mapping[str, Any] | None,
) -> Call:
    call = queueing.inbound_call(
        call_id=new_call_id(),
        uuid=new_call_uuid(),
        contact_center_id=str(contact_center.pk),
        ani=ani,
        dnis=dnis,
        user_data=dict(user_data or {}),
        at_ms=line.at_ms,
    )
    line.add_call(call)
    return call


def _caller_hangs_up(line: Line, call_id: str) -> bool:
    call = line.lock_call(call_id)
    if call is None:
        return False
    agents = line.lock_agents(call.user_ids)
    line.look_around()
    wrap_up = wrap_up_after(call)
    line.apply(talking.caller_hangs_up(call, agents, wrap_up=wrap_up, at_ms=line.at_ms))
    route_after(line, [call], agents)
    return True


def _call_of_party(party: str) -> str | None:
    return models.Leg.objects.filter(party=party).values_list("call_id", flat=True).first()


def _call_limit(call: Call, *, due_at_ms: int) -> StartTimer:
    return StartTimer(
        kind=TimerKind.CALL_LIMIT,
        target=call.id,
        due_at_ms=due_at_ms,
        contact_center_id=call.contact_center_id,
    )


def _hangs_up(call: Call, party: str, *, due_at_ms: int) -> StartTimer:
    return StartTimer(
        kind=TimerKind.OUTSIDE_HANGS_UP,
        target=party,
        due_at_ms=due_at_ms,
        contact_center_id=call.contact_center_id,
    )
