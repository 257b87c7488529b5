"""What callers and agents do with calls.

What an agent asks for is handed to the switch: True when it was done, False when the switch
refused, which `request.refused` tells. What callers do is theirs: it needs no link.
"""

from collections.abc import Callable, Mapping
from typing import Any

from portal.api.status import not_found
from provisioning.models import ContactCenter, Queue, Setting, User
from telephony.call_ids import new_call_id, new_call_uuid
from telephony.line import Line, open_line, ring_timeout_ms
from telephony.modes import AFTER_CALL_WORK, NOT_READY
from telephony.services.links import require_link
from telephony.switch import queueing, talking
from telephony.switch.effects import Effect, Refusal, StartTimer, TimerKind
from telephony.switch.state import Call, Leg, WrapUp


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
        at_ms = line.at_ms
        call = queueing.inbound_call(
            call_id=new_call_id(),
            uuid=new_call_uuid(),
            contact_center_id=str(contact_center.pk),
            ani=ani,
            dnis=dnis or queue.phone_number.number,
            user_data=dict(user_data or {}),
            at_ms=at_ms,
        )
        line.add_call(call)
        line.apply(queueing.enter_queue(call, str(queue.pk), at_ms=at_ms))
        if limit_seconds is not None:
            line.apply([_call_limit(call, due_at_ms=at_ms + int(limit_seconds * 1000))])
        line.route_call(call)
    return call.id


def abandon(*, call_id: str) -> bool:
    """The caller hangs up, whatever the call is doing; False when it was over already."""
    with open_line() as line:
        return _caller_hangs_up(line, call_id)


def answer(*, user: User, call_id: str) -> bool:
    """An agent takes the call that rings at his device."""

    def rule(line: Line, call: Call, leg: Leg) -> list[Effect]:
        return talking.answer(call, leg, at_ms=line.at_ms)

    return _request("Answer", user, call_id, rule)


def reject(*, user: User, call_id: str) -> bool:
    """An agent sends a queue's call back; others get it first."""

    def rule(line: Line, call: Call, leg: Leg) -> list[Effect]:
        agent = line.lock_agents(call.user_ids)[str(user.pk)]
        return talking.reject(call, leg, agent, pass_over_ms=ring_timeout_ms(), at_ms=line.at_ms)

    return _request("Reject", user, call_id, rule)


def hangup(*, user: User, call_id: str) -> bool:
    """An agent ends his part in a call."""

    def rule(line: Line, call: Call, leg: Leg) -> list[Effect]:
        agents = line.lock_agents(call.user_ids)
        wrap_up = wrap_up_after(call)
        return talking.hang_up(call, leg, agents, wrap_up=wrap_up, at_ms=line.at_ms)

    return _request("Hangup", user, call_id, rule)


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
        agent = agents[leg.user_id]
        line.apply(talking.ring_timeout(call, leg, agent, absent=NOT_READY, at_ms=line.at_ms))
        line.route_call(call)
        return True


def wrap_up_after(call: Call) -> WrapUp | None:
    """The wrap-up that follows a call: the contact center's setting, after a queue's call only."""
    if call.queue_id is None:
        return None
    setting = Setting.objects.filter(
        contact_center_id__in=[call.contact_center_id], group="voice", key="defaultWrapupTime"
    ).first()
    seconds = _seconds(setting.value.get("value")) if setting else 0
    return WrapUp(mode=AFTER_CALL_WORK, duration_ms=seconds * 1000) if seconds > 0 else None


def _request(
    operation: str,
    user: User,
    call_id: str,
    rule: Callable[[Line, Call, Leg], list[Effect]],
) -> bool:
    with open_line() as line:
        call = line.lock_call(call_id)
        leg = call.leg_of(str(user.pk)) if call else None
        if call is None or leg is None:
            raise not_found("call")
        require_link(leg.device_id)
        user_ids = call.user_ids
        is_done = line.attempt(
            lambda: rule(line, call, leg),
            lambda message: _refusal(line, call, leg, operation, message),
        )
        if is_done:
            _route_after(line, call, user_ids)
        return is_done


def _caller_hangs_up(line: Line, call_id: str) -> bool:
    call = line.lock_call(call_id)
    if call is None:
        return False
    user_ids = call.user_ids
    agents = line.lock_agents(user_ids)
    wrap_up = wrap_up_after(call) if user_ids else None
    line.apply(talking.caller_hangs_up(call, agents, wrap_up=wrap_up, at_ms=line.at_ms))
    _route_after(line, call, user_ids)
    return True


def _route_after(line: Line, call: Call, user_ids: list[str]) -> None:
    """The call may wait again, and whoever took part in it may be free."""
    if call.is_waiting:
        line.route_call(call)
    for agent in line.lock_agents(user_ids).values():
        if agent.is_available:
            line.route_agent(agent)


def _call_limit(call: Call, *, due_at_ms: int) -> StartTimer:
    return StartTimer(
        kind=TimerKind.CALL_LIMIT,
        target=call.id,
        due_at_ms=due_at_ms,
        contact_center_id=call.contact_center_id,
    )


def _refusal(line: Line, call: Call, leg: Leg, operation: str, message: str) -> Refusal:
    return Refusal(
        at_ms=line.at_ms,
        contact_center_id=call.contact_center_id,
        user_id=str(leg.user_id),
        device_id=leg.device_id,
        call_id=call.id,
        call_uuid=call.uuid,
        operation=operation,
        message=message,
    )


def _seconds(value: object) -> int:
    """A setting's value; any JSON may stand there, and what is no number means none."""
    try:
        return int(str(value))
    except ValueError:
        return 0
