"""A call rings, is answered, refused or given up, is put on hold, and ends."""

from collections.abc import Sequence

from telephony.switch.agents import change_mode
from telephony.switch.capabilities import state_after
from telephony.switch.effects import (
    Effect,
    NotificationType,
    StopTimer,
    TimerKind,
    call_fact,
    participants_changed,
)
from telephony.switch.parties import (
    Agents,
    connect_callers,
    end,
    establish,
    leave,
    put_aside,
    settle,
)
from telephony.switch.queueing import return_to_queue
from telephony.switch.state import AgentSession, Call, Leg, Mode, WrapUp
from telephony.switch.tables import (
    INCORRECT_STATE,
    CallOperation,
    LegState,
    Presence,
    RefusedError,
)


def answer(call: Call, leg: Leg, *, at_ms: int, others: Sequence[Call] = ()) -> list[Effect]:
    """`others` are the further calls at the device: the one it speaks on is put on hold."""
    state_after(call, leg, CallOperation.ANSWER)
    return pick_up(call, leg, at_ms=at_ms, others=others)


def pick_up(call: Call, leg: Leg, *, at_ms: int, others: Sequence[Call] = ()) -> list[Effect]:
    """The call is answered at the phone itself, by a request or by hand, or by an outside party."""
    if leg.state is not LegState.RINGING:
        raise RefusedError(INCORRECT_STATE)
    aside = put_aside(leg, others, at_ms=at_ms)
    establish(call, leg, at_ms=at_ms)
    answered = [] if leg.is_outside else [call_fact("call.answered", call, leg, at_ms=at_ms)]
    stopped = [StopTimer(kind=TimerKind.RING_TIMEOUT, target=call.id)] if leg.queue_id else []
    return [*aside, *answered, *connect_callers(call, at_ms=at_ms), *stopped]


def reject(
    call: Call, leg: Leg, agent: AgentSession, *, pass_over_ms: int, at_ms: int
) -> list[Effect]:
    """The agent stays as he is; the call goes to others first."""
    state_after(call, leg, CallOperation.REJECT)
    call.rejections[agent.user_id] = at_ms + pass_over_ms
    agent.idle_since_ms = at_ms
    return _give_back(call, leg, agent, at_ms=at_ms)


def ring_timeout(
    call: Call, leg: Leg, agent: AgentSession, *, absent: Mode, at_ms: int
) -> list[Effect]:
    """Nobody answers: the agent is put aside, so that the next call does not ring there as well."""
    cancelled = _cancel_ringing(call, leg, agent, at_ms=at_ms)
    if agent.mode.presence is Presence.READY:
        cancelled += change_mode(agent, absent, at_ms=at_ms)
    return cancelled + _wait_again(call, at_ms=at_ms)


def leave_while_ringing(call: Call, leg: Leg, agent: AgentSession, *, at_ms: int) -> list[Effect]:
    """The agent logs out while a queue's call rings: it does not ring on at an empty place.

    What somebody dialled rings on, since the phone is still there.
    """
    if leg.queue_id is None:
        return []
    return _give_back(call, leg, agent, at_ms=at_ms)


