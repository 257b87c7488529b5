"""What agents do with their session and state, and what supervisors do with their agents'.

All raise ApiError 2 where the agent has no session, 503 where the voice link is down. Who may act
on whom is the caller's to ask: `User.objects.supervised_by`.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from portal.api.status import ApiError, StatusCode
from portal.api.uris import uuid_or_none
from provisioning.models import Device, Place, User
from telephony import models
from telephony.line import Line, open_line
from telephony.modes import NOT_READY, OFFLINE, READY
from telephony.services import session_terms
from telephony.services.monitoring import may_monitor
from telephony.services.requests import hand_over
from telephony.services.session_terms import NO_TERMS, Terms, first_device
from telephony.switch import agents, talking
from telephony.switch.effects import Effect, TimerKind
from telephony.switch.state import AgentSession, Call, Mode, Position
from telephony.switch.tables import LegState, Presence, RefusedError

Rule = Callable[[Line, AgentSession], list[Effect]]
POSTPONED_MS = 5000
_OPERATION_OF = {
    Presence.READY: "Ready",
    Presence.NOT_READY: "NotReady",
    Presence.LOGGED_OUT: "Offline",
}


def start_session(*, user: User, mode: Mode = NOT_READY, terms: Terms = NO_TERMS) -> None:
    """The agent takes his place; afterwards he is not ready at its device.

    Without a place it is his first device. His further devices belong to the session, and he is
    logged out at them. A session that runs goes on as it is. Raises ApiError 2 without a device,
    6 for a place or queue that is not there, 19 where the device or login code is another's.
    """
    place = session_terms.place_of(user, terms.place)
    session_terms.queue_of(user, terms.queue)
    device_id = place.device_id if place else first_device(user).pk

    def carry_out() -> bool:
        with open_line() as line:
            _start(line, user, mode, place, terms)
        return True

    hand_over(
        "StartContactCenterSession",
        user,
        device_id=device_id,
        parameters={"place": terms.place, "loginCode": terms.login_code, "queue": terms.queue},
        carry_out=carry_out,
    )


def end_session(*, user: User) -> None:
    """The agent leaves. What a queue rings at his devices returns to it; a talk goes on."""
    hand_over(
        "EndContactCenterSession",
        user,
        device_id=_device_of(user),
        carry_out=lambda: _end(user),
    )


def leave_device(*, user_id: UUID, device_id: UUID) -> bool:
    """A device that is no longer the agent's leaves his session; the last one ends it."""
    user = User.objects.get(pk=user_id)
    return hand_over(
        "EndContactCenterSession",
        user,
        device_id=device_id,
        carry_out=lambda: _leave(user, device_id),
    )


def session_expired(*, user_id: str) -> bool:
    """The agent's last client has been gone for too long; False where another process saw to it.

    While the switch cannot be reached the session cannot end: it is tried again soon.
    """
    user = User.objects.filter(pk=uuid_or_none(user_id)).first()
    if user is None:
        with open_line() as line:
            line.claim_timer(TimerKind.SESSION_EXPIRY, user_id)
        return False
    try:
        return hand_over(
            "EndContactCenterSession",
            user,
            device_id=_device_of(user),
            carry_out=lambda: _end(user, is_expiry=True),
        )
    except ApiError:
        with open_line() as line:
            line.postpone_timer(TimerKind.SESSION_EXPIRY, user_id, by_ms=POSTPONED_MS)
        return False


def release_user(user: User) -> None:
    """End the session of a user who is about to go; nothing where there is none, or a call is on.

    In the caller's transaction, which keeps the locks.
    """
    sessions = models.AgentSession.objects.filter(pk=user.pk)
    is_present = sessions.exclude(presence=Presence.INACTIVE.value).exists()
    if is_present and not user.legs.exists():
        with contextlib.suppress(ApiError):  # the link is down: the row goes without it
            end_session(user=user)


def set_agent_state(*, user: User, mode: Mode, device: Device | None = None) -> None:
    """The agent is Ready, NotReady in some way, or Offline: at a device, or on the whole."""

    def rule(line: Line, agent: AgentSession) -> list[Effect]:
        return agents.set_mode(agent, mode, device_id=_id(device), at_ms=line.at_ms)

    _request(
        _OPERATION_OF[mode.presence],
        user,
        rule,
        device=device,
        parameters={"workMode": mode.work_mode, "reason": mode.reason},
        leaves=mode.presence is Presence.LOGGED_OUT,
    )


def set_do_not_disturb(*, user: User, is_on: bool, device: Device | None = None) -> None:
    """At a device, or at all of the agent's."""

    def rule(line: Line, agent: AgentSession) -> list[Effect]:
        return agents.set_do_not_disturb(
            agent, is_on=is_on, device_id=_id(device), at_ms=line.at_ms
        )

    _request("DoNotDisturbOn" if is_on else "DoNotDisturbOff", user, rule, device=device)


def wrap_up_over(*, user_id: str) -> bool:
    """The time after a call is up; False when another process saw to it, or the agent did."""
    with open_line() as line:
        agent = line.lock_agent(user_id)
        if not line.claim_timer(TimerKind.WRAP_UP, user_id) or agent is None:
            return False
        line.apply(agents.wrap_up_over(agent, READY, at_ms=line.at_ms))
        line.route_agent(agent)
        return True


