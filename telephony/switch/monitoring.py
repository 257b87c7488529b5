"""A supervisor follows an agent: into his calls, from one to the next, and out of them again.

The rules of calls know nothing of it. `follow` looks at a call that they have changed and puts the
supervisor's leg right. What is possible when stands in `monitoring_table`. Source: contract §4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from telephony.switch.agents import leave_device_if_done
from telephony.switch.effects import (
    CallFact,
    Effect,
    MonitoringFact,
    PartyView,
    agent_fact,
    view_of,
)
from telephony.switch.monitoring_table import (
    MonitoringState,
    MonitorMode,
    MonitorOperation,
    MonitorPhase,
    MonitorScope,
    is_muted_in,
    phase_after,
)
from telephony.switch.parties import join as enter
from telephony.switch.positions import position_at
from telephony.switch.state import AgentSession, Call, Leg
from telephony.switch.tables import INCORRECT_STATE, LegState, MonitorKind, RefusedError

STATUS_CHANGE = "StatusChange"
PARTICIPANTS_UPDATED = "ParticipantsUpdated"
DATA_CHANGED = "AttachedDataChanged"
MUTED_CHANGE = "MonitoredUserMutedStateChange"
# The one step that is no step of the monitoring: others changed the call that the supervisor sees.
UPDATED = "Updated"

Views = tuple[tuple[PartyView, str], ...]


@dataclass(slots=True, kw_only=True)
class Monitoring:
    """One supervisor's monitoring of one agent's device.

    `call_id` is the call he is in, `left_call_id` the one that he has hung up: he is not brought
    back into it.
    """

    session_id: str
    contact_center_id: str
    supervisor_id: str
    supervisor_number: str
    agent_id: str
    state: MonitoringState
    call_id: str | None = None
    left_call_id: str | None = None
    is_over: bool = False

    @property
    def device_id(self) -> str:
        return self.state.device_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The supervisor's leg as it was before the rules, and the call as he saw it then."""

    leg: Leg
    view: PartyView


# --- what a supervisor asks for ---


def start(monitoring: Monitoring, supervisor: AgentSession, *, at_ms: int) -> list[Effect]:
    phase_after(MonitorPhase.OFF, MonitorOperation(monitoring.state.kind))
    supervisor.monitoring = monitoring.state
    return [_fact(monitoring, "Started", at_ms=at_ms), _device_fact(supervisor, at_ms=at_ms)]


def ask_anew(
    monitoring: Monitoring,
    supervisor: AgentSession,
    state: MonitoringState,
    call: Call | None,
    *,
    at_ms: int,
) -> list[Effect]:
    """Another kind, mode or scope for the same agent. The call that is on switches where it can."""
    leg = supervisor_leg(call, monitoring)
    after = phase_after(_phase(leg), MonitorOperation(state.kind))
    monitoring.left_call_id = None
    effects: list[Effect] = []
    if state != monitoring.state:
        monitoring.state = supervisor.monitoring = state
        effects += [
            _fact(monitoring, "Changed", at_ms=at_ms),
            _device_fact(supervisor, at_ms=at_ms),
        ]
    if call is not None and leg is not None and after is not _phase(leg):
        effects += _switch_to(MonitorKind(after), monitoring, call, leg, at_ms=at_ms)
    return effects


def stop(
    monitoring: Monitoring,
    supervisor: AgentSession,
    call: Call | None,
    *,
    why: str,
    at_ms: int,
) -> list[Effect]:
    """The end of a monitoring; the supervisor leaves the call that he is in."""
    effects: list[Effect] = []
    if call is not None and (leg := supervisor_leg(call, monitoring)) is not None:
        effects += _leave(monitoring, supervisor, call, leg, at_ms=at_ms)
    return effects + end(monitoring, supervisor, why=why, at_ms=at_ms)


