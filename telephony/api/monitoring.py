"""Supervisors' operations on devices and calls, what devices show of them, and the ledger.

Source: contract §4; seed 001 "Supervisor"; seed 003 "Devices API".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q

from portal.api.features import features_of
from portal.api.fields import Choice, Flag, Identifier, Loaded, Moment, Reading, Text
from portal.api.resources import Operation, Resource
from portal.api.roles import ADMINS, SUPERVISORS, Action, has_role
from portal.api.status import (
    ApiError,
    StatusCode,
    invalid_operation,
    missing,
    not_found,
    out_of_range,
)
from portal.api.uris import referenced_id
from provisioning.api.devices import Devices
from provisioning.models import Device, User
from provisioning.requests import MAX_REASON_LENGTH, change_of_api_request
from telephony.device_resource import own_monitoring
from telephony.following import monitoring_of
from telephony.models import Leg, Monitoring, MonitoringSession, MonitoringStep
from telephony.services import monitoring
from telephony.switch.monitoring_table import (
    MonitorMode,
    MonitorOperation,
    MonitorPhase,
    MonitorScope,
    device_capabilities_of,
)
from telephony.switch.tables import MonitorKind

_VOICE = "api-voice"
_PARAMETERS = frozenset(
    {
        "operationName",
        "targetDeviceUri",
        "supervisorMonitoringMode",
        "supervisorMonitoringScope",
        "reason",
    }
)
_MODE = Choice(name="supervisorMonitoringMode", choices=tuple(MonitorMode))
_SCOPE = Choice(name="supervisorMonitoringScope", choices=tuple(MonitorScope))
_REASON = Text(name="reason", max_length=MAX_REASON_LENGTH, may_be_empty=True)


# --- operations ---


def start_monitoring(request: Any, device: Device, body: dict[str, Any]) -> None:
    """The target is named by URI, path or id; the reason may stand in X-Change-Reason as well."""
    _require_own(request, device)
    _refuse_unknown(body, _PARAMETERS)
    if body.get("targetDeviceUri") is None:
        raise missing("targetDeviceUri")
    mode = _MODE.parse(body.get(_MODE.name, MonitorMode.ALL_CALLS))
    scope = _SCOPE.parse(body.get(_SCOPE.name, MonitorScope.CALL))
    reason = _REASON.parse(body.get("reason", change_of_api_request(request).reason))
    monitoring.start(
        supervisor=request.user,
        device=device,
        target=_target(request.user, body["targetDeviceUri"]),
        kind=MonitorKind(body["operationName"]),
        mode=MonitorMode(mode),
        scope=MonitorScope(scope),
        reason=reason.strip(),
    )


def cancel_monitoring(request: Any, device: Device, body: dict[str, Any]) -> None:
    _require_own(request, device)
    _refuse_unknown(body, frozenset({"operationName"}))
    monitoring.cancel(supervisor=request.user, device=device)


def operate(request: Any, leg: Leg, body: dict[str, Any]) -> None:
    operation = MonitorOperation(body["operationName"])
    if _VOICE not in features_of(request.user):
        raise invalid_operation(operation)
    monitoring.operate(user=request.user, call_id=leg.call_id, operation=operation)


def _require_own(request: Any, device: Device) -> None:
    if _VOICE not in features_of(request.user):
        raise invalid_operation(request.data.get("operationName"))
    if device.user_id != request.user.pk:
        # Contract §3: the wrong URL for an operation.
        raise ApiError(StatusCode.INVALID_STATE, "Supervisors monitor from devices of their own")


def _refuse_unknown(body: dict[str, Any], known: frozenset[str]) -> None:
    if unknown := sorted(body.keys() - known):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:200]}")


def _target(user: User, reference: object) -> Device:
    visible = Devices.visible_to(user).select_related("phone_number", "user")
    target = Devices.find(visible, referenced_id(reference, Devices.path))
    if not isinstance(target, Device):
        raise not_found("device")
    return target


def _operation(
    name: MonitorOperation, run: Callable[[Any, Any, dict[str, Any]], None], help_text: str
) -> Operation:
    return Operation(
        name=str(name),
        run=run,
        roles=SUPERVISORS,
        feature=monitoring.FEATURE,
        help=help_text,
    )


DEVICE_OPERATIONS = (
    _operation(
        MonitorOperation.LISTEN_IN, start_monitoring, "Hear an agent's calls without being heard."
    ),
    _operation(
        MonitorOperation.COACH, start_monitoring, "Be heard by the agent and by nobody else."
    ),
    _operation(MonitorOperation.BARGE_IN, start_monitoring, "Be heard by everybody in the call."),
    _operation(MonitorOperation.CANCEL, cancel_monitoring, "Monitor no longer."),
)
CALL_OPERATIONS = (
    _operation(MonitorOperation.SWITCH_TO_BARGE_IN, operate, "From ListenIn or Coach."),
    _operation(MonitorOperation.SWITCH_TO_LISTEN_IN, operate, "From BargeIn or Coach."),
    _operation(MonitorOperation.MUTE, operate, "Take the monitored agent's voice away."),
    _operation(MonitorOperation.UNMUTE, operate, "Give it back."),
)


# --- what devices show ---


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a reader may know of monitoring at some devices; nothing, where he is no supervisor."""

    by_target: Mapping[Any, Monitoring] = field(default_factory=dict)
    by_own: Mapping[Any, Monitoring] = field(default_factory=dict)
    supervised: frozenset[Any] = frozenset()
    may_monitor: bool = False


