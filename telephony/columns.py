"""Rows of live state as the switch's objects, and back as columns."""

from typing import Any

from telephony import models
from telephony.switch.state import AgentSession, Call, Leg, Mode
from telephony.switch.tables import CallType, LegState, Presence

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
        rejections=row.rejections,
        legs=[leg_of(leg) for leg in legs],
    )


def leg_of(row: models.Leg) -> Leg:
    return Leg(
        id=row.pk,
        number=row.number,
        state=LegState(row.state),
        began_ms=row.began_ms,
        device_id=_text(row.device_id),
        user_id=_text(row.user_id),
        answers_on_request=row.answers_on_request,
    )


def agent_of(row: models.AgentSession) -> AgentSession:
    """The row must come with its device and the device's number."""
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
    )


def mode_of_row(row: models.AgentSession) -> Mode:
    return Mode(
        presence=Presence(row.presence),
        guid=row.guid,
        display_name=row.display_name,
        work_mode=row.work_mode,
        reason=row.reason,
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
        "rejections": dict(call.rejections),
    }


def leg_columns(leg: Leg) -> Columns:
    return {
        "number": leg.number,
        "state": str(leg.state),
        "began_ms": leg.began_ms,
        "device_id": leg.device_id,
        "user_id": leg.user_id,
        "answers_on_request": leg.answers_on_request,
    }


def agent_columns(agent: AgentSession) -> Columns:
    return {
        "device_id": agent.device_id,
        "presence": str(agent.mode.presence),
        "guid": agent.mode.guid,
        "display_name": agent.mode.display_name,
        "work_mode": agent.mode.work_mode,
        "reason": agent.mode.reason,
        "since_ms": agent.since_ms,
        "idle_since_ms": agent.idle_since_ms,
        "is_do_not_disturb": agent.is_do_not_disturb,
        "leg_count": agent.leg_count,
        "is_available": agent.is_available,
    }


def differing(before: Columns, after: Columns) -> Columns:
    return {name: value for name, value in after.items() if before[name] != value}


def _text(identity: object) -> str | None:
    return None if identity is None else str(identity)
