"""What agents do with their session and state.

All raise ApiError 2 where the agent has no session, 503 where the voice link is down.
"""

import contextlib
from collections.abc import Callable
from uuid import UUID

from portal.api.status import ApiError, StatusCode
from provisioning.models import Device, User
from telephony import models
from telephony.line import Line, open_line
from telephony.modes import NOT_READY, READY
from telephony.services.links import require_link
from telephony.switch import agents, talking
from telephony.switch.effects import Effect, TimerKind
from telephony.switch.state import AgentSession, Call, Mode
from telephony.switch.tables import LegState, Presence, RefusedError

Rule = Callable[[Line, AgentSession], list[Effect]]


def start_session(*, user: User, mode: Mode = NOT_READY) -> None:
    """The agent takes his place at his first device; afterwards he is not ready.

    A session that runs goes on as it is. Raises ApiError 2 without a device, 19 where somebody
    else is logged in at it.
    """
    device = first_device(user)
    _require_free(device, user)

    def rule(line: Line, agent: AgentSession) -> list[Effect]:
        return agents.start_session(
            agent,
            device_id=str(device.pk),
            number=device.phone_number.number,
            answers_on_request=device.telephony_network != "Public",
            mode=mode,
            at_ms=line.at_ms,
        )

    _request(user, rule, device=device)


def end_session(*, user: User) -> None:
    """The agent leaves. What rings at his device returns to its queue; a talk goes on."""

    def rule(line: Line, agent: AgentSession) -> list[Effect]:
        return agents.end_session(agent, at_ms=line.at_ms)

    _request(user, rule, leaves=True)


def release_user(user: User) -> None:
    """End the session of a user who is about to go; nothing where there is none, or a call is on.

    In the caller's transaction, which keeps the locks.
    """
    sessions = models.AgentSession.objects.filter(pk=user.pk)
    is_present = sessions.exclude(presence=Presence.INACTIVE.value).exists()
    if is_present and not user.legs.exists():
        with contextlib.suppress(ApiError):  # the link is down: the row goes without it
            end_session(user=user)


def set_agent_state(*, user: User, mode: Mode) -> None:
    """The agent is Ready, NotReady in some way, or Offline."""

    def rule(line: Line, agent: AgentSession) -> list[Effect]:
        return agents.set_mode(agent, mode, at_ms=line.at_ms)

    _request(user, rule, leaves=mode.presence is Presence.LOGGED_OUT)


def set_do_not_disturb(*, user: User, is_on: bool) -> None:
    def rule(line: Line, agent: AgentSession) -> list[Effect]:
        return agents.set_do_not_disturb(agent, is_on=is_on, at_ms=line.at_ms)

    _request(user, rule)


def wrap_up_over(*, user_id: str) -> bool:
    """The time after a call is up; False when another process saw to it, or the agent did."""
    with open_line() as line:
        agent = line.lock_agent(user_id)
        if not line.claim_timer(TimerKind.WRAP_UP, user_id) or agent is None:
            return False
        line.apply(agents.wrap_up_over(agent, READY, at_ms=line.at_ms))
        line.route_agent(agent)
        return True


def first_device(user: User) -> Device:
    device: Device | None = (
        user.devices.select_related("phone_number", "agent_session")
        .order_by("phone_number__digits", "pk")
        .first()
    )
    if device is None:
        raise ApiError(StatusCode.INVALID_STATE, "The user has no device")
    return device


def _request(user: User, rule: Rule, *, device: Device | None = None, leaves: bool = False) -> None:
    with open_line() as line:
        ringing = _lock_ringing_call(line, user) if leaves else None
        agent = _lock_or_create(line, user)
        require_link(device.pk if device else agent.device_id or _any_device(user))
        if ringing is not None:
            _stop_ringing(line, ringing, agent)
        try:
            line.apply(rule(line, agent))
        except RefusedError:
            raise ApiError(
                StatusCode.INVALID_STATE, f"Device '{first_device(user)}' is not registered."
            ) from None
        if ringing is not None and ringing.is_waiting:
            line.route_call(ringing)
        if agent.is_available:
            line.route_agent(agent)


def _any_device(user: User) -> UUID | None:
    """Where somebody without a session would be; he need not have a device to leave."""
    return user.devices.values_list("pk", flat=True).first()


def _lock_ringing_call(line: Line, user: User) -> Call | None:
    """The call before its agent: the order of locks."""
    ringing = user.legs.filter(state=LegState.RINGING).values_list("call_id", flat=True).first()
    return line.lock_call(ringing) if ringing else None


def _stop_ringing(line: Line, call: Call, agent: AgentSession) -> None:
    leg = call.leg_of(agent.user_id)
    # Until the call was locked it may have been answered or given up.
    if leg is not None and leg.state is LegState.RINGING:
        line.apply(talking.leave_while_ringing(call, leg, agent, at_ms=line.at_ms))


def _lock_or_create(line: Line, user: User) -> AgentSession:
    agent = line.lock_agent(str(user.pk))
    if agent is not None:
        return agent
    if user.contact_center_id is None:
        raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
    return line.create_agent(user_id=str(user.pk), contact_center_id=str(user.contact_center_id))


def _require_free(device: Device, user: User) -> None:
    session = getattr(device, "agent_session", None)
    if session is not None and session.pk != user.pk:
        raise ApiError(StatusCode.IN_USE, f"Device {device} is in use by another agent")
