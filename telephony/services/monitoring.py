"""What supervisors ask of the calls of their agents, and how their monitoring ends by itself.

Source: contract §4; seed 001 "Supervisor". Every attempt at an agent's device is in the ledger,
those that are denied too: a denial is written after the attempt's own transaction.
"""

import contextlib
import dataclasses
from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from portal.api.features import features_of
from portal.api.status import ApiError, StatusCode, missing, no_permission, not_found
from portal.events.log import now_ms
from provisioning.models import AssignedFeature, Device, Setting, User, UserSetting
from telephony import models
from telephony.ledger import moment
from telephony.line import Line, open_line
from telephony.services.requests import hand_over, unavailable
from telephony.switch import monitoring as rules
from telephony.switch.effects import Effect, Refusal, StartTimer, StopTimer, TimerKind
from telephony.switch.monitoring import Monitoring
from telephony.switch.monitoring_table import (
    MonitoringState,
    MonitorMode,
    MonitorOperation,
    MonitorScope,
)
from telephony.switch.positions import position_at
from telephony.switch.state import AgentSession, Call
from telephony.switch.tables import INCORRECT_STATE, LegState, MonitorKind, Presence, RefusedError

FEATURE = "api-supervisor-monitoring"
# A monitoring ends this long after the supervisor's last client has gone: within the 30 seconds
# that are promised, and late enough for a page to be loaded anew.
RELEASE_AFTER_MS = 20_000
REASON_SETTING = "supervisorMonitoringReason"
_ATTEMPTS = 5


class _MovedError(Exception):
    """The agent, or the supervisor, is in a call that was not locked: look again."""


def start(
    *,
    supervisor: User,
    device: Device,
    target: Device,
    kind: MonitorKind,
    mode: MonitorMode = MonitorMode.ALL_CALLS,
    scope: MonitorScope = MonitorScope.CALL,
    reason: str = "",
) -> bool:
    """The supervisor is brought into the target's calls, at his own device: at once, or the next.

    Whom he monitored before he monitors no longer; of the same agent he asks for something else.
    Raises ApiError 5 where he does not supervise the agent, 2 for a device without one and for his
    own, 19 while another supervisor monitors it, 1 without the reason that the contact center asks.
    """
    state = MonitoringState(
        kind=kind, mode=mode, scope=scope, device_id=str(target.pk), own_device_id=str(device.pk)
    )
    try:
        _require_right(supervisor, target, reason)
        return hand_over(
            str(kind),
            supervisor,
            device_id=device.pk,
            parameters={"targetDeviceId": str(target.pk), "mode": str(mode), "scope": str(scope)},
            carry_out=lambda: _again_if_moved(lambda: _start(supervisor, target, state, reason)),
        )
    except ApiError as error:
        if error.http_status != 503:
            _write_denial(supervisor, target, state, reason, error)
        raise


def cancel(*, supervisor: User, device: Device) -> bool:
    """End the monitoring from this device. False where there is none: the switch refuses."""

    def carry_out() -> bool:
        with open_line() as line:
            own, agent, call = _own(line, str(supervisor.pk))
            if own is None or agent is None or own.state.own_device_id != str(device.pk):
                line.apply([_refusal(line, supervisor, "CancelSupervisorMonitoring", device)])
                return False
            line.apply(rules.stop(own, agent, call, why="Cancelled", at_ms=line.at_ms))
            _route(line, agent)
        return True

    return hand_over(
        "CancelSupervisorMonitoring",
        supervisor,
        device_id=device.pk,
        carry_out=lambda: _again_if_moved(carry_out),
    )


def operate(*, user: User, call_id: str, operation: MonitorOperation) -> bool:
    """Switch to another kind in the call, mute the agent or give him his voice back."""

    def carry_out() -> bool:
        with open_line() as line:
            call = line.lock_call(call_id)
            leg = call.leg_of(str(user.pk)) if call else None
            if call is None or leg is None:
                raise not_found("call")
            line.lock_agents(call.user_ids)
            own = line.following.of_supervisor(str(user.pk))

            def rule() -> list[Effect]:
                if own is None or leg.is_party:
                    raise RefusedError(INCORRECT_STATE)
                return rules.operate(own, call, leg, operation, at_ms=line.at_ms)

            return line.attempt(
                rule,
                lambda message: _refusal(line, user, str(operation), call=call, message=message),
            )

    return hand_over(str(operation), user, call_id=call_id, carry_out=carry_out)


