"""What a rule brings about besides the changed state: facts to tell, timers to start and stop."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from telephony.switch.capabilities import possible_operations
from telephony.switch.monitoring_table import MonitoringState
from telephony.switch.positions import is_undisturbed, position_at
from telephony.switch.state import INACTIVE, AgentSession, Call, Leg, Mode
from telephony.switch.tables import MonitorKind


class TimerKind(enum.StrEnum):
    """`target` is a call's id, for the wrap-up a user's, for outside parties their own."""

    RING_TIMEOUT = "ring-timeout"
    WRAP_UP = "wrap-up"
    CALL_LIMIT = "call-limit"
    SESSION_EXPIRY = "session-expiry"
    OUTSIDE_ANSWERS = "outside-answers"
    OUTSIDE_HANGS_UP = "outside-hangs-up"
    ROUTING_STEP = "routing-step"
    MONITOR_RELEASE = "monitor-release"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    kind: TimerKind
    target: str
    due_at_ms: int
    contact_center_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimer:
    kind: TimerKind
    target: str


class NotificationType(enum.StrEnum):
    """Why a party is told of its view (seed 001 "Asynchronous Events", 003 "Call Recording")."""

    STATUS_CHANGE = "StatusChange"
    PARTICIPANTS_UPDATED = "ParticipantsUpdated"
    ATTACHED_DATA_CHANGED = "AttachedDataChanged"
    DTMF_SENT = "DtmfSent"
    RECORDING_STATE_CHANGE = "CallRecordingStateChange"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """A call as one of its parties sees it."""

    call_id: str
    call_uuid: str
    call_type: str
    dnis: str
    user_data: dict[str, Any]
    user_id: str | None
    device_id: str | None
    state: str
    participants: tuple[str, ...]
    capabilities: tuple[str, ...]
    duration_seconds: int
    is_supervisor_listening_in: bool = False
    is_monitored_user_muted: bool = False
    is_monitoring: bool = False
    number: str = ""
    parent_call_id: str | None = None
    is_muted: bool = False
    recording_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """`removed` are the keys that `user_data` has lost; all `views` have one reason."""

    kind: str
    at_ms: int
    contact_center_id: str
    call_id: str
    call_uuid: str
    call_type: str
    queue_id: str | None
    device_id: str | None
    user_id: str | None
    ani: str
    dnis: str
    user_data: dict[str, Any]
    views: tuple[PartyView, ...]
    notification_type: NotificationType = NotificationType.STATUS_CHANGE
    recording_state: str = ""
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEnded:
    """A party's part in a call is over: what remains of its leg."""

    contact_center_id: str
    call_uuid: str
    number: str
    device_id: str | None
    user_id: str | None
    queue_id: str | None
    began_ms: int
    answered_ms: int | None
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A call is over: what remains of it. `continued_in` is the uuid of the call it went into."""

    contact_center_id: str
    call_id: str
    call_uuid: str
    call_type: str
    ani: str
    dnis: str
    queue_id: str | None
    queued_at_ms: int | None
    began_ms: int
    answered_ms: int | None
    ended_ms: int
    user_data: dict[str, Any]
    is_recorded: bool
    continued_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFact:
    """What became of an agent at a device; `mode` is the one that holds there from now on.

    `channel_mode` is what he is on the whole: at the device that he works at.
    """

    kind: str
    at_ms: int
    contact_center_id: str
    user_id: str
    device_id: str
    mode: Mode
    is_do_not_disturb: bool
    may_monitor: bool = False
    monitoring: MonitoringState | None = None
    channel_mode: Mode
    is_channel_do_not_disturb: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that the switch was handed and did not do."""

    at_ms: int
    contact_center_id: str
    user_id: str
    device_id: str | None
    call_id: str | None
    call_uuid: str | None
    operation: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringFact:
    """What became of a monitoring; `step` says it as the ledger does.

    `views` are the call as those see it whose view has changed, each with the reason.
    """

    kind: str
    step: str
    at_ms: int
    contact_center_id: str
    session_id: str
    user_id: str
    device_id: str
    agent_id: str
    monitored_device_id: str
    state: MonitoringState
    call_id: str | None = None
    call_uuid: str | None = None
    detail: str = ""
    views: tuple[tuple[PartyView, str], ...] = ()


Effect = (
    StartTimer | StopTimer | CallFact | AgentFact | MonitoringFact | Refusal | PartEnded | CallEnded
)


def participants_of(call: Call, leg: Leg) -> tuple[str, ...]:
    """The numbers of whom a party has in the call with him, in their order as in seed 001."""
    others = [other for other in call.party_legs if other is not leg]
    if not others and leg.is_party:
        # A queue is at the other end.
        return (call.dnis,)
    return tuple(sorted(other.number for other in (*others, *_heard_by(call, leg))))


