"""Rows of live state as the switch's objects, and back as columns."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from telephony import models
from telephony.switch.monitoring_table import MonitoringState, MonitorMode, MonitorScope
from telephony.switch.routes import PLAIN_ROUTE, AgentOrder, Route
from telephony.switch.state import AgentSession, Call, Leg, Mode, Position
from telephony.switch.tables import CallType, LegState, MonitorKind, Presence, RecordingState

Columns = dict[str, Any]


def call_of(row: models.Call, legs: list[models.Leg]) -> Call:
    return Call(
        id=row.id,
        uuid=row.uuid,
        contact_center_id=str(row.contact_center_id),
        type=CallType(row.type),
        ani=row.ani,
        dnis=row.dnis,
        user_data=row.user_data,
        queue_id=_text(row.queue_id),
        queued_at_ms=row.queued_at_ms,
        is_waiting=row.is_waiting,
        is_greeting=row.is_waiting and not row.is_deliverable,
        route=route_of_row(row),
        priority=row.priority,
        lowered_by=row.lowered_by,
        rejections=row.rejections,
        began_ms=row.began_ms,
        answered_ms=row.answered_ms,
        conference_owner=_text(row.conference_owner),
        recording=RecordingState(row.recording),
        legs=[leg_of(leg) for leg in legs],
    )


def route_of_row(row: models.Call) -> Route:
    values = dict(row.route)
    if not values:
        return PLAIN_ROUTE
    if row.target_skill_id is None:
        values.pop("skill_id", None)
    order = AgentOrder(values.pop("order", AgentOrder.LONGEST_IDLE))
    visited = tuple(values.pop("visited", ()))
    return Route(**values, order=order, visited=visited)


def leg_of(row: models.Leg) -> Leg:
    return Leg(
        id=row.pk,
        number=row.number,
        state=LegState(row.state),
        began_ms=row.began_ms,
        device_id=_text(row.device_id),
        user_id=_text(row.user_id),
        answers_on_request=row.answers_on_request,
        is_muted=row.is_muted,
        monitoring=MonitorKind(row.monitoring) if row.monitoring else None,
        monitored_device_id=_text(row.monitored_device_id),
        has_muted_agent=row.has_muted_agent,
        queue_id=_text(row.queue_id),
        parent_call_id=row.parent_call_id,
        party=row.party,
        answered_ms=row.answered_ms,
    )


def agent_of(row: models.AgentSession, others: Iterable[models.OtherDevice] = ()) -> AgentSession:
    """The rows must come with their device and the device's number."""
    device = row.device
    return AgentSession(
        user_id=str(row.user_id),
        contact_center_id=str(row.contact_center_id),
        device_id=_text(row.device_id),
        number=device.phone_number.number if device else "",
        answers_on_request=device is None or device.telephony_network != "Public",
        mode=mode_of_row(row),
        since_ms=row.since_ms,
        idle_since_ms=row.idle_since_ms,
        is_do_not_disturb=row.is_do_not_disturb,
        leg_count=row.leg_count,
        others=[position_of(other) for other in others],
        may_monitor=row.may_monitor,
        monitoring=monitoring_state_of(row.monitoring),
    )


def position_of(row: models.OtherDevice) -> Position:
    """The row must come with its device and the device's number."""
    return Position(
        device_id=str(row.device_id),
        number=row.device.phone_number.number,
        answers_on_request=row.device.telephony_network != "Public",
        mode=mode_of_row(row),
        is_do_not_disturb=row.is_do_not_disturb,
    )


def mode_of_row(row: models.AgentSession | models.OtherDevice) -> Mode:
    return Mode(
        presence=Presence(row.presence),
        guid=row.guid,
        display_name=row.display_name,
        work_mode=row.work_mode,
        reason=row.reason,
    )


def monitoring_state_of(stored: dict[str, Any] | None) -> MonitoringState | None:
    if stored is None:
        return None
    return MonitoringState(
        kind=MonitorKind(stored["kind"]),
        mode=MonitorMode(stored["mode"]),
        scope=MonitorScope(stored["scope"]),
        device_id=stored["device_id"],
        own_device_id=stored["own_device_id"],
        needs_session=stored["needs_session"],
    )


def call_columns(call: Call) -> Columns:
    return {
        "uuid": call.uuid,
        "contact_center_id": call.contact_center_id,
        "type": str(call.type),
        "ani": call.ani,
        "dnis": call.dnis,
        "user_data": dict(call.user_data),
        "queue_id": call.queue_id,
        "queued_at_ms": call.queued_at_ms,
        "is_waiting": call.is_waiting,
        "is_deliverable": call.is_deliverable,
        "waits_for": waits_for(call),
        "route": _route_values(call.route),
        "priority": call.priority,
        "target_skill_id": call.route.skill_id,
        "lowered_by": call.lowered_by,
        "rejections": dict(call.rejections),
        "began_ms": call.began_ms,
        "answered_ms": call.answered_ms,
        "conference_owner": call.conference_owner,
        "recording": str(call.recording),
    }


def leg_columns(leg: Leg) -> Columns:
    return {
        "number": leg.number,
        "state": str(leg.state),
        "began_ms": leg.began_ms,
        "device_id": leg.device_id,
        "user_id": leg.user_id,
        "answers_on_request": leg.answers_on_request,
        "is_muted": leg.is_muted,
        "monitoring": str(leg.monitoring or ""),
        "monitored_device_id": leg.monitored_device_id,
        "has_muted_agent": leg.has_muted_agent,
        "queue_id": leg.queue_id,
        "parent_call_id": leg.parent_call_id,
        "party": leg.party,
        "answered_ms": leg.answered_ms,
    }


def agent_columns(agent: AgentSession) -> Columns:
    return {
        "device_id": agent.device_id,
        **_mode_columns(agent.mode),
        "since_ms": agent.since_ms,
        "idle_since_ms": agent.idle_since_ms,
        "is_do_not_disturb": agent.is_do_not_disturb,
        "leg_count": agent.leg_count,
        "other_count": len(agent.others),
        "may_monitor": agent.may_monitor,
        "monitoring": dataclasses.asdict(agent.monitoring) if agent.monitoring else None,
        "is_available": agent.is_available,
    }


def waits_for(call: Call) -> str:
    """What the call wants of agents, as one word; empty while it may not be delivered."""
    if not call.is_deliverable or call.queue_id is None:
        return ""
    skill = call.route.skill_id or ""
    return f"{call.queue_id.replace('-', '')}{skill.replace('-', '')}{call.lowered_by:x}"


def _route_values(route: Route) -> dict[str, Any]:
    """What the route says besides the plain one, as JSON."""
    if route == PLAIN_ROUTE:
        return {}
    return {
        field.name: list(value) if isinstance(value, tuple) else value
        for field in dataclasses.fields(Route)
        if (value := getattr(route, field.name)) != field.default
    }


def position_columns(position: Position) -> Columns:
    return {
        "device_id": position.device_id,
        **_mode_columns(position.mode),
        "is_do_not_disturb": position.is_do_not_disturb,
    }


def _mode_columns(mode: Mode) -> Columns:
    return {
        "presence": str(mode.presence),
        "guid": mode.guid,
        "display_name": mode.display_name,
        "work_mode": mode.work_mode,
        "reason": mode.reason,
    }


def differing(before: Columns, after: Columns) -> Columns:
    return {name: value for name, value in after.items() if before[name] != value}


def _text(identity: object) -> str | None:
    return None if identity is None else str(identity)