def end(
    monitoring: Monitoring, supervisor: AgentSession | None, *, why: str, at_ms: int
) -> list[Effect]:
    """The end of a monitoring that is in no call; of one whose supervisor has gone, too."""
    monitoring.is_over = True
    effects: list[Effect] = [_fact(monitoring, "Ended", detail=why, at_ms=at_ms)]
    if supervisor is not None and supervisor.monitoring is not None:
        own_device_id = supervisor.monitoring.own_device_id
        supervisor.monitoring = None
        changed = agent_fact("device.changed", supervisor, device_id=own_device_id, at_ms=at_ms)
        effects.append(changed)
    return effects


def operate(
    monitoring: Monitoring, call: Call, leg: Leg, operation: MonitorOperation, *, at_ms: int
) -> list[Effect]:
    """What is asked in the call: switch to another kind, mute the agent or give him his voice."""
    after = phase_after(_phase(leg), operation)
    if after is not _phase(leg):
        return _switch_to(MonitorKind(after), monitoring, call, leg, at_ms=at_ms)
    is_muted = operation is MonitorOperation.MUTE
    if is_muted and agent_leg(call, monitoring) is None:
        raise RefusedError(INCORRECT_STATE)
    return _set_mute(monitoring, call, leg, is_muted=is_muted, at_ms=at_ms)


# --- what follows from what others do ---


def follow(
    call: Call,
    monitoring: Monitoring,
    supervisor: AgentSession,
    *,
    before: Before | None = None,
    goes_on_in: Call | None = None,
    at_ms: int,
) -> list[Effect]:
    """Whatever a changed call means for one who monitors a party of it: he leaves, or stays.

    `before` is there where he was in it already, `goes_on_in` where its parties went to another
    call: `move` brings him there.
    """
    if monitoring.is_over or before is None or monitoring.call_id != call.id:
        return []
    leg = supervisor_leg(call, monitoring)
    if leg is None or _must_leave(call, monitoring):
        if not _must_leave(call, monitoring):
            monitoring.left_call_id = call.id
        left = _leave(monitoring, supervisor, call, leg or before.leg, at_ms=at_ms, before=before)
        is_last = monitoring.state.mode is MonitorMode.NEXT_CALL
        if is_last and (goes_on_in is None or not may_move(goes_on_in, monitoring)):
            left += end(monitoring, supervisor, why="CallOver", at_ms=at_ms)
        return left
    effects: list[Effect] = []
    if leg.has_muted_agent and agent_leg(call, monitoring) is None:
        effects += _set_mute(monitoring, call, leg, is_muted=False, at_ms=at_ms)
    return effects


def join(
    calls: Iterable[Call], monitoring: Monitoring, supervisor: AgentSession, *, at_ms: int
) -> list[Effect]:
    """Enter a call in which the agent talks, if the supervisor waits for one and his phone is free.

    Of several the one that began first.
    """
    talks = [call for call in calls if _may_join(call, monitoring, supervisor)]
    if not talks:
        return []
    call = min(talks, key=lambda call: (_talk_began_ms(call, monitoring), call.id))
    return _enter(call, monitoring, supervisor, monitoring.state.kind, at_ms=at_ms)


def may_move(call: Call, monitoring: Monitoring) -> bool:
    """Whether he goes along into the call that has taken in the one he was in."""
    if call.is_released:
        return False
    is_with_agent = agent_leg(call, monitoring) is not None
    return is_with_agent or monitoring.state.scope is MonitorScope.CALL


def move(
    call: Call, monitoring: Monitoring, supervisor: AgentSession, before: Leg, *, at_ms: int
) -> list[Effect]:
    """Take part, as before, in the call that has taken in the one he was in."""
    if monitoring.is_over or before.monitoring is None or not may_move(call, monitoring):
        return []
    return _enter(call, monitoring, supervisor, before.monitoring, at_ms=at_ms)


