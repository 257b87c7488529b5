"""Parties come to a call and leave it: what all operations on calls are made of."""

from collections.abc import Mapping, Sequence

from telephony.switch.agents import change_mode, leave_device_if_done
from telephony.switch.effects import (
    CallEnded,
    Effect,
    NotificationType,
    PartEnded,
    StartTimer,
    StopTimer,
    TimerKind,
    call_fact,
    participants_changed,
    shared_fact,
)
from telephony.switch.queueing import leave_queue
from telephony.switch.state import AgentSession, Call, Leg, WrapUp
from telephony.switch.tables import LegState, Presence, RecordingState

Agents = Mapping[str, AgentSession]

# What the switch attaches to a call while it is a conference (seed 001 "SingleStepConference").
FIRST_CONFERENCE_PARTY = "FirstConferencePartyDN"
_TIMERS_OF_A_CALL = (TimerKind.RING_TIMEOUT, TimerKind.CALL_LIMIT, TimerKind.ROUTING_STEP)


def join(call: Call, leg: Leg, agents: Agents) -> None:
    """A leg comes to a call."""
    call.legs.append(leg)
    if not any(one is leg for one in leg.beside):
        leg.beside.append(leg)
    if (agent := agents.get(leg.user_id or "")) is not None:
        agent.leg_count += 1


def establish(call: Call, leg: Leg, *, at_ms: int) -> None:
    leg.state = LegState.ESTABLISHED
    if leg.answered_ms is None:
        leg.answered_ms = at_ms
    if call.answered_ms is None:
        call.answered_ms = at_ms


def connect_callers(call: Call, *, at_ms: int) -> list[Effect]:
    """Somebody has answered: whoever dialled talks now, but for those who have put it on hold."""
    effects: list[Effect] = []
    for leg in call.party_legs:
        if leg.state is LegState.DIALING:
            establish(call, leg, at_ms=at_ms)
            if not leg.is_outside:
                effects.append(call_fact("call.answered", call, leg, at_ms=at_ms))
        elif leg.state is LegState.HELD and leg.answered_ms is None:
            leg.answered_ms = at_ms
            # Its user is told nothing, since he sees no change.
            effects += [
                call_fact(kind, call, leg, at_ms=at_ms, is_shown=False)
                for kind in ("call.answered", "call.held")
            ]
    return effects


def put_aside(leg: Leg, calls: Sequence[Call], *, at_ms: int) -> list[Effect]:
    """What else the device speaks on is put on hold, as phones do: it has one active call."""
    effects: list[Effect] = []
    for other in leg.beside:
        if other is leg or not other.is_active:
            continue
        call = call_with(other, calls)
        other.state = LegState.HELD
        effects.append(call_fact("call.held", call, other, at_ms=at_ms))
    return effects


def call_with(leg: Leg, calls: Sequence[Call]) -> Call:
    """The call that a leg belongs to, among those that are held."""
    return next(call for call in calls if any(one is leg for one in call.legs))