def _seen(devices: Sequence[Any], reading: Reading) -> _Seen:
    """In two queries for an answer, and in none for agents; the first field of it loads them."""
    key = ("monitoring", id(devices))
    if key not in reading.memo:
        # Holding the devices keeps their id from being given to others.
        reading.memo[key] = devices, _load_seen(devices, reading.user)
    seen: _Seen = reading.memo[key][1]
    return seen


def _load_seen(devices: Sequence[Any], user: Any) -> _Seen:
    if not has_role(user, SUPERVISORS) or monitoring.FEATURE not in features_of(user):
        return _Seen()
    keys = [device.pk for device in devices]
    rows = list(Monitoring.objects.filter(Q(device__among=keys) | Q(supervisor_device__among=keys)))
    owners = {device.user_id for device in devices} - {None, user.pk}
    supervised = User.objects.supervised_by(user) if owners else User.objects.none()
    return _Seen(
        by_target={row.device_id: row for row in rows},
        by_own={row.supervisor_device_id: row for row in rows},
        supervised=frozenset(
            supervised.filter(pk__among=list(owners)).values_list("pk", flat=True)
        ),
        may_monitor=True,
    )


def monitoring_capabilities(devices: Sequence[Any], reading: Reading) -> dict[Any, list[str]]:
    """What the reader can do as a supervisor: at his own devices, and with those of his agents."""
    seen = _seen(devices, reading)
    if not seen.may_monitor:
        return {}
    return {device.pk: _capabilities(device, seen, reading.user) for device in devices}


def _capabilities(device: Any, seen: _Seen, user: Any) -> list[str]:
    if device.user_id == user.pk:
        is_on = device.pk in seen.by_own
    elif device.user_id not in seen.supervised:
        return []
    else:
        row = seen.by_target.get(device.pk)
        if row is not None and row.supervisor_id != user.pk:
            return []
        is_on = row is not None
    return device_capabilities_of(MonitorPhase.WAITING if is_on else MonitorPhase.OFF)


def _load_state(devices: Sequence[Any], reading: Reading) -> dict[Any, Any]:
    """An object at a supervisor's device, what he monitors; a text at a monitored one.

    Nobody reads at his own device that somebody monitors it.
    """
    seen = _seen(devices, reading)
    states: dict[Any, Any] = {}
    for device in devices:
        if (row := _monitored(device, seen, reading)) is not None:
            states[device.pk] = row.kind
        elif (row := seen.by_own.get(device.pk)) is not None:
            content = own_monitoring(monitoring_of(row).state)
            content["targetDeviceUri"] = reading.base + content["targetDevicePath"]
            states[device.pk] = content
    return states


def _load_text(name: str) -> Callable[[Sequence[Any], Reading], dict[Any, Any]]:
    def load(devices: Sequence[Any], reading: Reading) -> dict[Any, Any]:
        seen = _seen(devices, reading)
        found = {device.pk: _monitored(device, seen, reading) for device in devices}
        return {pk: getattr(row, name) for pk, row in found.items() if row is not None}

    return load


def _monitored(device: Any, seen: _Seen, reading: Reading) -> Monitoring | None:
    return None if device.user_id == reading.user.pk else seen.by_target.get(device.pk)


_STATE_SHAPE: Mapping[str, Any] = {
    "anyOf": [
        {"type": "string", "enum": [str(kind) for kind in MonitorKind]},
        {
            "type": "object",
            "properties": {
                name: {"type": "string"}
                for name in ("state", "mode", "scope", "targetDeviceUri", "targetDevicePath")
            },
        },
    ]
}
_OWNER = ("user_id",)
DEVICE_FIELDS = (
    Loaded(
        name="supervisorMonitoringState",
        load=_load_state,
        needs_objects=False,
        row_attributes=_OWNER,
        shape=_STATE_SHAPE,
    ),
    Loaded(
        name="supervisorMonitoringMode",
        load=_load_text("mode"),
        needs_objects=False,
        row_attributes=_OWNER,
        shape=_MODE.schema(),
    ),
    Loaded(
        name="supervisorMonitoringScope",
        load=_load_text("scope"),
        needs_objects=False,
        row_attributes=_OWNER,
        shape=_SCOPE.schema(),
    ),
)


# --- the ledger ---


def _steps(entries: Sequence[Any], reading: Reading) -> dict[Any, list[MonitoringStep]]:
    key = ("monitoring steps", id(entries))
    if key not in reading.memo:
        steps: dict[Any, list[MonitoringStep]] = {entry.pk: [] for entry in entries}
        for step in MonitoringStep.objects.filter(session__among=list(steps)).order_by("pk"):
            steps[step.session_id].append(step)
        reading.memo[key] = entries, steps
    found: dict[Any, list[MonitoringStep]] = reading.memo[key][1]
    return found