def _heard_by(call: Call, leg: Leg) -> list[Leg]:
    """The supervisors of whom a party is told: who has barged in, and never the customer.

    The customer is the outside party; in a call without one, whoever is not monitored.
    """
    if not leg.is_party:
        return []
    is_with_customer = any(other.is_outside for other in call.party_legs)
    return [
        other
        for other in call.legs
        if other.monitoring is MonitorKind.BARGE_IN
        and (leg.device_id == other.monitored_device_id or is_with_customer)
    ]


def _is_agent_muted(call: Call, leg: Leg) -> bool:
    if not leg.is_party:
        return leg.has_muted_agent
    return any(
        other.has_muted_agent and other.monitored_device_id == leg.device_id
        for other in _heard_by(call, leg)
    )


def view_of(call: Call, leg: Leg, *, at_ms: int) -> PartyView:
    return PartyView(
        call_id=call.id,
        call_uuid=call.uuid,
        call_type=call.type,
        dnis=call.dnis,
        user_data=dict(call.user_data),
        user_id=leg.user_id,
        device_id=leg.device_id,
        state=leg.state,
        participants=participants_of(call, leg),
        capabilities=possible_operations(call, leg),
        duration_seconds=max(0, at_ms - leg.began_ms) // 1000,
        is_supervisor_listening_in=bool(_heard_by(call, leg)),
        is_monitored_user_muted=_is_agent_muted(call, leg),
        is_monitoring=not leg.is_party,
        number=leg.number,
        parent_call_id=leg.parent_call_id,
        is_muted=leg.is_muted,
        recording_state=call.recording,
    )


def call_fact(
    kind: str,
    call: Call,
    leg: Leg | None = None,
    *,
    at_ms: int,
    is_shown: bool = True,
    notification_type: NotificationType = NotificationType.STATUS_CHANGE,
) -> CallFact:
    """A fact about a call; where it is about a party, with the call as that party sees it."""
    shown_to = [leg] if leg is not None and is_shown else []
    return _fact(kind, call, leg, shown_to, notification_type, at_ms=at_ms)


def shared_fact(
    kind: str,
    call: Call,
    *,
    notification_type: NotificationType,
    at_ms: int,
    besides: Sequence[Leg] = (),
    removed: tuple[str, ...] = (),
    is_shown: bool = True,
) -> CallFact:
    """A fact about a call, with the call as everybody in it sees it, but for those `besides`."""
    shown_to = [leg for leg in call.legs if is_shown and not any(leg is one for one in besides)]
    return _fact(kind, call, None, shown_to, notification_type, at_ms=at_ms, removed=removed)


def participants_changed(call: Call, *, at_ms: int, besides: Sequence[Leg] = ()) -> list[Effect]:
    """Everybody in the call, but for some, is told who is in it now; no fact where no phone is."""
    fact = shared_fact(
        "call.participants",
        call,
        notification_type=NotificationType.PARTICIPANTS_UPDATED,
        at_ms=at_ms,
        besides=besides,
    )
    return [fact] if fact.views else []


def _fact(
    kind: str,
    call: Call,
    leg: Leg | None,
    shown_to: Iterable[Leg],
    notification_type: NotificationType,
    *,
    at_ms: int,
    removed: tuple[str, ...] = (),
) -> CallFact:
    return CallFact(
        kind=kind,
        at_ms=at_ms,
        contact_center_id=call.contact_center_id,
        call_id=call.id,
        call_uuid=call.uuid,
        call_type=call.type,
        queue_id=call.queue_id,
        device_id=leg.device_id if leg else None,
        user_id=leg.user_id if leg else None,
        ani=call.ani,
        dnis=call.dnis,
        user_data=dict(call.user_data),
        views=tuple(view_of(call, one, at_ms=at_ms) for one in shown_to if not one.is_outside),
        notification_type=notification_type,
        recording_state=call.recording,
        removed=removed,
    )


def monitoring_at(agent: AgentSession, device_id: str) -> MonitoringState | None:
    """What the agent monitors from this device of his."""
    asked = agent.monitoring
    return asked if asked is not None and asked.own_device_id == device_id else None


def agent_fact(kind: str, agent: AgentSession, *, device_id: str, at_ms: int) -> AgentFact:
    position = position_at(agent, device_id)
    return AgentFact(
        kind=kind,
        at_ms=at_ms,
        contact_center_id=agent.contact_center_id,
        user_id=agent.user_id,
        device_id=device_id,
        mode=position.mode if position else INACTIVE,
        is_do_not_disturb=position is not None and position.is_do_not_disturb,
        channel_mode=agent.mode,
        is_channel_do_not_disturb=is_undisturbed(agent),
        may_monitor=agent.may_monitor,
        monitoring=monitoring_at(agent, device_id),
    )
