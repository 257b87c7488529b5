"""An agent's session and state."""

from telephony.switch.capabilities import presence_after
from telephony.switch.effects import AgentFact, Effect, StopTimer, TimerKind, agent_fact
from telephony.switch.state import INACTIVE, AgentSession, Mode
from telephony.switch.tables import (
    NOT_REGISTERED,
    AgentOperation,
    Presence,
    RefusedError,
)

_OPERATION_FOR = {
    Presence.READY: AgentOperation.READY,
    Presence.NOT_READY: AgentOperation.NOT_READY,
    Presence.LOGGED_OUT: AgentOperation.LOG_OUT,
}


def start_session(
    agent: AgentSession,
    *,
    device_id: str,
    number: str,
    answers_on_request: bool,
    mode: Mode,
    at_ms: int,
) -> list[Effect]:
    """The agent takes his place in a mode; one who is logged in keeps what he has."""
    presence_after(agent.mode.presence, AgentOperation.START_SESSION)
    if agent.mode.is_logged_in:
        return []
    if agent.leg_count == 0:
        agent.device_id = device_id
        agent.number = number
        agent.answers_on_request = answers_on_request
    return change_mode(agent, mode, at_ms=at_ms)


def end_session(agent: AgentSession, *, at_ms: int) -> list[Effect]:
    """The agent leaves; ending a session that is not there changes nothing."""
    if agent.mode.presence is Presence.INACTIVE:
        return []
    presence_after(agent.mode.presence, AgentOperation.END_SESSION)
    effects = change_mode(agent, INACTIVE, at_ms=at_ms)
    leave_device_if_done(agent)
    return effects


def set_mode(agent: AgentSession, mode: Mode, *, at_ms: int) -> list[Effect]:
    """The agent asks for a state; asking for wrap-up stays there until he asks for another."""
    presence_after(agent.mode.presence, _OPERATION_FOR[mode.presence])
    if mode == agent.mode:
        return _stop_wrap_up(agent)
    return change_mode(agent, mode, at_ms=at_ms)


def wrap_up_over(agent: AgentSession, mode: Mode, *, at_ms: int) -> list[Effect]:
    if not agent.mode.is_wrap_up:
        return []
    return change_mode(agent, mode, at_ms=at_ms)


def set_do_not_disturb(agent: AgentSession, *, is_on: bool, at_ms: int) -> list[Effect]:
    if agent.device_id is None or agent.mode.presence is Presence.INACTIVE:
        raise RefusedError(NOT_REGISTERED)
    if agent.is_do_not_disturb == is_on:
        return []
    agent.is_do_not_disturb = is_on
    return [agent_fact("device.changed", agent, device_id=agent.device_id, at_ms=at_ms)]


def change_mode(agent: AgentSession, mode: Mode, *, at_ms: int) -> list[Effect]:
    """Put an agent into a mode, whoever wants it."""
    if agent.device_id is None:
        raise RefusedError(NOT_REGISTERED)
    effects = _stop_wrap_up(agent)
    before, agent.mode, agent.since_ms = agent.mode, mode, at_ms
    if mode.presence is Presence.READY:
        agent.idle_since_ms = at_ms
    return [*effects, _mode_fact(agent, before, at_ms=at_ms)]


def leave_device_if_done(agent: AgentSession) -> None:
    """Whoever has ended his session keeps his device only for the calls still there."""
    if agent.mode.presence is Presence.INACTIVE and agent.leg_count == 0:
        agent.device_id = None
        agent.is_do_not_disturb = False


def _stop_wrap_up(agent: AgentSession) -> list[Effect]:
    if not agent.mode.is_wrap_up:
        return []
    return [StopTimer(kind=TimerKind.WRAP_UP, target=agent.user_id)]


def _mode_fact(agent: AgentSession, before: Mode, *, at_ms: int) -> AgentFact:
    return agent_fact(
        _kind_of_change(before, agent.mode),
        agent,
        device_id=str(agent.device_id),
        at_ms=at_ms,
    )


def _kind_of_change(before: Mode, after: Mode) -> str:
    if not after.is_logged_in:
        return "agent.logout" if before.is_logged_in else "device.changed"
    if not before.is_logged_in:
        return "agent.login"
    if after.presence is Presence.READY:
        return "agent.ready"
    return "agent.acw" if after.is_wrap_up else "agent.notready"