def _of_steps(
    make: Callable[[list[MonitoringStep]], Any],
) -> Callable[[Sequence[Any], Reading], dict[Any, Any]]:
    def load(entries: Sequence[Any], reading: Reading) -> dict[Any, Any]:
        return {pk: make(steps) for pk, steps in _steps(entries, reading).items()}

    return load


def _ms(step: MonitoringStep) -> int:
    return round(step.at.timestamp() * 1000)


def _last(steps: list[MonitoringStep]) -> MonitoringStep | None:
    return next((step for step in steps if step.step == "Ended"), None)


def _calls(steps: list[MonitoringStep]) -> list[dict[str, Any]]:
    """The calls that the supervisor was in, each time he was."""
    calls: list[dict[str, Any]] = []
    for step in steps:
        if step.step == "Joined":
            calls.append({"id": step.call_id, "callUuid": step.call_uuid, "joined": _ms(step)})
        elif step.step == "Left":
            calls[-1]["left"] = _ms(step)
    return calls


def _changes(steps: list[MonitoringStep]) -> list[dict[str, Any]]:
    """What was changed while it went on: what was asked for, and what was done in a call."""
    told = []
    for step in steps:
        if step.step not in ("Changed", "Switched", "Muted", "Unmuted"):
            continue
        change = {"at": _ms(step), "change": step.step}
        if step.step == "Changed":
            change |= {"kind": step.kind, "mode": step.mode, "scope": step.scope}
        else:
            change |= {"callId": step.call_id}
        if step.step == "Switched":
            change["kind"] = step.detail
        told.append(change)
    return told


def _outcome(entries: Sequence[Any], reading: Reading) -> dict[Any, str]:
    return {entry.pk: "Denied" if entry.is_denied else "Allowed" for entry in entries}


def _denial(entries: Sequence[Any], reading: Reading) -> dict[Any, dict[str, Any]]:
    """What the attempt was answered."""
    return {
        entry.pk: {"statusCode": entry.denial_code, "statusMessage": entry.denial}
        for entry in entries
        if entry.is_denied
    }


_OUTCOME = Choice(name="outcome", choices=("Allowed", "Denied"))
_ACTIVE = Flag(name="active")
_AT = Moment(name="at")


def _where_outcome(texts: Sequence[str]) -> Q:
    wanted = {_OUTCOME.parse_filter(text) for text in texts}
    condition = Q()
    if len(wanted) == 1:
        condition = Q(denial_code__isnull="Allowed" in wanted)
    return condition


def _where_active(texts: Sequence[str]) -> Q:
    going_on = Q(~Exists(MonitoringStep.objects.filter(session=OuterRef("pk"), step="Ended")))
    going_on &= Q(denial_code=None)
    return going_on if _ACTIVE.parse_filter(texts[0]) else ~going_on


def _between(lookup: str) -> Callable[[Sequence[str]], Q]:
    return lambda texts: Q(**{lookup: _AT.parse_filter(texts[0])})


_LIST: Mapping[str, Any] = {"type": "array", "items": {"type": "object"}}


class MonitoringSessions(Resource):
    """The monitoring ledger: who monitored whom, when, why and in which calls.

    Append-only; entries outlive their users and devices. Attempts that were denied are in it.
    """

    path, singular, plural = "monitoring-sessions", "monitoringSession", "monitoringSessions"
    model = MonitoringSession
    fields = (
        Identifier(),
        _AT,
        Text(name="supervisorId"),
        Text(name="supervisorName", ignores_case=True),
        Text(name="agentId"),
        Text(name="agentName", ignores_case=True),
        Text(name="deviceId"),
        Text(name="phoneNumber"),
        Choice(name="kind", choices=tuple(MonitorKind)),
        Choice(name="mode", choices=tuple(MonitorMode)),
        Choice(name="scope", choices=tuple(MonitorScope)),
        Text(name="reason"),
        Loaded(name="outcome", load=_outcome, shape=_OUTCOME.schema()),
        Loaded(name="denial", load=_denial, shape={"type": "object"}),
        Loaded(name="calls", load=_of_steps(_calls), shape=_LIST),
        Loaded(name="changes", load=_of_steps(_changes), shape=_LIST),
        Loaded(
            name="endedAt",
            load=_of_steps(lambda steps: _ms(last) if (last := _last(steps)) else None),
            shape={"type": "integer", "format": "int64"},
        ),
        Loaded(
            name="endReason",
            load=_of_steps(lambda steps: last.detail if (last := _last(steps)) else None),
        ),
    )
    ordering = ("-at",)
    permissions = {Action.READ: ADMINS}
    read_feature = monitoring.FEATURE
    filters = {
        "outcome": _where_outcome,
        "active": _where_active,
        "from": _between("at__gte"),
        "to": _between("at__lte"),
    }