def leave(
    call: Call, leg: Leg, agents: Agents, *, kind: str, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """A leg is released and goes; `kind` says how, where it is at a phone."""
    state, leg.state = leg.state, LegState.RELEASED
    effects: list[Effect] = []
    if not leg.is_outside and leg.is_party:
        effects.append(call_fact(kind, call, leg, at_ms=at_ms))
    effects += depart(call, leg, agents, at_ms=at_ms)
    return effects + after_talk(leg, state, agents, wrap_up=wrap_up, at_ms=at_ms)


def depart(
    call: Call, leg: Leg, agents: Agents, *, at_ms: int, goes_on: bool = False
) -> list[Effect]:
    """A leg leaves the call's list, and its user's count; what remains of it is its part.

    `goes_on`: the party goes on in another call, and so do its timers.
    A supervisor's leg goes without a word: `monitoring.follow` sees that it is gone.
    """
    call.legs[:] = [one for one in call.legs if one is not leg]
    leg.beside[:] = [one for one in leg.beside if one is not leg]
    if not leg.is_party:
        return []
    if (agent := agents.get(leg.user_id or "")) is not None:
        agent.leg_count -= 1
        leave_device_if_done(agent)
    effects: list[Effect] = [
        PartEnded(
            contact_center_id=call.contact_center_id,
            call_uuid=call.uuid,
            number=leg.number,
            device_id=leg.device_id,
            user_id=leg.user_id,
            queue_id=leg.queue_id,
            began_ms=leg.began_ms,
            answered_ms=leg.answered_ms,
            ended_ms=at_ms,
        )
    ]
    if leg.party and not goes_on:
        effects += [
            StopTimer(kind=TimerKind.OUTSIDE_ANSWERS, target=leg.party),
            StopTimer(kind=TimerKind.OUTSIDE_HANGS_UP, target=leg.party),
        ]
    return effects


def is_over(call: Call) -> bool:
    """Whether too few are left to talk or to wait: a queue counts as somebody to wait for."""
    return len(call.party_legs) + call.is_waiting < 2


def settle(call: Call, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int) -> list[Effect]:
    """After a party has left: the call ends, or it goes on, perhaps no longer as a conference."""
    if is_over(call):
        return end(call, agents, wrap_up=wrap_up, at_ms=at_ms)
    effects = end_conference(call, at_ms=at_ms)
    return effects + participants_changed(call, at_ms=at_ms)


def end(call: Call, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int) -> list[Effect]:
    """All that is left of the call is released."""
    effects = abandon_queue(call, at_ms=at_ms)
    legs = list(call.legs)
    states = [leg.state for leg in legs]
    # Everybody is told with the call as it was, and only then is nobody there any more.
    for leg, state in zip(legs, states, strict=True):
        leg.state = LegState.RELEASED
        if not leg.is_outside and leg.is_party:
            kind = "call.ring_abandoned" if state is LegState.RINGING else "call.released"
            effects.append(call_fact(kind, call, leg, at_ms=at_ms))
    for leg, state in zip(legs, states, strict=True):
        effects += depart(call, leg, agents, at_ms=at_ms)
        effects += after_talk(leg, state, agents, wrap_up=wrap_up, at_ms=at_ms)
    return effects + close(call, at_ms=at_ms)


def abandon_queue(call: Call, *, at_ms: int) -> list[Effect]:
    """Nobody waits in the call's queue any more."""
    if not call.is_waiting:
        return []
    return [*leave_queue(call), call_fact("call.abandoned", call, at_ms=at_ms)]


def close(call: Call, *, at_ms: int, continued_in: str = "") -> list[Effect]:
    """A call that nobody is in any more is over."""
    call.is_released = True
    stopped = [StopTimer(kind=kind, target=call.id) for kind in _TIMERS_OF_A_CALL]
    return [_ended(call, at_ms=at_ms, continued_in=continued_in), *stopped]


def begin_conference(call: Call, owner: Leg) -> None:
    """Somebody makes a conference of the call, unless it is one."""
    if call.conference_owner is None:
        call.conference_owner = owner.device_id


def end_conference(call: Call, *, at_ms: int) -> list[Effect]:
    """Two are left: it is a plain call again."""
    if call.is_conference:
        return []
    # A call that took another one in has that one's mark, and no owner of its own.
    call.conference_owner = None
    if call.user_data.pop(FIRST_CONFERENCE_PARTY, None) is None:
        return []
    return [untold_data(call, at_ms=at_ms, removed=(FIRST_CONFERENCE_PARTY,))]


def untold_data(call: Call, *, at_ms: int, removed: tuple[str, ...] = ()) -> Effect:
    """The call's data changed along with something else, of which the parties are told."""
    return shared_fact(
        "call.data",
        call,
        notification_type=NotificationType.ATTACHED_DATA_CHANGED,
        at_ms=at_ms,
        removed=removed,
        is_shown=False,
    )


def after_talk(
    leg: Leg, state: LegState, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """Wrap-up follows a queue's call; whoever chose another state during it keeps that."""
    agent = agents.get(leg.user_id or "")
    if agent is None or not leg.is_party or state not in (LegState.ESTABLISHED, LegState.HELD):
        return []
    agent.idle_since_ms = at_ms
    if wrap_up is None or leg.queue_id is None or agent.mode.presence is not Presence.READY:
        return []
    timer = StartTimer(
        kind=TimerKind.WRAP_UP,
        target=agent.user_id,
        due_at_ms=at_ms + wrap_up.duration_ms,
        contact_center_id=agent.contact_center_id,
    )
    return [*change_mode(agent, wrap_up.mode, at_ms=at_ms), timer]


def _ended(call: Call, *, at_ms: int, continued_in: str) -> CallEnded:
    return CallEnded(
        contact_center_id=call.contact_center_id,
        call_id=call.id,
        call_uuid=call.uuid,
        call_type=call.type,
        ani=call.ani,
        dnis=call.dnis,
        queue_id=call.queue_id,
        queued_at_ms=call.queued_at_ms,
        began_ms=call.began_ms,
        answered_ms=call.answered_ms,
        ended_ms=at_ms,
        user_data=dict(call.user_data),
        is_recorded=call.recording is not RecordingState.NONE,
        continued_in=continued_in,
    )