def may_monitor(user: User) -> bool:
    """Whether the user's role and his contact center's features let him monitor agents."""
    return bool(user.is_supervisor or user.is_admin) and FEATURE in features_of(user)


# --- what ends by itself, and what begins late ---


def release(*, supervisor_id: str, why: str) -> bool:
    """End whatever the supervisor monitors; False where it was over already."""

    def carry_out() -> bool:
        with open_line() as line:
            own, agent, call = _own(line, supervisor_id)
            if own is None or agent is None:
                return False
            line.apply(rules.stop(own, agent, call, why=why, at_ms=line.at_ms))
            _route(line, agent)
        return True

    return _again_if_moved(carry_out)


def release_without_right() -> int:
    """End the monitorings that may not go on; gives how many."""
    rows = models.Monitoring.objects.select_related("supervisor", "supervisor_device", "device")
    released = 0
    for row in rows.order_by("pk"):
        why = _why_over(row)
        if why is None:
            continue
        if row.supervisor_id is None or row.device_id is None:
            released += _bury(row, why)
        else:
            released += release(supervisor_id=str(row.supervisor_id), why=why)
    return released


def join_waiting() -> None:
    """Bring supervisors into talks that they could not enter when these began.

    They were held by another transaction, or their phone was in use.
    """
    talks = models.Leg.objects.filter(
        device=OuterRef("device"),
        monitoring="",
        state__in=(LegState.ESTABLISHED, LegState.HELD),
    ).exclude(call_id=OuterRef("left_call_id"))
    late = models.Monitoring.objects.filter(
        Exists(talks), call_id="", supervisor__agent_session__leg_count=0
    )
    for supervisor_id, device_id in late.values_list("supervisor_id", "device_id"):
        with open_line() as line:
            for call_id in _calls_of(Q(device=device_id)):
                line.lock_call(call_id)
            line.lock_agent(str(supervisor_id))
            line.following.of_supervisor(str(supervisor_id))


def client_gone(user_id: str) -> None:
    """The supervisor's last notification client has gone: his monitoring ends soon."""
    monitored = models.Monitoring.objects.filter(supervisor_id__in=[user_id]).first()
    if monitored is None:
        return
    with open_line() as line:
        line.apply(
            [
                StartTimer(
                    kind=TimerKind.MONITOR_RELEASE,
                    target=user_id,
                    due_at_ms=line.at_ms + RELEASE_AFTER_MS,
                    contact_center_id=str(monitored.contact_center_id),
                )
            ]
        )


def client_connected(user_id: str) -> None:
    if models.Timer.objects.filter(kind=TimerKind.MONITOR_RELEASE, target=user_id).exists():
        with open_line() as line:
            line.apply([StopTimer(kind=TimerKind.MONITOR_RELEASE, target=user_id)])


def client_stayed_away(*, user_id: str) -> bool:
    """The time is up; False when another process saw to it, or there is nothing to end."""

    def carry_out() -> bool:
        with open_line() as line:
            own, agent, call = _own(line, user_id)
            if not line.claim_timer(TimerKind.MONITOR_RELEASE, user_id):
                return False
            if own is None or agent is None:
                return False
            line.apply(rules.stop(own, agent, call, why="Disconnected", at_ms=line.at_ms))
            _route(line, agent)
        return True

    return _again_if_moved(carry_out)


def correct_rights() -> None:
    """Agent sessions know who may monitor; roles and features change without them."""
    features = AssignedFeature.objects.filter(
        contact_center=OuterRef("contact_center"), feature_id=FEATURE
    )
    entitled = Q(user__is_supervisor=True) | Q(user__is_admin=True)
    allowed = Q(entitled, Exists(features))
    wrong = models.AgentSession.objects.filter(Q(allowed, may_monitor=False)).values_list("pk")
    wrong = wrong.union(
        models.AgentSession.objects.filter(~allowed, may_monitor=True).values_list("pk")
    )
    for (user_id,) in list(wrong):
        with open_line() as line:
            if (agent := line.lock_agent(str(user_id))) is not None:
                agent.may_monitor = not agent.may_monitor


# --- how it is done ---