def _enter(
    call: Call, monitoring: Monitoring, supervisor: AgentSession, kind: MonitorKind, *, at_ms: int
) -> list[Effect]:
    leg = Leg(
        number=monitoring.supervisor_number,
        state=LegState.ESTABLISHED,
        began_ms=at_ms,
        device_id=monitoring.state.own_device_id,
        user_id=monitoring.supervisor_id,
        is_muted=is_muted_in(kind),
        monitoring=kind,
        monitored_device_id=monitoring.device_id,
        answered_ms=at_ms,
    )
    enter(call, leg, {supervisor.user_id: supervisor})
    monitoring.call_id = call.id
    views = [(view_of(call, leg, at_ms=at_ms), STATUS_CHANGE)]
    if kind is MonitorKind.BARGE_IN:
        views += _seen_by_agents(call, leg, PARTICIPANTS_UPDATED, at_ms=at_ms)
    return [_fact(monitoring, "Joined", call, str(kind), tuple(views), at_ms=at_ms)]


def retold(monitoring: Monitoring, fact: CallFact) -> MonitoringFact:
    """What a rule of calls says of the supervisor's leg, told as what it is: no party's doing."""
    return MonitoringFact(
        kind="monitoring.changed",
        step=UPDATED,
        at_ms=fact.at_ms,
        contact_center_id=fact.contact_center_id,
        session_id=monitoring.session_id,
        user_id=monitoring.supervisor_id,
        device_id=monitoring.state.own_device_id,
        agent_id=monitoring.agent_id,
        monitored_device_id=monitoring.device_id,
        state=monitoring.state,
        call_id=fact.call_id,
        call_uuid=fact.call_uuid,
        views=tuple((view, str(fact.notification_type)) for view in fact.views),
    )


def view_change(call: Call, monitoring: Monitoring, told: PartyView, *, at_ms: int) -> list[Effect]:
    """Tell the supervisor what the others changed in the call that he is in, if anything."""
    leg = supervisor_leg(call, monitoring)
    if leg is None:
        return []
    view = view_of(call, leg, at_ms=at_ms)
    if replace(view, duration_seconds=told.duration_seconds) == told:
        return []
    if view.participants != told.participants:
        reason = PARTICIPANTS_UPDATED
    else:
        reason = DATA_CHANGED if view.user_data != told.user_data else STATUS_CHANGE
    return [_fact(monitoring, UPDATED, call, views=((view, reason),), at_ms=at_ms)]


def is_session_over(supervisor: AgentSession) -> bool:
    """Whether he has left the contact center session in which he began to monitor."""
    asked = supervisor.monitoring
    if asked is None or not asked.needs_session:
        return False
    position = position_at(supervisor, asked.own_device_id)
    return position is None or not position.mode.is_logged_in


# --- who is where ---


def supervisor_leg(call: Call | None, monitoring: Monitoring) -> Leg | None:
    if call is None:
        return None
    own = (leg for leg in call.legs if not leg.is_party)
    return next((leg for leg in own if leg.user_id == monitoring.supervisor_id), None)


def agent_leg(call: Call, monitoring: Monitoring) -> Leg | None:
    parties = (leg for leg in call.party_legs if leg.device_id == monitoring.device_id)
    return next(parties, None)


def _phase(leg: Leg | None) -> MonitorPhase:
    if leg is None or leg.monitoring is None:
        return MonitorPhase.WAITING
    return MonitorPhase(leg.monitoring)


def _must_leave(call: Call, monitoring: Monitoring) -> bool:
    if call.is_released or not call.party_legs:
        return True
    is_without_agent = agent_leg(call, monitoring) is None
    return is_without_agent and monitoring.state.scope is MonitorScope.AGENT


def _may_join(call: Call, monitoring: Monitoring, supervisor: AgentSession) -> bool:
    if monitoring.is_over or monitoring.call_id is not None or call.is_released:
        return False
    if monitoring.left_call_id == call.id:
        return False
    leg = agent_leg(call, monitoring)
    talks = leg is not None and leg.state in (LegState.ESTABLISHED, LegState.HELD)
    return talks and supervisor.leg_count == 0


def _talk_began_ms(call: Call, monitoring: Monitoring) -> int:
    leg = agent_leg(call, monitoring)
    return leg.began_ms if leg else 0


# --- the changes ---