def caller_hangs_up(
    call: Call, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """The outside party is gone, whatever the call was doing."""
    if call.is_released:
        raise RefusedError(INCORRECT_STATE)
    if (caller := call.outside_leg) is None:
        return end(call, agents, wrap_up=wrap_up, at_ms=at_ms)
    return go(call, caller, agents, wrap_up=wrap_up, at_ms=at_ms)


def hang_up(
    call: Call, leg: Leg, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """A party leaves. A call of two is over then."""
    state_after(call, leg, CallOperation.HANGUP)
    return go(call, leg, agents, wrap_up=wrap_up, at_ms=at_ms)


def go(call: Call, leg: Leg, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int) -> list[Effect]:
    """A party leaves, whatever it was doing; the call goes on where two or more remain."""
    if leg.is_party and len(call.party_legs) <= 2:
        # Whoever leaves first, and then those who are left: each saw the other until then.
        call.legs.sort(key=lambda one: one is not leg)
        if not call.is_waiting or len(call.party_legs) == 1:
            return end(call, agents, wrap_up=wrap_up, at_ms=at_ms)
    rang = leg.state is LegState.RINGING
    kind = "call.ring_cancelled" if rang else "call.released"
    effects = leave(call, leg, agents, kind=kind, wrap_up=wrap_up, at_ms=at_ms)
    if not leg.is_party:
        return effects
    return effects + settle(call, agents, wrap_up=wrap_up, at_ms=at_ms)


def hold(call: Call, leg: Leg, *, at_ms: int) -> list[Effect]:
    leg.state = state_after(call, leg, CallOperation.HOLD)
    return [call_fact("call.held", call, leg, at_ms=at_ms)]


def retrieve(call: Call, leg: Leg, *, at_ms: int, others: Sequence[Call] = ()) -> list[Effect]:
    """The call is the one that the device speaks on; what it spoke on is put on hold."""
    state_after(call, leg, CallOperation.RETRIEVE)
    aside = put_aside(leg, others, at_ms=at_ms)
    return [*aside, *take_from_hold(call, leg, at_ms=at_ms)]


def take_from_hold(call: Call, leg: Leg, *, at_ms: int) -> list[Effect]:
    """Where nobody has answered yet, the phone dials again."""
    if leg.answered_ms is None and call.answered_ms is None:
        leg.state = LegState.DIALING
        return [call_fact("call.dialing", call, leg, at_ms=at_ms)]
    leg.state = LegState.ESTABLISHED
    return [call_fact("call.retrieved", call, leg, at_ms=at_ms)]


def swap(call: Call, leg: Leg, other: Call, other_leg: Leg, *, at_ms: int) -> list[Effect]:
    """Of two calls at a device, the one that is spoken on is held, and the held one retrieved.

    Source: seed 001 "SwapCalls", full example scenario: first the one that is held now.
    """
    state_after(call, leg, CallOperation.SWAP_CALLS)
    if leg.state is LegState.HELD:
        call, leg, other, other_leg = other, other_leg, call, leg
    if not leg.is_active or other_leg.state is not LegState.HELD or call is other:
        raise RefusedError(INCORRECT_STATE)
    leg.state = LegState.HELD
    held = call_fact("call.held", call, leg, at_ms=at_ms)
    return [held, *take_from_hold(other, other_leg, at_ms=at_ms)]


def set_mute(call: Call, leg: Leg, *, is_on: bool, at_ms: int) -> list[Effect]:
    state_after(call, leg, CallOperation.MUTE_CALL if is_on else CallOperation.UNMUTE_CALL)
    leg.is_muted = is_on
    return [call_fact("call.muted" if is_on else "call.unmuted", call, leg, at_ms=at_ms)]


def send_dtmf(call: Call, leg: Leg, *, at_ms: int) -> list[Effect]:
    """The digits themselves are not told: they may be a card's number."""
    state_after(call, leg, CallOperation.SEND_DTMF)
    sent = NotificationType.DTMF_SENT
    return [call_fact("call.dtmf", call, leg, at_ms=at_ms, notification_type=sent)]


def _give_back(call: Call, leg: Leg, agent: AgentSession, *, at_ms: int) -> list[Effect]:
    cancelled = _cancel_ringing(call, leg, agent, at_ms=at_ms)
    return cancelled + _wait_again(call, at_ms=at_ms)


def _cancel_ringing(call: Call, leg: Leg, agent: AgentSession, *, at_ms: int) -> list[Effect]:
    if leg.state is not LegState.RINGING or leg.queue_id is None:
        raise RefusedError(INCORRECT_STATE)
    agents = {agent.user_id: agent}
    kind = "call.ring_cancelled"
    cancelled = leave(call, leg, agents, kind=kind, wrap_up=None, at_ms=at_ms)
    return [*cancelled, StopTimer(kind=TimerKind.RING_TIMEOUT, target=call.id)]


def _wait_again(call: Call, *, at_ms: int) -> list[Effect]:
    return [*return_to_queue(call, at_ms=at_ms), *participants_changed(call, at_ms=at_ms)]