def _start(supervisor: User, target: Device, state: MonitoringState, reason: str) -> bool:
    with open_line() as line:
        for call_id in _calls_of(Q(device=target.pk) | _supervising(str(supervisor.pk))):
            line.lock_call(call_id)
        agent = _lock_people(line, supervisor, target)
        _require_all_held(line, Q(device=target.pk) | _supervising(str(supervisor.pk)))
        others = models.Monitoring.objects.filter(device=target).exclude(supervisor=supervisor)
        if others.exists():
            raise ApiError(StatusCode.IN_USE, f"Device {target} is monitored by another supervisor")
        state = dataclasses.replace(state, needs_session=_is_logged_in(agent, state.own_device_id))
        own = line.following.of_supervisor(str(supervisor.pk))
        if own is not None and _is_same_agent(own.state, state):
            call = line.held_call(own.call_id) if own.call_id else None
            line.apply(rules.ask_anew(own, agent, state, call, at_ms=line.at_ms))
            return True
        if own is not None:
            call = line.held_call(own.call_id) if own.call_id else None
            line.apply(rules.stop(own, agent, call, why="Replaced", at_ms=line.at_ms))
            line.save()
        at_ms = line.at_ms
        entry = _write_entry(supervisor, target, state, reason, at_ms=at_ms)
        monitoring = Monitoring(
            session_id=str(entry.pk),
            contact_center_id=str(supervisor.contact_center_id),
            supervisor_id=str(supervisor.pk),
            supervisor_number=_number_of(state.own_device_id),
            agent_id=str(target.user_id),
            state=state,
        )
        line.following.add(monitoring, agent)
        line.apply(rules.start(monitoring, agent, at_ms=at_ms))
    return True


def _lock_people(line: Line, supervisor: User, target: Device) -> AgentSession:
    """Both, in the order of locks; gives the supervisor. Who holds the agent has no rival."""
    people = {str(supervisor.pk), str(target.user_id)}
    center_id = str(supervisor.contact_center_id)
    agent = line.lock_people(people, contact_center_id=center_id)[str(supervisor.pk)]
    agent.may_monitor = True
    return agent


def _own(
    line: Line, supervisor_id: str
) -> tuple[Monitoring | None, AgentSession | None, Call | None]:
    """What a supervisor monitors, himself, and the call that he is in: all locked."""
    for call_id in _calls_of(_supervising(supervisor_id)):
        line.lock_call(call_id)
    agent = line.lock_agent(supervisor_id)
    own = line.following.of_supervisor(supervisor_id)
    if own is None or own.call_id is None:
        return own, agent, None
    call = line.held_call(own.call_id)
    if call is None:
        raise _MovedError
    return own, agent, call


def _supervising(supervisor_id: str) -> Q:
    return Q(user=supervisor_id) & ~Q(monitoring="")


def _calls_of(legs: Q) -> list[str]:
    """The calls of these legs, in the order of locks."""
    return sorted(set(models.Leg.objects.filter(legs).values_list("call_id", flat=True)))


def _require_all_held(line: Line, legs: Q) -> None:
    if any(line.held_call(call_id) is None for call_id in _calls_of(legs)):
        raise _MovedError


def _again_if_moved(act: Callable[[], bool]) -> bool:
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(_MovedError):
            return act()
    raise unavailable()


def _is_same_agent(one: MonitoringState, other: MonitoringState) -> bool:
    return (one.device_id, one.own_device_id) == (other.device_id, other.own_device_id)


def _is_logged_in(agent: AgentSession, device_id: str) -> bool:
    position = position_at(agent, device_id)
    return position is not None and position.mode.is_logged_in


def _number_of(device_id: str) -> str:
    device: Device = Device.objects.select_related("phone_number").get(pk=device_id)
    return device.phone_number.number


def _route(line: Line, agent: AgentSession) -> None:
    if agent.is_available:
        line.route_agent(agent)


# --- who may ---


def _require_right(supervisor: User, target: Device, reason: str) -> None:
    if target.user_id is None:
        raise ApiError(StatusCode.INVALID_STATE, f"Device {target} belongs to nobody")
    if target.user_id == supervisor.pk:
        raise ApiError(StatusCode.INVALID_STATE, "Supervisors cannot monitor themselves")
    if not User.objects.supervised_by(supervisor).filter(pk=target.user_id).exists():
        raise no_permission()
    if not reason and asks_reason(supervisor):
        raise missing("reason")


def asks_reason(supervisor: User) -> bool:
    """The contact center's policy; a supervisor's own setting stands over it."""
    own = UserSetting.objects.filter(user=supervisor, group="voice", key=REASON_SETTING).first()
    setting = (
        own
        or Setting.objects.filter(
            contact_center_id=supervisor.contact_center_id, group="voice", key=REASON_SETTING
        ).first()
    )
    return setting is not None and setting.value.get("value") == "Required"