def _switch_to(
    kind: MonitorKind, monitoring: Monitoring, call: Call, leg: Leg, *, at_ms: int
) -> list[Effect]:
    is_noticed = MonitorKind.BARGE_IN in (leg.monitoring, kind)
    leg.monitoring = kind
    leg.is_muted = is_muted_in(kind)
    views = [(view_of(call, leg, at_ms=at_ms), STATUS_CHANGE)]
    if is_noticed:
        views += _seen_by_agents(call, leg, PARTICIPANTS_UPDATED, at_ms=at_ms)
    return [_fact(monitoring, "Switched", call, str(kind), tuple(views), at_ms=at_ms)]


def _set_mute(
    monitoring: Monitoring, call: Call, leg: Leg, *, is_muted: bool, at_ms: int
) -> list[Effect]:
    if leg.has_muted_agent == is_muted:
        return []
    leg.has_muted_agent = is_muted
    views = [(view_of(call, leg, at_ms=at_ms), MUTED_CHANGE)]
    agent = agent_leg(call, monitoring)
    if agent is not None and leg.monitoring is MonitorKind.BARGE_IN:
        views.append((view_of(call, agent, at_ms=at_ms), MUTED_CHANGE))
    step = "Muted" if is_muted else "Unmuted"
    return [_fact(monitoring, step, call, views=tuple(views), at_ms=at_ms)]


def _leave(
    monitoring: Monitoring,
    supervisor: AgentSession,
    call: Call,
    leg: Leg,
    *,
    at_ms: int,
    before: Before | None = None,
) -> list[Effect]:
    if leg in call.legs:
        seen = view_of(call, leg, at_ms=at_ms)
        call.legs.remove(leg)
    else:
        seen = before.view if before else view_of(call, leg, at_ms=at_ms)
    leg.state = LegState.RELEASED
    last = view_of(call, leg, at_ms=at_ms)
    views = []
    if before is None or before.view.state != LegState.RELEASED:
        views.append((replace(last, participants=seen.participants), STATUS_CHANGE))
    if leg.monitoring is MonitorKind.BARGE_IN:
        views += _seen_by_agents(call, leg, PARTICIPANTS_UPDATED, at_ms=at_ms)
    supervisor.leg_count -= 1
    monitoring.call_id = None
    leave_device_if_done(supervisor)
    return [_fact(monitoring, "Left", call, views=tuple(views), at_ms=at_ms)]


def _seen_by_agents(
    call: Call, supervisors: Leg, reason: str, *, at_ms: int
) -> list[tuple[PartyView, str]]:
    """The call as the agents see it who know of a supervisor that has barged in."""
    is_with_customer = any(leg.is_outside for leg in call.party_legs)
    return [
        (view_of(call, leg, at_ms=at_ms), reason)
        for leg in call.party_legs
        if not leg.is_outside
        and (is_with_customer or leg.device_id == supervisors.monitored_device_id)
    ]


def _device_fact(supervisor: AgentSession, *, at_ms: int) -> Effect:
    asked = supervisor.monitoring
    device_id = asked.own_device_id if asked else str(supervisor.device_id)
    return agent_fact("device.changed", supervisor, device_id=device_id, at_ms=at_ms)


_KINDS = {"Started": "monitoring.started", "Ended": "monitoring.ended"}


def _fact(
    monitoring: Monitoring,
    step: str,
    call: Call | None = None,
    detail: str = "",
    views: Views = (),
    *,
    at_ms: int,
) -> MonitoringFact:
    return MonitoringFact(
        kind=_KINDS.get(step, "monitoring.changed"),
        step=step,
        at_ms=at_ms,
        contact_center_id=monitoring.contact_center_id,
        session_id=monitoring.session_id,
        user_id=monitoring.supervisor_id,
        device_id=monitoring.state.own_device_id,
        agent_id=monitoring.agent_id,
        monitored_device_id=monitoring.device_id,
        state=monitoring.state,
        call_id=call.id if call else None,
        call_uuid=call.uuid if call else None,
        detail=detail,
        views=views,
    )
