"""What a rule brings about besides the changed state: facts to tell, timers to start and stop."""

import enum
from dataclasses import dataclass
from typing import Any

from telephony.switch.capabilities import possible_operations
from telephony.switch.state import AgentSession, Call, Leg, Mode


class TimerKind(enum.StrEnum):
    """`target` is a call's id, for the wrap-up a user's."""

    RING_TIMEOUT = "ring-timeout"
    WRAP_UP = "wrap-up"
    CALL_LIMIT = "call-limit"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFact:
    """What became of an agent or of his device; `mode` is the one that holds from now on."""

    kind: str
    at_ms: int
    contact_center_id: str
    user_id: str
    device_id: str
    mode: Mode
    is_do_not_disturb: bool


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


Effect = StartTimer | StopTimer | CallFact | AgentFact | Refusal


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
        participants=tuple(other.number for other in call.legs if other is not leg),
        capabilities=possible_operations(call, leg),
        duration_seconds=max(0, at_ms - leg.began_ms) // 1000,
    )


def call_fact(
    kind: str, call: Call, leg: Leg | None = None, *, at_ms: int, is_shown: bool = True
) -> CallFact:
    """A fact about a call; where it is about a party, with the call as that party sees it."""
    has_view = is_shown and leg is not None and not leg.is_outside
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
        views=(view_of(call, leg, at_ms=at_ms),) if leg and has_view else (),
    )


def agent_fact(kind: str, agent: AgentSession, *, device_id: str, at_ms: int) -> AgentFact:
    return AgentFact(
        kind=kind,
        at_ms=at_ms,
        contact_center_id=agent.contact_center_id,
        user_id=agent.user_id,
        device_id=device_id,
        mode=agent.mode,
        is_do_not_disturb=agent.is_do_not_disturb,
    )
