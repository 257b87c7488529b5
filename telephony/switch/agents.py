"""An agent's session and state, at one device or at several."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from telephony.switch.capabilities import presence_after
from telephony.switch.effects import Effect, StopTimer, TimerKind, agent_fact
from telephony.switch.positions import positions_of, put_positions
from telephony.switch.state import INACTIVE, AgentSession, Mode, Position
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
    others: Sequence[Position] = (),
) -> list[Effect]:
    """The agent logs in at a device, in a mode; one who is logged in keeps what he has.

    `others` are the further devices of his session, each in the mode it begins in.
    """
    presence_after(agent.mode.presence, AgentOperation.START_SESSION)
    if agent.mode.is_logged_in:
        return []
    if agent.leg_count == 0 or agent.device_id is None:
        put_positions(
            agent,
            [
                Position(device_id=device_id, number=number, answers_on_request=answers_on_request),
                *(replace(position, mode=INACTIVE) for position in others),
            ],
        )
    begins_in = {position.device_id: position.mode for position in others}
    first = agent.device_id
    return _change(
        agent,
        lambda one: mode if one.device_id == first else begins_in.get(one.device_id, one.mode),
        at_ms=at_ms,
    )


def end_session(agent: AgentSession, *, at_ms: int) -> list[Effect]:
    """The agent leaves; ending a session that is not there changes nothing."""
    if agent.mode.presence is Presence.INACTIVE:
        return []
    presence_after(agent.mode.presence, AgentOperation.END_SESSION)
    effects = _change(agent, lambda _: INACTIVE, at_ms=at_ms)
    leave_device_if_done(agent)
    return effects


def leave_device(agent: AgentSession, device_id: str, *, at_ms: int) -> list[Effect]:
    """A device leaves his session, and the last one ends it."""
    positions = positions_of(agent)
    remaining = [one for one in positions if one.device_id != device_id]
    if not remaining:
        return end_session(agent, at_ms=at_ms)
    gone = next((one for one in positions if one.device_id == device_id), None)
    if gone is None:
        return []
    _put(agent, remaining, at_ms=at_ms)
    kind = _kind_of_change(gone.mode, INACTIVE)
    return [agent_fact(kind, agent, device_id=device_id, at_ms=at_ms)]


def set_mode(
    agent: AgentSession, mode: Mode, *, at_ms: int, device_id: str | None = None
) -> list[Effect]:
    """The agent asks for a state; asking for wrap-up stays there until he asks for another.

    At one of his devices, or wherever he is logged in; who is logged in nowhere means the device
    that he works at.
    """
    asked = _asked_for(agent, device_id)
    for position in asked:
        presence_after(position.mode.presence, _OPERATION_FOR[mode.presence])
    numbers = {position.device_id for position in asked}
    in_wrap_up = {one.device_id for one in positions_of(agent) if one.mode.is_wrap_up}
    effects = _change(
        agent, lambda one: mode if one.device_id in numbers else one.mode, at_ms=at_ms
    )
    if in_wrap_up and in_wrap_up <= numbers and not _stops_wrap_up(effects):
        return [_stop_wrap_up(agent), *effects]
    return effects


def wrap_up_over(agent: AgentSession, mode: Mode, *, at_ms: int) -> list[Effect]:
    return _change(agent, lambda one: mode if one.mode.is_wrap_up else one.mode, at_ms=at_ms)


def set_do_not_disturb(
    agent: AgentSession, *, is_on: bool, at_ms: int, device_id: str | None = None
) -> list[Effect]:
    """At one of his devices, or at all of them."""
    positions = positions_of(agent)
    if not positions or agent.mode.presence is Presence.INACTIVE:
        raise RefusedError(NOT_REGISTERED)
    asked = [one for one in positions if device_id in {None, one.device_id}]
    if not asked:
        raise RefusedError(NOT_REGISTERED)
    changed = [one for one in asked if one.is_do_not_disturb != is_on]
    for position in changed:
        position.is_do_not_disturb = is_on
    _put(agent, positions, at_ms=at_ms)
    return [
        agent_fact("device.changed", agent, device_id=position.device_id, at_ms=at_ms)
        for position in changed
    ]


def change_mode(agent: AgentSession, mode: Mode, *, at_ms: int) -> list[Effect]:
    """Put an agent into a mode, whoever wants it, wherever he is what he is where he works."""
    presence = agent.mode.presence
    return _change(
        agent, lambda one: mode if one.mode.presence is presence else one.mode, at_ms=at_ms
    )


def leave_device_if_done(agent: AgentSession) -> None:
    """Whoever has ended his session keeps his devices only for the calls still there."""
    if agent.mode.presence is Presence.INACTIVE and agent.leg_count == 0:
        agent.device_id = None
        agent.is_do_not_disturb = False
        agent.others = []


def _asked_for(agent: AgentSession, device_id: str | None) -> list[Position]:
    """The positions that a request is about. Raises RefusedError where there are none."""
    positions = positions_of(agent)
    if not positions:
        raise RefusedError(NOT_REGISTERED)
    if device_id is None:
        return [one for one in positions if one.mode.is_logged_in] or positions[:1]
    asked = [one for one in positions if one.device_id == device_id]
    if not asked:
        raise RefusedError(NOT_REGISTERED)
    return asked


def _change(
    agent: AgentSession, mode_at: Callable[[Position], Mode], *, at_ms: int
) -> list[Effect]:
    """Give each position the mode that it is to have; a fact for each that changes."""
    positions = positions_of(agent)
    if not positions:
        raise RefusedError(NOT_REGISTERED)
    before = {position.device_id: position.mode for position in positions}
    # A new object each: the list may hold those of `agent.others`.
    changed = [replace(position, mode=mode_at(position)) for position in positions]
    _put(agent, changed, at_ms=at_ms)
    effects: list[Effect] = [
        agent_fact(
            _kind_of_change(before[position.device_id], position.mode),
            agent,
            device_id=position.device_id,
            at_ms=at_ms,
        )
        for position in changed
        if position.mode != before[position.device_id]
    ]
    was_wrap_up = any(mode.is_wrap_up for mode in before.values())
    if was_wrap_up and not any(position.mode.is_wrap_up for position in changed):
        return [_stop_wrap_up(agent), *effects]
    return effects


def _put(agent: AgentSession, positions: Sequence[Position], *, at_ms: int) -> None:
    """The positions, and since when the state is what it is."""
    before = agent.mode
    put_positions(agent, positions)
    if agent.mode != before:
        agent.since_ms = at_ms
        if agent.mode.presence is Presence.READY:
            agent.idle_since_ms = at_ms


def _stop_wrap_up(agent: AgentSession) -> StopTimer:
    return StopTimer(kind=TimerKind.WRAP_UP, target=agent.user_id)


def _stops_wrap_up(effects: Sequence[Effect]) -> bool:
    return any(isinstance(effect, StopTimer) for effect in effects)


def _kind_of_change(before: Mode, after: Mode) -> str:
    if not after.is_logged_in:
        return "agent.logout" if before.is_logged_in else "device.changed"
    if not before.is_logged_in:
        return "agent.login"
    if after.presence is Presence.READY:
        return "agent.ready"
    return "agent.acw" if after.is_wrap_up else "agent.notready"
