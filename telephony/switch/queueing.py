"""A call arrives, waits in a queue and leaves it towards an agent."""

from collections.abc import Iterable, Mapping
from typing import Any

from telephony.switch.effects import (
    Effect,
    StartTimer,
    StopTimer,
    TimerKind,
    call_fact,
    participants_changed,
)
from telephony.switch.routes import PLAIN_ROUTE, AgentOrder, Route, standing_after
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
        began_ms=at_ms,
    )


def enter_queue(
    call: Call, queue_id: str, *, at_ms: int, route: Route = PLAIN_ROUTE
) -> list[Effect]:
    """A call of any type begins to wait, or goes on from the queue in which it waits."""
    if call.is_released or call.ringing_leg is not None:
        raise RefusedError(INCORRECT_STATE)
    stopped = leave_queue(call)
    call.queue_id = queue_id
    call.queued_at_ms = at_ms
    call.route = route
    return stopped + _wait(call, at_ms=at_ms)


def return_to_queue(call: Call, *, at_ms: int) -> list[Effect]:
    """A call that nobody answered waits again.

    It keeps the time of its entry, and with it its place: the head among those of its priority,
    since what came before it has been delivered or has returned as well.
    """
    if call.is_released or call.is_waiting or call.queue_id is None:
        raise RefusedError(INCORRECT_STATE)
    return _wait(call, at_ms=at_ms)


def take_routing_step(call: Call, *, at_ms: int) -> list[Effect]:
    """What the time that the call has waited makes of it, by its queue's route."""
    if not call.is_waiting or call.queued_at_ms is None:
        return []
    standing = standing_after(call.route, max(0, at_ms - call.queued_at_ms))
    call.is_greeting = standing.is_greeting
    call.priority = standing.priority
    call.lowered_by = standing.lowered_by
    if standing.next_step_ms is None:
        return []
    return [
        StartTimer(
            kind=TimerKind.ROUTING_STEP,
            target=call.id,
            due_at_ms=at_ms + standing.next_step_ms,
            contact_center_id=call.contact_center_id,
        )
    ]


def leave_queue(call: Call) -> list[Effect]:
    """The call waits no longer, wherever it goes."""
    if not call.is_waiting:
        return []
    call.is_waiting = False
    call.is_greeting = False
    if call.route == PLAIN_ROUTE:
        return []
    return [StopTimer(kind=TimerKind.ROUTING_STEP, target=call.id)]


def _wait(call: Call, *, at_ms: int) -> list[Effect]:
    call.is_waiting = True
    steps = take_routing_step(call, at_ms=at_ms)
    return [call_fact("call.queued", call, at_ms=at_ms), *steps]


def distribute(
    call: Call, agent: AgentSession, *, ring_timeout_ms: int, at_ms: int
) -> list[Effect]:
    """The call leaves its queue and rings at an agent's device."""
    if not call.is_deliverable or not agent.is_available:
        raise RefusedError(INCORRECT_STATE)
    leg = Leg(
        number=agent.number,
        state=LegState.RINGING,
        began_ms=at_ms,
        device_id=agent.device_id,
        user_id=agent.user_id,
        answers_on_request=agent.answers_on_request,
        queue_id=call.queue_id,
    )
    stopped = leave_queue(call)
    distributed = call_fact("call.distributed", call, leg, at_ms=at_ms, is_shown=False)
    call.legs.append(leg)
    leg.beside.append(leg)
    agent.leg_count += 1
    ringing = call_fact("call.ringing", call, leg, at_ms=at_ms)
    told = participants_changed(call, at_ms=at_ms, besides=[leg])
    timer = StartTimer(
        kind=TimerKind.RING_TIMEOUT,
        target=call.id,
        due_at_ms=at_ms + ring_timeout_ms,
        contact_center_id=call.contact_center_id,
    )
    return [distributed, ringing, *told, *stopped, timer]


# --- who gets which call: the rule that the repository's queries follow ---


def has_skills(levels: Mapping[str, int], required: Mapping[str, int]) -> bool:
    return all(skill in levels and levels[skill] >= level for skill, level in required.items())


def required_for(call: Call, required: Mapping[str, int]) -> dict[str, int]:
    """The skills and levels that a call wants of an agent; `required` are its queue's."""
    if call.route.skill_id is not None:
        return {call.route.skill_id: 0}
    return {skill: max(0, level - call.lowered_by) for skill, level in required.items()}


def waiting_order(call: Call) -> tuple[int, int, str]:
    """Of waiting calls, the one that sorts first goes first."""
    return (-call.priority, call.queued_at_ms or 0, call.id)


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
    """The available agent with the skills who is first by the route's order; None: nobody can.

    `levels` are the agents' own by skill, `required` is what the call's queue asks for.
    """
    wanted = required_for(call, required)
    eligible = [
        agent
        for agent in agents
        if agent.is_available
        and has_skills(levels.get(agent.user_id, {}), wanted)
        and not is_passed_over(call, agent.user_id, at_ms=at_ms)
    ]

    def place(agent: AgentSession) -> tuple[int, int, str]:
        own = levels.get(agent.user_id, {})
        best_first = call.route.order is AgentOrder.BEST_SKILLED
        skilled = sum(own[skill] for skill in wanted) if best_first else 0
        return (-skilled, agent.idle_since_ms, agent.user_id)

    return min(eligible, key=place, default=None)
