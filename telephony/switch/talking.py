"""A call rings, is answered, refused or given up, and ends."""

from collections.abc import Mapping

from telephony.switch.agents import change_mode, leave_device_if_done
from telephony.switch.capabilities import state_after
from telephony.switch.effects import Effect, StartTimer, StopTimer, TimerKind, call_fact
from telephony.switch.queueing import enter_queue
from telephony.switch.state import AgentSession, Call, Leg, Mode, WrapUp
from telephony.switch.tables import (
    INCORRECT_STATE,
    CallOperation,
    LegState,
    Presence,
    RefusedError,
)

Agents = Mapping[str, AgentSession]


def answer(call: Call, leg: Leg, *, at_ms: int) -> list[Effect]:
    leg.state = state_after(call, leg, CallOperation.ANSWER)
    for other in call.legs:
        if other.state is LegState.DIALING:
            other.state = LegState.ESTABLISHED
    return [
        call_fact("call.answered", call, leg, at_ms=at_ms),
        StopTimer(kind=TimerKind.RING_TIMEOUT, target=call.id),
    ]


def reject(
    call: Call, leg: Leg, agent: AgentSession, *, pass_over_ms: int, at_ms: int
) -> list[Effect]:
    """The agent stays as he is; the call goes to others first."""
    state_after(call, leg, CallOperation.REJECT)
    call.rejections[agent.user_id] = at_ms + pass_over_ms
    agent.idle_since_ms = at_ms
    return _cancel_ringing(call, leg, agent, at_ms=at_ms) + _return_to_queue(call, at_ms=at_ms)


def ring_timeout(
    call: Call, leg: Leg, agent: AgentSession, *, absent: Mode, at_ms: int
) -> list[Effect]:
    """Nobody answers: the agent is put aside, so that the next call does not ring there as well."""
    effects = _cancel_ringing(call, leg, agent, at_ms=at_ms)
    if agent.mode.presence is Presence.READY:
        effects += change_mode(agent, absent, at_ms=at_ms)
    return effects + _return_to_queue(call, at_ms=at_ms)


def leave_while_ringing(call: Call, leg: Leg, agent: AgentSession, *, at_ms: int) -> list[Effect]:
    """The agent logs out while a queue's call rings: it does not ring on at an empty place."""
    return _cancel_ringing(call, leg, agent, at_ms=at_ms) + _return_to_queue(call, at_ms=at_ms)


def caller_hangs_up(
    call: Call, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """The outside party is gone, whatever the call was doing."""
    if call.is_released:
        raise RefusedError(INCORRECT_STATE)
    if call.is_waiting:
        call.is_waiting = False
        return [call_fact("call.abandoned", call, at_ms=at_ms), *_end(call)]
    if (ringing := call.ringing_leg) is not None and ringing.user_id:
        ringing.state = LegState.RELEASED
        _leg_gone(agents[ringing.user_id])
        return [call_fact("call.ring_abandoned", call, ringing, at_ms=at_ms), *_end(call)]
    return _release_all(call, agents, wrap_up=wrap_up, at_ms=at_ms)


def hang_up(
    call: Call, leg: Leg, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """A party leaves. A call of two is over then."""
    state_after(call, leg, CallOperation.HANGUP)
    return _release_all(call, agents, wrap_up=wrap_up, at_ms=at_ms)


def _cancel_ringing(call: Call, leg: Leg, agent: AgentSession, *, at_ms: int) -> list[Effect]:
    if leg.state is not LegState.RINGING:
        raise RefusedError(INCORRECT_STATE)
    leg.state = LegState.RELEASED
    cancelled = call_fact("call.ring_cancelled", call, leg, at_ms=at_ms)
    call.legs.remove(leg)
    _leg_gone(agent)
    return [cancelled, StopTimer(kind=TimerKind.RING_TIMEOUT, target=call.id)]


def _return_to_queue(call: Call, *, at_ms: int) -> list[Effect]:
    if call.queue_id is None:
        return _end(call)
    return enter_queue(call, call.queue_id, at_ms=at_ms)


def _release_all(call: Call, agents: Agents, *, wrap_up: WrapUp | None, at_ms: int) -> list[Effect]:
    effects: list[Effect] = []
    for leg in call.legs:
        was_ringing = leg.state is LegState.RINGING
        leg.state = LegState.RELEASED
        if leg.is_outside:
            continue
        kind = "call.ring_abandoned" if was_ringing else "call.released"
        effects.append(call_fact(kind, call, leg, at_ms=at_ms))
        if (agent := agents.get(leg.user_id or "")) is None:
            continue
        _leg_gone(agent)
        if not was_ringing:
            effects += _after_call(call, agent, wrap_up=wrap_up, at_ms=at_ms)
    return effects + _end(call)


def _after_call(
    call: Call, agent: AgentSession, *, wrap_up: WrapUp | None, at_ms: int
) -> list[Effect]:
    """Wrap-up follows a queue's call; whoever chose another state during it keeps that."""
    agent.idle_since_ms = at_ms
    if wrap_up is None or call.queue_id is None or agent.mode.presence is not Presence.READY:
        return []
    timer = StartTimer(
        kind=TimerKind.WRAP_UP,
        target=agent.user_id,
        due_at_ms=at_ms + wrap_up.duration_ms,
        contact_center_id=agent.contact_center_id,
    )
    return [*change_mode(agent, wrap_up.mode, at_ms=at_ms), timer]


def _leg_gone(agent: AgentSession) -> None:
    agent.leg_count -= 1
    leave_device_if_done(agent)


def _end(call: Call) -> list[Effect]:
    call.legs.clear()
    call.is_released = True
    return [StopTimer(kind=kind, target=call.id) for kind in _TIMERS_OF_A_CALL]


_TIMERS_OF_A_CALL = (TimerKind.RING_TIMEOUT, TimerKind.CALL_LIMIT)
