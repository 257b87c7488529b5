"""A call arrives, waits in a queue and leaves it towards an agent."""

from collections.abc import Iterable, Mapping
from typing import Any

from telephony.switch.effects import Effect, StartTimer, TimerKind, call_fact
from telephony.switch.state import AgentSession, Call, Leg
from telephony.switch.tables import INCORRECT_STATE, CallType, LegState, RefusedError


def inbound_call(
    *,
    call_id: str,
    uuid: str,
    contact_center_id: str,
    ani: str,
    dnis: str,
    user_data: dict[str, Any],
    at_ms: int,
) -> Call:
    """A call from outside, before it is anywhere."""
    caller = Leg(number=ani, state=LegState.DIALING, began_ms=at_ms)
    return Call(
        id=call_id,
        uuid=uuid,
        contact_center_id=contact_center_id,
        type=CallType.INBOUND,
        ani=ani,
        dnis=dnis,
        user_data=user_data,
        legs=[caller],
    )


def enter_queue(call: Call, queue_id: str, *, at_ms: int) -> list[Effect]:
    """The call begins to wait.

    One that returns keeps the time of its first entry, and with it its place: the head, since
    what came before it has been delivered or has returned as well.
    """
    if call.is_released or call.is_waiting:
        raise RefusedError(INCORRECT_STATE)
    if call.queue_id != queue_id or call.queued_at_ms is None:
        call.queued_at_ms = at_ms
    call.queue_id = queue_id
    call.is_waiting = True
    return [call_fact("call.queued", call, at_ms=at_ms)]


def distribute(
    call: Call, agent: AgentSession, *, ring_timeout_ms: int, at_ms: int
) -> list[Effect]:
    """The call leaves its queue and rings at an agent's device."""
    if not call.is_waiting or not agent.is_available:
        raise RefusedError(INCORRECT_STATE)
    leg = Leg(
        number=agent.number,
        state=LegState.RINGING,
        began_ms=at_ms,
        device_id=agent.device_id,
        user_id=agent.user_id,
        answers_on_request=agent.answers_on_request,
    )
    call.is_waiting = False
    distributed = call_fact("call.distributed", call, leg, at_ms=at_ms, is_shown=False)
    call.legs.append(leg)
    agent.leg_count += 1
    timer = StartTimer(
        kind=TimerKind.RING_TIMEOUT,
        target=call.id,
        due_at_ms=at_ms + ring_timeout_ms,
        contact_center_id=call.contact_center_id,
    )
    return [distributed, call_fact("call.ringing", call, leg, at_ms=at_ms), timer]


# --- who gets which call: the rule that the repository's queries follow ---


def has_skills(levels: Mapping[str, int], required: Mapping[str, int]) -> bool:
    return all(skill in levels and levels[skill] >= level for skill, level in required.items())


def is_passed_over(call: Call, user_id: str, *, at_ms: int) -> bool:
    return call.rejections.get(user_id, 0) > at_ms


def choose_agent(
    call: Call,
    agents: Iterable[AgentSession],
    *,
    levels: Mapping[str, Mapping[str, int]],
    required: Mapping[str, int],
    at_ms: int,
) -> AgentSession | None:
    """The longest-idle available agent with the skills; None where there is none."""
    eligible = [
        agent
        for agent in agents
        if agent.is_available
        and has_skills(levels.get(agent.user_id, {}), required)
        and not is_passed_over(call, agent.user_id, at_ms=at_ms)
    ]
    return min(eligible, key=lambda agent: (agent.idle_since_ms, agent.user_id), default=None)