def _why_over(row: models.Monitoring) -> str | None:
    """Why a monitoring may not go on; None where it may."""
    supervisor = row.supervisor
    if supervisor is None:
        return "SupervisorGone"
    reasons = {
        "DeviceGone": not _has_devices(row),
        "Disabled": not supervisor.is_active,
        "Demoted": not (supervisor.is_supervisor or supervisor.is_admin),
        "FeatureRemoved": FEATURE not in features_of(supervisor),
        "LoggedOut": row.needs_session and not _has_session(row),
    }
    why = next((why for why, is_so in reasons.items() if is_so), None)
    if why is None and not _supervises(supervisor, row):
        why = "NotSupervised"
    return why


def _has_devices(row: models.Monitoring) -> bool:
    device, own = row.device, row.supervisor_device
    if device is None or own is None or row.agent_id is None:
        return False
    return device.user_id == row.agent_id and own.user_id == row.supervisor_id


def _has_session(row: models.Monitoring) -> bool:
    """Whether he is logged in at the device that he monitors from."""
    logged_in = {
        "device": row.supervisor_device,
        "presence__in": (Presence.READY, Presence.NOT_READY),
    }
    sessions = models.AgentSession.objects.filter(pk=row.supervisor_id, **logged_in)
    others = models.OtherDevice.objects.filter(session=row.supervisor_id, **logged_in)
    return sessions.exists() or others.exists()


def _supervises(supervisor: User, row: models.Monitoring) -> bool:
    return bool(User.objects.supervised_by(supervisor).filter(pk=row.agent_id).exists())


# --- the ledger ---


def _write_entry(
    supervisor: User,
    target: Device,
    state: MonitoringState,
    reason: str,
    *,
    at_ms: int,
    denied: ApiError | None = None,
) -> models.MonitoringSession:
    agent = target.user
    entry: models.MonitoringSession = models.MonitoringSession.objects.create(
        contact_center_id=target.contact_center_id,
        at=moment(at_ms),
        supervisor_id=supervisor.pk.hex,
        supervisor_name=supervisor.user_name,
        agent_id=agent.pk.hex if agent else "",
        agent_name=agent.user_name if agent else "",
        device_id=str(target.pk),
        phone_number=target.phone_number.number,
        kind=str(state.kind),
        mode=str(state.mode),
        scope=str(state.scope),
        reason=reason,
        denial_code=int(denied.code) if denied else None,
        denial=denied.message[:500] if denied else "",
    )
    return entry


@transaction.atomic
def _write_denial(
    supervisor: User, target: Device, state: MonitoringState, reason: str, error: ApiError
) -> None:
    _write_entry(supervisor, target, state, reason, at_ms=now_ms(), denied=error)


def _bury(row: models.Monitoring, why: str) -> bool:
    """End a monitoring whose supervisor or device is no more: no leg of it can be left."""
    entry = models.MonitoringSession.objects.get(pk=row.pk)
    with open_line() as line:
        supervisor = line.lock_agent(str(row.supervisor_id)) if row.supervisor_id else None
        deleted, _ = models.Monitoring.objects.filter(pk=row.pk).delete()
        if not deleted:
            return False
        asked = supervisor.monitoring if supervisor else None
        state = MonitoringState(
            kind=MonitorKind(row.kind),
            mode=MonitorMode(row.mode),
            scope=MonitorScope(row.scope),
            device_id=entry.device_id,
            own_device_id=asked.own_device_id if asked else "",
        )
        monitoring = Monitoring(
            session_id=str(row.pk),
            contact_center_id=str(row.contact_center_id),
            supervisor_id=str(UUID(entry.supervisor_id)),
            supervisor_number=row.supervisor_number,
            agent_id=str(UUID(entry.agent_id)),
            state=state,
        )
        line.apply(rules.end(monitoring, supervisor, why=why, at_ms=line.at_ms))
    return True


def _refusal(
    line: Line,
    user: User,
    operation: str,
    device: Device | None = None,
    call: Call | None = None,
    message: str = INCORRECT_STATE,
) -> Refusal:
    leg = call.leg_of(str(user.pk)) if call else None
    at_device = device.pk if device else leg.device_id if leg else None
    return Refusal(
        at_ms=line.at_ms,
        contact_center_id=str(user.contact_center_id),
        user_id=str(user.pk),
        device_id=str(at_device) if at_device else None,
        call_id=call.id if call else None,
        call_uuid=call.uuid if call else None,
        operation=operation,
        message=message,
    )