def _start(line: Line, user: User, mode: Mode, place: Place | None, terms: Terms) -> None:
    agent = _lock_or_create(line, user)
    if agent.mode.is_logged_in:
        session_terms.renew(line, user, terms)
        return
    device, is_borrowed = session_terms.take_device(user, place)
    line.apply(
        agents.start_session(
            agent,
            device_id=str(device.pk),
            number=device.phone_number.number,
            answers_on_request=device.telephony_network != "Public",
            mode=mode,
            at_ms=line.at_ms,
            others=_further_devices(user, device),
        )
    )
    borrowed = device if is_borrowed else None
    session_terms.begin(line, user, terms, place=place, borrowed=borrowed)
    if agent.is_available:
        line.route_agent(agent)


def _further_devices(user: User, first: Device) -> list[Position]:
    devices = user.devices.select_related("phone_number").exclude(pk=first.pk)
    return [
        Position(
            device_id=str(device.pk),
            number=device.phone_number.number,
            answers_on_request=device.telephony_network != "Public",
            mode=OFFLINE,
        )
        for device in devices.order_by("phone_number__digits", "pk")
    ]


def _end(user: User, *, is_expiry: bool = False) -> bool:
    with open_line() as line:
        ringing = _lock_ringing_calls(line, user)
        agent = line.lock_agent(str(user.pk))
        if is_expiry and not line.claim_timer(TimerKind.SESSION_EXPIRY, str(user.pk)):
            return False
        if agent is None:
            return True
        _stop_ringing(line, ringing, agent)
        line.apply(agents.end_session(agent, at_ms=line.at_ms))
        session_terms.end(line, user)
        _route(line, ringing, agent)
    return True


def _leave(user: User, device_id: UUID) -> bool:
    with open_line() as line:
        ringing = _lock_ringing_calls(line, user, device_id)
        agent = line.lock_agent(str(user.pk))
        if agent is None:
            return True
        _stop_ringing(line, ringing, agent)
        line.apply(agents.leave_device(agent, str(device_id), at_ms=line.at_ms))
        if agent.mode.presence is Presence.INACTIVE:
            session_terms.end(line, user)
        _route(line, ringing, agent)
    return True


def _request(
    operation: str,
    user: User,
    rule: Rule,
    *,
    device: Device | None,
    parameters: Mapping[str, Any] | None = None,
    leaves: bool = False,
) -> None:
    def carry_out() -> bool:
        with open_line() as line:
            ringing = _lock_ringing_calls(line, user, _pk(device)) if leaves else []
            agent = _lock_or_create(line, user)
            _stop_ringing(line, ringing, agent)
            try:
                line.apply(rule(line, agent))
            except RefusedError:
                raise ApiError(
                    StatusCode.INVALID_STATE,
                    f"Device '{device or first_device(user)}' is not registered.",
                ) from None
            _route(line, ringing, agent)
        return True

    device_id = device.pk if device else _device_of(user)
    hand_over(operation, user, device_id=device_id, parameters=parameters, carry_out=carry_out)


def _route(line: Line, ringing: list[Call], agent: AgentSession) -> None:
    """The calls that rang may wait again, and the agent may be free."""
    for call in ringing:
        if call.is_waiting:
            line.route_call(call)
    if agent.is_available:
        line.route_agent(agent)


def _device_of(user: User) -> UUID | None:
    """Where the agent works, or would; he need not have a device to leave."""
    session = models.AgentSession.objects.filter(pk=user.pk, device__isnull=False)
    at: UUID | None = session.values_list("device_id", flat=True).first()
    return at or user.devices.values_list("pk", flat=True).first()


def _lock_ringing_calls(line: Line, user: User, device_id: UUID | None = None) -> list[Call]:
    """The calls before their agent: the order of locks. All, or those at a device."""
    # And the call that he monitors, for he leaves that too.
    ringing = user.legs.filter(Q(state=LegState.RINGING) | ~Q(monitoring=""))
    if device_id is not None:
        ringing = ringing.filter(device=device_id)
    found = (line.lock_call(pk) for pk in sorted(ringing.values_list("call_id", flat=True)))
    return [call for call in found if call is not None]


def _stop_ringing(line: Line, calls: list[Call], agent: AgentSession) -> None:
    for call in calls:
        leg = call.leg_of(agent.user_id)
        # Until the call was locked it may have been answered or given up.
        if leg is not None and leg.state is LegState.RINGING:
            line.apply(talking.leave_while_ringing(call, leg, agent, at_ms=line.at_ms))


def _lock_or_create(line: Line, user: User) -> AgentSession:
    agent = line.lock_agent(str(user.pk))
    if agent is None:
        if user.contact_center_id is None:
            raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
        center_id = str(user.contact_center_id)
        agent = line.create_agent(user_id=str(user.pk), contact_center_id=center_id)
    agent.may_monitor = may_monitor(user)
    return agent


def _pk(device: Device | None) -> UUID | None:
    return None if device is None else device.pk


def _id(device: Device | None) -> str | None:
    return None if device is None else str(device.pk)
